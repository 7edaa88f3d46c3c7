/// The sequences of bracketed paste; see xterm's "Control Sequences".
enum BracketedPaste {
    /// Asks the terminal to mark pastes, and no longer to.
    static let on = "\u{1B}[?2004h"
    static let off = "\u{1B}[?2004l"
    /// The marks that the terminal puts around a paste.
    static let begin = Array("\u{1B}[200~".utf8)
    static let end = Array("\u{1B}[201~".utf8)
}
