/// Splits standard input into lines, numbered from 1; of a line that is too long only the beginning is kept.
struct InputLines: Sendable {
    /// A line without its LF or CR LF.
    struct Line: Hashable, Sendable {
        let number: Int
        let bytes: [UInt8]
        /// Whether the line is complete.
        let isWhole: Bool
    }

    private let mostBytes: Int
    private var count = 0
    private var partial: [UInt8] = []
    private var partialIsWhole = true

    /// - Parameter mostBytes: the maximum number of bytes to keep of a line.
    init(mostBytes: Int) {
        self.mostBytes = mostBytes
    }

    /// Whether a line has begun and not ended.
    var isWithinLine: Bool { !partial.isEmpty }

    /// The number of the next line.
    var nextNumber: Int { count + 1 }

    /// Takes bytes that were read, and returns the lines that they complete.
    mutating func take(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<end])
            if partial.last == UInt8(ascii: "\r"), partialIsWhole { partial.removeLast() }
            lines.append(cut())
            rest = rest[(end + 1)...]
        }
        keep(rest)
        return lines
    }

    /// Returns the last line, if it has no line end.
    mutating func end() -> Line? { isWithinLine ? cut() : nil }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        let room = mostBytes - partial.count
        partial += bytes.prefix(room)
        if bytes.count > room { partialIsWhole = false }
    }

    private mutating func cut() -> Line {
        count += 1
        defer {
            partial = []
            partialIsWhole = true
        }
        return Line(number: count, bytes: partial, isWhole: partialIsWhole)
    }
}
