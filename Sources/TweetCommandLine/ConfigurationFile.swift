import CSystem
public import TweetSystem

/// A configuration file of `key = value` lines, shared by the server and the clients.
///
/// White space around a key and a value is ignored, and so are empty lines and lines that begin with `#`.
public struct ConfigurationFile: Sendable {
    public struct Line: Sendable {
        /// The place `FILE:LINE`, for error messages.
        public let place: String
        public let key: String
        /// The value; nil if the line has no equals sign.
        public let value: String?
    }

    public private(set) var lines: [Line]

    /// All known keys: those that only clients read, and the names of the server's settings.
    public static let keys = clientKeys.union([
        "host", "port", "data", "log", "log-max", "log-keep", "resume", "sync", "max-store",
        "keep", "require-account", "http", "ntfy", "http-host", "trusted-proxy", "max-connections", "observer",
        "tls-cert",
        "tls-key", "tls", "allow-plain-login", "quiet",
    ])

    /// The keys that only clients read.
    public static let clientKeys: Set = ["server", "ca", "pin"]

    /// The most bytes of a file: more than any real configuration file has.
    private static let mostBytes = 65_536

    /// Reads a file.
    ///
    /// - Throws: `EFBIG` if it is too long, `EILSEQ` if it is not UTF-8, and the errors of open(2) and read(2).
    public init(path: String) throws(Errno) {
        let opened = try Descriptor.open(path, O_RDONLY)
        let bytes = try Descriptor.readAll(from: opened.number, atMost: Self.mostBytes + 1)
        guard bytes.count <= Self.mostBytes else { throw Errno(code: EFBIG) }
        // Some editors begin a file with a byte order mark.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let unmarked = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
        guard let text = String(validating: unmarked, as: UTF8.self) else { throw Errno(code: EILSEQ) }
        self.init(path: path, text: text)
    }

    public init(path: String, text: String) {
        var lines: [Line] = []
        // A carriage return with a line feed is one Character.
        let all = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in all.enumerated() {
            let line = line.trimmed
            if line.isEmpty || line.first == "#" { continue }
            let words = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
            lines.append(
                Line(
                    place: "\(path):\(number + 1)", key: String(words[0]),
                    value: words.count == 2 ? String(words[1]) : nil))
        }
        self.lines = lines
    }

    /// Drops the lines of other keys, and those that are no `key = value`.
    public mutating func keep(_ keys: Set<String>) {
        lines.removeAll { $0.value == nil || !keys.contains($0.key) }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return self[first...last]
    }
}
