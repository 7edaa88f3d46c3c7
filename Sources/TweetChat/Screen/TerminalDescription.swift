import CNcurses
import TweetSystem

/// The capabilities of the terminal that `TERM` names, from terminfo(5).
struct TerminalDescription {
    /// Whether it can position its cursor, which the screen requires.
    let placesCursor: Bool
    /// Whether it supports the private modes of ECMA-48 (`ESC [ ? … h`): other terminals show such a sequence as text.
    ///
    /// terminfo(5) does not describe bracketed paste, but a terminal that has any of these modes ignores the ones that
    /// it does not have.
    let knowsModes: Bool

    /// Capabilities that use such modes: the cursor's look, the keypad, margins, the alternate screen.
    private static let modes = ["civis", "cnorm", "cvvis", "smkx", "smam", "smcup", "rs2", "is2"]

    init() {
        guard cncurses_read_description() == 0 else {
            placesCursor = false
            // Relatives of xterm, which are often newer than the descriptions.
            knowsModes = Environment.text(of: "TERM")?.hasPrefix("xterm-") == true
            return
        }
        defer { cncurses_forget_description() }
        let string = { String(cString: cncurses_string($0)) }
        let place = string("cup")
        placesCursor = !place.isEmpty
        knowsModes = place.hasPrefix("\u{1B}[") && Self.modes.contains { string($0).contains("\u{1B}[?") }
    }
}
