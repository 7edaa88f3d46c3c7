import TweetStore
import TweetWire

/// The exit codes of ttweetsrv; the numbers from 64 on are those of sysexits.h.
enum ServerExitCode: Int32, CaseIterable {
    case done = 0
    case stoppedAtOnce = 1
    case usage = 64
    case dataError = 65
    case unknownName = 67
    case unavailable = 69
    case storeFailed = 71
    case cannotCreate = 73
    case inputOutput = 74
    case temporary = 75
    case newerSchema = 76
    case notPermitted = 77
    case configuration = 78

    var meaning: String {
        switch self {
        case .done: "stopped on request"
        case .stoppedAtOnce: "stopped at once by a second signal"
        case .usage: "wrong usage, also a certificate of the command line that cannot be used"
        case .dataError:
            "the store or backup cannot be read or is not a ttweet store, or the write-ahead log belongs to another store"
        case .unknownName: "there is no such account"
        case .unavailable:
            "the server cannot listen on the address, its port is in use, or the server cannot do it now"
        case .storeFailed:
            "the disk failed under the running server, or its store was removed or replaced; another start continues"
        case .cannotCreate: "the data directory, the store, the log or the backup cannot be written"
        case .inputOutput: "input/output error: the disk fails at the start, or standard output cannot be written"
        case .temporary:
            "the data directory is in use, or it is unknown whether an account was changed"
        case .newerSchema: "the store was written by a newer version"
        case .notPermitted: "the name is taken"
        case .configuration: "wrong environment or configuration file"
        }
    }

    /// The exit code for a running server's answer to the operator.
    init(wireCode code: String) {
        switch WireError.Code(rawValue: code) {
        case .nameTaken: self = .notPermitted
        case .noSuchName: self = .unknownName
        case .unknown: self = .temporary
        default: self = .unavailable
        }
    }

    init(_ error: BackupError) {
        switch error {
        case .store(let error): self.init(error)
        case .noStore, .unusable: self = .dataError
        case .cannotWrite: self = .cannotCreate
        case .inputOutput: self = .inputOutput
        }
    }

    init(_ error: StoreError) {
        switch error {
        case .cannotCreate: self = .cannotCreate
        case .inputOutput: self = .inputOutput
        case .inUse: self = .temporary
        case .newerSchema: self = .newerSchema
        case .notAStore, .foreignLog, .failed: self = .dataError
        }
    }
}
