/// The sequences of bracketed paste; see xterm's "Control Sequences".
enum BracketedPaste {
    /// Asks the terminal to mark pastes, and no longer to.
    static let on = "\u{1B}[?2004h"
    static let off = "\u{1B}[?2004l"
    /// The marks that the terminal puts around a paste.
    static let begin = Array("\u{1B}[200~".utf8)
    static let end = Array("\u{1B}[201~".utf8)

    /// The same bytes with each mark that begins with the 8-bit CSI in its 7-bit form.
    static func inSevenBits(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.contains(0x9B) else { return Array(bytes) }
        var found: [UInt8] = []
        var scalar = ScalarDecoder()
        for (index, byte) in zip(bytes.indices, bytes) {
            found.append(byte)
            // A byte that tears a character begins the next one.
            var result = scalar.take(byte)
            if result == .torn { result = scalar.take(byte) }
            let length = result == .control(0x9B) ? 1 : result == .scalar("\u{9B}") ? 2 : 0
            let rest = bytes[(index + 1)...]
            if length > 0, rest.starts(with: begin.dropFirst(2)) || rest.starts(with: end.dropFirst(2)) {
                found.removeLast(length)
                found += begin.prefix(2)
            }
        }
        return found
    }
}
