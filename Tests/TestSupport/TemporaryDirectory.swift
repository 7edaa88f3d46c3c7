import CSystem
import Foundation

/// A directory for one test, removed when its owner releases it.
public final class TemporaryDirectory: Sendable {
    /// The absolute path, with all symbolic links resolved.
    public let path: String

    public init() throws {
        var template = Array("\(NSTemporaryDirectory())/ttweet-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template), let real = realpath(made, nil) else {
            throw HarnessError("no temporary directory")
        }
        defer { free(real) }
        path = String(cString: real)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    public func file(_ name: String) -> String { path + "/" + name }

    /// The content of a file; nil if the file does not exist.
    public func content(_ name: String) -> String? {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    public func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    }

    /// The names of the directory's entries, sorted.
    public var names: [String] { names(below: ".") }

    /// The names of a subdirectory's entries, sorted.
    public func names(below name: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: file(name)).sorted()) ?? []
    }
}
