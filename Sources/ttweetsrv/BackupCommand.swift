import TweetStore
import TweetSystem
import TweetCommandLine
import TweetModel

/// Saves a store to a file, or restores a saved one.
struct BackupCommand {
    enum Direction: String, CaseIterable {
        case save = "backup"
        case restore

        var help: String {
            switch self {
            case .save: "save the store to a new FILE, with or without a running server"
            case .restore: "replace the store with a saved one; the old one is kept beside it"
            }
        }
    }

    private let direction: Direction
    private let file: String

    /// - Throws: an error that says what is wrong with the file's name.
    init(_ direction: Direction, file: String) throws(UsageError) {
        guard !file.isEmpty, file != "-" else { throw UsageError("--\(direction.rawValue) needs a file") }
        self.direction = direction
        self.file = file
    }

    func run(in directory: String) throws(StartFailure) -> String {
        do throws(BackupError) {
            switch direction {
            case .save: return "saved to \(file): \(try Backup.save(directory, to: file))"
            case .restore:
                let restored = try Restore.restore(file, into: directory, time: Timestamp.now)
                let kept = restored.kept.map { "; the old store is kept in \($0)" } ?? ""
                return "restored to \(directory): \(restored.summary)\(kept)"
            }
        } catch {
            throw StartFailure(exitCode: ServerExitCode(error), text: error.description)
        }
    }
}
