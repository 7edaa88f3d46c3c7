import CSystem
import Foundation
import TweetSystem

@testable import TweetServer

/// A directory of a test's own for report logs, removed with it.
final class LogDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/ttweet-log-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The log's path.
    var log: String { path + "/log" }

    /// A file's content; nil where there is none.
    func content(_ name: String = "log") -> String? {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    func write(_ text: String, to name: String = "log") throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// The names of the files in it, sorted.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

    func open(maximumBytes: Int = 1 << 20, keep: Int = 3) throws -> ReportFile {
        try ReportFile(path: log, maximumBytes: maximumBytes, keep: keep)
    }
}

extension ReportFile {
    /// Appends a text of whole lines.
    func append(_ text: String) {
        Array(text.utf8).withUnsafeBytes { append($0, lineCount: text.count { $0 == "\n" }) }
    }
}
