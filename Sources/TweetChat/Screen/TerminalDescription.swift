import CNcurses
import TweetSystem

/// The abilities of the terminal that `TERM` names, as terminfo(5) describes it.
struct TerminalDescription {
    /// Whether it can place its cursor: without that there is no screen.
    let placesCursor: Bool
    /// Whether it knows the private modes of ECMA-48 (`ESC [ ? … h`): others show the characters of one as text.
    ///
    /// Nobody describes bracketed paste itself, but a terminal that has any such mode passes over those that it does not
    /// have.
    let knowsModes: Bool

    /// Capabilities that terminals have such modes for: the cursor's look, the keypad, margins, the other screen.
    private static let modes = ["civis", "cnorm", "cvvis", "smkx", "smam", "smcup", "rs2", "is2"]

    init() {
        guard cncurses_read_description() == 0 else {
            placesCursor = false
            // xterm's many relatives, which are often newer than the descriptions.
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
