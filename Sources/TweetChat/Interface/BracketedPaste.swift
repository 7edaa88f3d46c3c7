/// The sequences of bracketed paste; see xterm's "Control Sequences".
enum BracketedPaste {
    /// Makes the terminal start or stop marking pastes.
    static let on = "\u{1B}[?2004h"
    static let off = "\u{1B}[?2004l"
    /// The marks that the terminal puts around a paste.
    static let begin = Array("\u{1B}[200~".utf8)
    static let end = Array("\u{1B}[201~".utf8)

    /// The same bytes with each mark in its 7-bit form.
    static func inSevenBits(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.contains(0x9B) else { return Array(bytes) }
        var found: [UInt8] = []
        var marks = PasteMark.Finder()
        for byte in bytes {
            found.append(byte)
            guard let (mark, length) = marks.take(byte) else { continue }
            found.removeLast(length)
            found += mark == .begin ? begin : end
        }
        return found
    }
}
