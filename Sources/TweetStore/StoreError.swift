import TweetSystem

/// The reason why a store cannot be opened.
public enum StoreError: Error, Sendable, CustomStringConvertible {
    case cannotCreate(path: String, reason: String)
    case inUse(path: String)
    case newerSchema(found: Int, known: Int)
    case notAStore(path: String)
    /// The write-ahead log beside the file was written for another file.
    case foreignLog(path: String)
    /// The disk failed.
    case inputOutput(path: String, reason: String)
    /// The store is damaged.
    case failed(path: String, reason: String)

    init(_ error: SQLiteError, path: String) {
        if error.isFull {
            self = .cannotCreate(path: path, reason: error.description)
        } else if error.isPassing {
            self = .inUse(path: path)
        } else if error.isInputOutput {
            self = .inputOutput(path: path, reason: error.description)
        } else {
            self = .failed(path: path, reason: error.description)
        }
    }

    /// The error for a directory that could not be set up.
    init(creating path: String, _ error: Errno) {
        if error.isInputOutput {
            self = .inputOutput(path: path, reason: error.description)
        } else {
            self = .cannotCreate(path: path, reason: error.description)
        }
    }

    /// The error for a file that could not be read.
    init(reading path: String, _ error: Errno) {
        if error.isInputOutput {
            self = .inputOutput(path: path, reason: error.description)
        } else {
            self = .failed(path: path, reason: error.description)
        }
    }

    public var description: String {
        switch self {
        case .cannotCreate(let path, let reason): "the data directory \(path) cannot be used: \(reason)"
        case .inUse(let path): "the data directory \(path) is in use by another ttweetsrv"
        case .newerSchema(let found, let known):
            "the store has schema \(found), this program knows \(known): it was written by a newer ttweetsrv"
        case .notAStore(let path): "\(path) is not a ttweet store"
        case .foreignLog(let path):
            "\(path)-wal is the log of another store, or of another state of this one: nothing was changed. "
                + "Put a backup in place with --restore FILE; to go on with \(path) alone, move the log away"
        case .inputOutput(let path, let reason): "\(path) cannot be read or written: \(reason)"
        case .failed(let path, let reason): "the store \(path) cannot be opened: \(reason)"
        }
    }
}
