/// The sequences by which a terminal is asked to mark what is pasted; see xterm's "Control Sequences".
enum BracketedPaste {
    static let on = "\u{1B}[?2004h"
    static let off = "\u{1B}[?2004l"
}
