/// Finds the mark that ends a paste, with a CSI of 7 bits (`ESC [`) or of 8 (U+009B, or the byte alone).
///
/// The byte 0x9B also occurs within characters of UTF-8, and there it is text.
struct PasteEnd: Hashable, Sendable {
    private var scalar = ScalarDecoder()
    /// How many bytes of the 7-bit mark are matched, and how many bytes have come for them.
    private var matched = 0
    private var length = 0

    /// Takes the next byte of a paste.
    ///
    /// - Returns: the number of bytes of the mark if this one ends it; nil otherwise.
    mutating func take(_ byte: UInt8) -> Int? {
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

    private mutating func match(_ decoded: Unicode.Scalar) -> Int? {
        if decoded.value == UInt32(BracketedPaste.end[matched]) {
            matched += 1
            length += 1
        } else {
            // Only the first byte of the mark can begin another one.
            matched = decoded.value == UInt32(BracketedPaste.end[0]) ? 1 : 0
            length = matched
        }
        guard matched == BracketedPaste.end.count else { return nil }
        defer { (matched, length) = (0, 0) }
        return length
    }
}
