import TestSupport

@testable import TweetServer

/// A directory that contains a report log.
extension TemporaryDirectory {
    /// The log's path.
    var log: String { file("log") }

    /// The log's content; nil if there is no log.
    func content() -> String? { content("log") }

    /// Writes the log as an earlier run would leave it.
    func write(_ text: String) throws { try write(text, to: "log") }

    func open(maximumBytes: Int = 1 << 20, keep: Int = 3) throws -> ReportFile {
        try ReportFile(path: log, maximumBytes: maximumBytes, keep: keep)
    }
}

extension ReportFile {
    /// Appends a text that consists of whole lines.
    func append(_ text: String) {
        Array(text.utf8).withUnsafeBytes { append($0, lineCount: text.count { $0 == "\n" }) }
    }
}
