/// The exit codes of ttweetchat: the same as the one-shot client's, from sysexits(3).
public enum ChatExit: Int32, CaseIterable, Sendable {
    case done = 0
    case usage = 64
    case refused = 65
    case unknownName = 67
    case unknownHost = 68
    case unreachable = 69
    case streamFailed = 74
    case timedOut = 75
    case notUnderstood = 76
    case notPermitted = 77
    case configuration = 78

    /// The meaning column of the table.
    public var meaning: StaticString {
        switch self {
        case .done: "done"
        case .usage: "wrong usage, or a line of the script is not a valid command"
        case .refused: "the name, the password or a message of the script is refused"
        case .unknownName: "a line of the script names somebody who does not exist"
        case .unknownHost: "the host is not known"
        case .unreachable: "the server cannot be reached, or cannot do it now; messages that were not sent are named"
        case .streamFailed:
            "standard input or a file of authorities cannot be read, or standard output cannot be written"
        case .timedOut: "the connection was lost at the end; it is unknown whether all messages were stored"
        case .notUnderstood: "the server's answers are not understood, or there can be no TLS connection to it"
        case .notPermitted: "not permitted; TLS is needed; the name is taken, or the password is wrong"
        case .configuration: "wrong environment or configuration file"
        }
    }
}
