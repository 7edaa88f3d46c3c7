import CNcurses
import TweetModel
import TweetSystem

/// The terminal, drawn with curses(3): only this file calls ncurses.
final class CursesScreen {
    private let terminal: TerminalGuard
    private var hasEnded = false
    private let marksPastes: Bool

    /// Starts the screen.
    ///
    /// - Returns: nil if the terminal is unknown or cannot position its cursor.
    init?(_ terminal: TerminalGuard, _ description: TerminalDescription) {
        guard description.placesCursor else { return nil }
        self.terminal = terminal
        marksPastes = description.knowsModes
        cncurses_set_locale()
        guard cncurses_start() == 0 else { return nil }
        if marksPastes { BracketedPaste.off.withCString { terminal.screenBegan(endings: [$0]) } }
        terminal.screenBegan(endings: (0..<4).compactMap { cncurses_ending($0) })
        markPastes(true)
    }

    /// Makes the terminal mark pastes, or stop marking them.
    private func markPastes(_ isOn: Bool) {
        guard marksPastes else { return }
        send(isOn ? BracketedPaste.on : BracketedPaste.off)
    }

    /// Sends a sequence that curses(3) does not send.
    private func send(_ text: String) {
        // If the terminal cannot be written to, it is gone: the next read reports that.
        try? StandardStream.output.write(Array(text.utf8))
    }

    /// Ends the screen and restores the terminal.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        markPastes(false)
        cncurses_end()
        terminal.screenEnded()
        terminal.restore()
    }

    /// Restores the terminal for a while; the next drawing takes it over again.
    func suspend() {
        markPastes(false)
        cncurses_end()
        terminal.dropSecret()
    }

    func resume() {
        markPastes(true)
        resize()
    }

    var size: ScreenSize {
        var rows: CInt = 0
        var columns: CInt = 0
        cncurses_size(&rows, &columns)
        return ScreenSize(rows: Int(rows), columns: Int(columns))
    }

    /// Applies the terminal's new size.
    func resize() { cncurses_resize() }

    /// Redraws everything next time, in case another program has written over it.
    func repaint() { cncurses_repaint() }

    func ring() { send("\u{7}") }

    // MARK: Drawing

    /// Shows an image; curses sends only the differences.
    func draw(_ image: ScreenImage) {
        cncurses_clear()
        for (index, row) in image.rows.enumerated() {
            var column = 0
            for piece in row.pieces {
                let (bits, colour) = piece.style.look
                cncurses_set_style(bits, colour)
                put(piece.text, row: index, column: &column)
            }
        }
        cncurses_set_style(0, 0)
        cncurses_show(CInt(image.cursorRow), CInt(image.cursorColumn))
    }

    private func put(_ text: String, row: Int, column: inout Int) {
        if text.everyByte({ $0 >= 0x20 && $0 < 0x7F }) {
            cncurses_put_ascii(CInt(row), CInt(column), text, CInt(text.utf8.count))
            column += text.utf8.count
            return
        }
        // Each cell at its own position: if the terminal's library counts widths differently, only one cell suffers,
        // not the row.
        for cell in text.flatMap(\.cells) {
            let scalars = cell.scalars.map { $0.isForbiddenInText ? 0xFFFD : $0.value }
            cncurses_put_character(CInt(row), CInt(column), scalars, CInt(scalars.count), CInt(cell.columns))
            column += cell.columns
        }
    }
}

extension Style {
    /// The attributes as bits (1 bold, 2 dim, 4 reverse, 8 underlined), and one of eight colours, 0 for none.
    fileprivate var look: (bits: CInt, colour: CInt) {
        switch self {
        case .plain: (0, 0)
        case .time: (2, 0)
        case .author(let number): (1, CInt(number % Style.authorColours) + 1)
        case .ownName: (1 | 8, 0)
        case .hashtag: (0, 6)
        case .followedTag: (1 | 8, 6)
        case .message: (1, 5)
        case .forYou: (1 | 4, 5)
        case .people: (0, 0)
        case .server: (0, 3)
        case .note: (2, 0)
        case .failure: (1, 1)
        case .status: (4, 0)
        case .statusAlert: (1 | 4, 0)
        case .prompt: (1, 0)
        case .counter: (2, 0)
        case .counterAlert: (1, 1)
        }
    }
}
