import TweetModel

/// Splits standard input into lines; one that is too long or invalid is refused, without affecting the others.
struct LineCutter: Sendable {
    enum Cut: Hashable, Sendable {
        case line(String)
        /// A refused line: its number in the input, from 1, and the reason: `is not valid UTF-8`.
        case refused(number: Int, String)
        case end
    }

    private var bytes: [UInt8] = []
    /// The number of bytes that were split off.
    private var taken = 0
    /// Whether the rest of a line that is too long is still to be skipped.
    private var isSkipping = false
    /// The number of lines split off or dropped, including one that is being skipped.
    private var number = 0
    private(set) var hasEnded = false
    /// The bytes of the last refused line.
    private(set) var refusedBytes: [UInt8] = []
    private var endWasTold = false

    mutating func append(_ more: ArraySlice<UInt8>) {
        bytes.removeFirst(taken)
        taken = 0
        bytes += more
    }

    /// The number of bytes that were not split off yet.
    var restCount: Int { bytes.count - taken }

    /// Whether there is a whole line, or the mark that ends a paste, which only an Enter follows.
    var hasLineOrPasteEnd: Bool {
        bytes[taken...].contains(UInt8(ascii: "\n")) || bytes[taken...].firstRange(of: BracketedPaste.end) != nil
    }

    /// Whether there is input that was not split off yet.
    var hasRest: Bool { isSkipping || restCount > 0 }

    /// Drops the whole lines; the beginning of an unfinished one stays, to be dropped with its end.
    ///
    /// - Returns: the dropped lines; nil if there are none.
    mutating func dropLines() -> ArraySlice<UInt8>? {
        let end = bytes[taken...].lastIndex(of: UInt8(ascii: "\n"))
        let dropped = end.map { bytes[taken...$0] }
        if let end {
            number += bytes[taken...end].count(where: { $0 == UInt8(ascii: "\n") }) - (isSkipping ? 1 : 0)
            taken = end + 1
            isSkipping = false
        }
        return dropped
    }

    mutating func end() { hasEnded = true }

    /// The next line, without its line feed; nil while it is unfinished.
    mutating func next() -> Cut? {
        while true {
            let rest = bytes[taken...]
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return atEnd(rest) }
            taken = end + 1
            if isSkipping {
                isSkipping = false
                continue
            }
            return cut(rest[..<end])
        }
    }

    private mutating func atEnd(_ rest: ArraySlice<UInt8>) -> Cut? {
        if !isSkipping, rest.count > ChatLimits.inputBytes {
            isSkipping = true
            refusedBytes = Array(rest)
            taken = bytes.count
            number += 1
            return tooLong
        }
        if isSkipping { taken = bytes.count }
        guard hasEnded, !endWasTold else { return nil }
        if taken < bytes.count {
            // The last line needs no line feed.
            taken = bytes.count
            return cut(rest)
        }
        endWasTold = true
        return .end
    }

    private var tooLong: Cut { .refused(number: number, "is longer than \(ChatLimits.inputBytes) bytes") }

    private mutating func cut(_ line: ArraySlice<UInt8>) -> Cut {
        number += 1
        if line.count > ChatLimits.inputBytes {
            refusedBytes = Array(line)
            return tooLong
        }
        // Lines from other systems end with CR LF.
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        if let text = String(validating: line, as: UTF8.self) { return .line(text) }
        refusedBytes = Array(line)
        return .refused(number: number, "is not valid UTF-8")
    }
}
