/// A mark that a terminal puts before or after pasted text.
enum PasteMark: Hashable, Sendable {
    case begin, end

    /// Finds marks in a stream of bytes: with a 7-bit CSI (`ESC [`) or an 8-bit one (U+009B, or the single byte).
    ///
    /// The byte 0x9B also occurs within UTF-8 characters; there it is text.
    struct Finder: Hashable, Sendable {
        private var scalar = ScalarDecoder()
        /// The matched length in 7-bit form, and the number of bytes it took.
        private var matched = 0
        private var length = 0
        private var mark = PasteMark.begin

        /// Takes the next byte.
        ///
        /// - Returns: the mark that ends with this byte, and its length in bytes; nil if none does.
        mutating func take(_ byte: UInt8) -> (mark: PasteMark, length: Int)? {
            switch scalar.take(byte) {
            case .unfinished: return nil
            case .scalar("\u{9B}"): introduce(length: 2)
            case .control(0x9B): introduce(length: 1)
            case .scalar(let decoded): return match(decoded)
            case .invalid, .control: matched = 0
            case .torn:
                matched = 0
                return take(byte)
            }
            return nil
        }

        private mutating func introduce(length: Int) {
            matched = 2
            self.length = length
        }

        /// Matches `ESC [ 200 ~` or `ESC [ 201 ~`.
        private mutating func match(_ decoded: Unicode.Scalar) -> (mark: PasteMark, length: Int)? {
            switch (matched, decoded) {
            case (0, "\u{1B}"), (1, "["), (2, "2"), (3, "0"), (5, "~"): break
            case (4, "0"): mark = .begin
            case (4, "1"): mark = .end
            default:
                // Only the first byte of a mark can begin another one.
                matched = decoded == "\u{1B}" ? 1 : 0
                length = matched
                return nil
            }
            matched += 1
            length += 1
            guard matched == BracketedPaste.end.count else { return nil }
            defer { (matched, length) = (0, 0) }
            return (mark, length)
        }
    }
}
