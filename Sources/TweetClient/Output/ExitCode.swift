import TweetWire

/// The exit code of a run, for the calling script: the documented table, limited to the values of sysexits(3).
public enum ExitCode: CInt, CaseIterable, Sendable {
    case done = 0
    case usage = 64
    case refused = 65
    case notFresh = 66
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
        case .usage: "wrong usage, or the command of --exec cannot be started"
        case .refused:
            """
            the message, the name, the new password, the number of --remove-token or the sequence of --since is refused, \
            or standard input has no line; the reason is printed
            """
        case .notFresh: "no message is newer than --max-age, or no message is pending (--count)"
        case .unknownName: "nobody has that name"
        case .unknownHost: "the host is not known"
        case .unreachable:
            "the server cannot be reached or looked up, is stopping or cannot do it now; nothing was stored"
        case .streamFailed:
            """
            standard input or a file of passwords, tokens or authorities cannot be read, standard output cannot be \
            written, or the log file cannot be opened
            """
        case .timedOut: "timed out (--timeout), or it is unknown whether it was stored"
        case .notUnderstood: "the server's answer is not understood, or there can be no TLS connection to it"
        case .notPermitted:
            "not permitted, or blocked by the recipient; TLS is needed; the name is taken; the name, password or token is wrong"
        case .configuration: "wrong environment or configuration file"
        }
    }

    /// Whether the cause of a refusal may be temporary.
    public var passes: Bool { self == .unreachable || self == .timedOut }

    /// Creates the exit code for a server's error.
    ///
    /// - Parameters:
    ///   - code: the code from the wire; a newer server may have codes that this client does not know.
    ///   - isUpload: an invalid body is the message's fault in an upload, and this client's in a download.
    public init(wireCode code: String, isUpload: Bool) {
        switch WireError.Code(rawValue: code) {
        case .tooLong, .forbiddenCharacter, .idReused, .badName, .badPassword, .toOneself, .tooMany, .noSuchSequence,
            .inboxFull, .noSuchToken:
            self = .refused
        case .badBody: self = isUpload ? .refused : .notUnderstood
        case .notFresh: self = .notFresh
        case .busy, .stopping, .unavailable: self = .unreachable
        case .timedOut, .unknown: self = .timedOut
        case .lineTooLong, .notJSON, .notUTF8, .incomplete, .notPacket, .unknownOperation: self = .notUnderstood
        case .noSuchName: self = .unknownName
        case .nameNeeded, .accountNeeded, .alreadyNamed, .nameTaken, .wrongPassword, .notPermitted,
            .tlsNeeded, .blocked:
            self = .notPermitted
        case nil: self = .notUnderstood
        }
    }
}
