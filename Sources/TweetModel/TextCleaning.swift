/// Removes everything from a text that steers terminals or that no message may contain.
///
/// - Whole escape sequences are removed, such as colours and window titles, and so is an incomplete one. Their forms
///   are those of ECMA-48 (5.3 to 5.6) and of xterm; no sequence continues beyond its line.
/// - A tab becomes a space, and so does a line end, CR LF as one; line ends at both ends of the text are removed.
/// - Everything else that a message may not contain is removed.
/// - Bytes that are not UTF-8 become U+FFFD, so that a reader notices the loss.
public struct TextCleaning {
    private enum State {
        case text
        /// After an escape character.
        case escape
        /// After an escape character and intermediate bytes, as in `ESC ( B`.
        case intermediate
        /// In a control sequence, `ESC [ 3 1 m`.
        case control
        /// After a single shift, `ESC O A`.
        case shift
        /// In a control string, which ends with BEL or a string terminator: `ESC ] 0 ; title BEL`.
        case string
    }

    private var state = State.text
    private var text = String.UnicodeScalarView()
    /// The number of line ends that become spaces once more text follows.
    private var lineEnds = 0
    private var isBehindCarriageReturn = false

    private init() {}

    /// Cleans a text.
    ///
    /// - Returns: the same bytes if nothing has to change.
    /// - Complexity: linear in the bytes.
    public static func cleaned(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return bytes }
        var cleaning = TextCleaning()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars { cleaning.take(scalar) }
        return Array(String(cleaning.text).utf8)
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        let endsCarriageReturn = isBehindCarriageReturn && scalar == "\n"
        isBehindCarriageReturn = scalar == "\r"
        switch scalar {
        case "\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}":
            if !endsCarriageReturn { lineEnds += 1 }
            state = .text
        // These end a sequence, and ESC begins another: see ECMA-48, 8.3 (CAN, SUB).
        case "\u{1B}": state = .escape
        case "\u{18}", "\u{1A}": state = .text
        default: takeInLine(scalar)
        }
    }

    private mutating func takeInLine(_ scalar: Unicode.Scalar) {
        switch (state, scalar.value) {
        case (.text, _): append(scalar)
        case (.string, 0x07), (.string, 0x9C): state = .text
        case (.string, _): break
        // A terminal executes these without leaving the sequence.
        case (_, 0x00..<0x20), (_, 0x7F): break
        case (.escape, 0x5B): state = .control
        case (.escape, 0x4E), (.escape, 0x4F): state = .shift
        // The characters ] P X ^ _, and k for the title of screen(1).
        case (.escape, 0x5D), (.escape, 0x50), (.escape, 0x58), (.escape, 0x5E), (.escape, 0x5F), (.escape, 0x6B):
            state = .string
        case (.escape, 0x20..<0x30), (.intermediate, 0x20..<0x30): state = .intermediate
        case (.control, 0x20..<0x40), (.shift, 0x30..<0x3C): break
        case (_, 0x20..<0x7F): state = .text
        default:
            // No sequence may contain this byte: the sequence was incomplete.
            state = .text
            append(scalar)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x09: appendText(" ")
        case 0x9B: state = .control
        case 0x8E, 0x8F: state = .shift
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: state = .string
        default: if !scalar.isForbiddenInText { appendText(scalar) }
        }
    }

    private mutating func appendText(_ scalar: Unicode.Scalar) {
        if !text.isEmpty { text.append(contentsOf: repeatElement(" ", count: lineEnds)) }
        lineEnds = 0
        text.append(scalar)
    }
}
