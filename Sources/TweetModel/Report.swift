/// One line of the report log: `SERVER [GENERAL] 2026-11-21T05:03:00.123Z server listening at 127.0.0.1:13001`.
public struct Report: Sendable {
    public enum Side: String, Sendable {
        case server = "SERVER"
        case client = "CLIENT"
    }

    public enum Category: String, Sendable {
        case general = "GENERAL"
        case error = "ERROR"
        case connection = "CONNECTION"
    }

    public let side: Side
    public let category: Category
    public let time: Timestamp
    public let text: String

    public init(_ side: Side, _ category: Category, _ time: Timestamp, _ text: String) {
        self.side = side
        self.category = category
        self.time = time
        self.text = text
    }

    /// The report and its line feed, always as a single line.
    public var line: [UInt8] { line { $0.appendEscaped(text) } }

    /// The same for a text that is already escaped.
    public var lineOfEscapedText: [UInt8] { line { $0.append(utf8: text) } }

    private func line(_ appendText: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + text.utf8.count)
        Self.appendHead(side, category, time: Array(time.text.utf8), to: &bytes)
        appendText(&bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Appends the part before the text: `SERVER [GENERAL] 2026-11-21T05:03:00.123Z `.
    ///
    /// - Parameter time: the bytes of a ``Timestamp/text``, shared by reports of the same moment.
    public static func appendHead(_ side: Side, _ category: Category, time: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(utf8: side.rawValue)
        bytes.append(" [")
        bytes.append(utf8: category.rawValue)
        bytes.append("] ")
        bytes.append(contentsOf: time)
        bytes.append(UInt8(ascii: " "))
    }
}

extension [UInt8] {
    public mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the bytes of a string in one piece, which takes a quarter of the time that its UTF-8 view takes.
    @inlinable
    public mutating func append(utf8 text: String) {
        text.utf8.span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends a text so that it stays on its line and cannot steer a terminal: scalars that a tweet may not contain
    /// become `\u{1B}`, and backslashes are doubled so that the two cannot be confused.
    public mutating func appendEscaped(_ text: String) {
        if text.everyByte({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) {
            append(utf8: text)
            return
        }
        for scalar in text.unicodeScalars {
            if scalar == "\\" {
                append("\\\\")
            } else if scalar.isForbiddenInText {
                append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".utf8)
            } else {
                append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}
