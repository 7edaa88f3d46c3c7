public import TweetModel
import TweetSystem

/// An error that keeps a store from being saved or restored.
public enum BackupError: Error, Sendable, CustomStringConvertible {
    /// The store of the data directory cannot be used.
    case store(StoreError)
    case noStore(directory: String)
    /// The backup cannot be used.
    case unusable(path: String, reason: String)
    case cannotWrite(path: String, reason: String)
    /// The disk failed.
    case inputOutput(path: String, reason: String)

    /// The error for a backup that could not be read.
    init(reading path: String, _ error: Errno) {
        if error.isInputOutput {
            self = .inputOutput(path: path, reason: error.description)
        } else {
            self = .unusable(path: path, reason: error.description)
        }
    }

    /// The error for a file or directory that could not be written.
    init(writing path: String, _ error: Errno) {
        if error.isInputOutput {
            self = .inputOutput(path: path, reason: error.description)
        } else {
            self = .cannotWrite(path: path, reason: error.description)
        }
    }

    public var description: String {
        switch self {
        case .store(let error): error.description
        case .noStore(let directory): "there is no store in \(directory)"
        case .unusable(let path, let reason): "\(path) cannot be restored: \(reason)"
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
        case .inputOutput(let path, let reason): "\(path) cannot be read or written: \(reason)"
        }
    }
}

/// A short description of a saved store, by which its owner recognises it.
public struct BackupSummary: Sendable, CustomStringConvertible {
    public let tweets: Int
    public let newestSequence: SequenceNumber

    init(_ database: Database) throws(SQLiteError) {
        tweets = Int(try database.integer("SELECT count(*) FROM tweet") ?? 0)
        newestSequence = try database.integer("SELECT max(sequence) FROM tweet") ?? 0
    }

    public var description: String {
        switch tweets {
        case 0: "no tweets"
        case 1: "1 tweet, sequence \(newestSequence)"
        default: "\(tweets) tweets, up to sequence \(newestSequence)"
        }
    }
}
