import CSystem
import TweetModel
import TweetSystem

/// The chat on a terminal's whole screen.
struct ScreenFront: ChatFront {
    private let screen: CursesScreen
    private let terminal: TerminalGuard
    /// Whether the terminal rings for a message that is for this person.
    private let rings: Bool
    private var desk: ChatDesk
    private var parser = KeyParser()
    /// Keys and pastes that were read and not taken yet.
    private var inputs: [KeyParser.Input] = []
    private var hasToRing = false
    /// Failures that no drawing has shown yet.
    private var undrawnFailures: [ChatLine] = []
    /// Whether the terminal has gone, and whether that was told.
    private var hasGone = false
    private var endWasTold = false

    init(_ screen: CursesScreen, _ terminal: TerminalGuard, rings: Bool) {
        self.screen = screen
        self.terminal = terminal
        self.rings = rings
        desk = ChatDesk(size: screen.size)
    }

    // MARK: Input

    func inputNumber(_ view: ChatView) -> CInt? { hasGone ? nil : StandardStream.input.rawValue }

    /// A person's keys are read whatever the server does.
    mutating func readInput() {
        switch TerminalInput.read() {
        case .bytes(let bytes): inputs += parser.take(bytes, at: Clock.monotonicMilliseconds)
        case .nothing: break
        // A terminal that cannot be read has nobody at it to be told.
        case .ended, .failed: hasGone = true
        }
    }

    var wakeAt: UInt64 { hasGone ? .max : parser.deadline }

    mutating func timePassed(at now: UInt64) {
        // Bytes that wait to be read have come in time: the process was late, not the terminal.
        guard !hasGone, now >= parser.deadline, !TerminalInput.isReadable else { return }
        inputs += parser.timePassed(at: now)
    }

    mutating func notice(_ view: ChatView) { update(view) }

    mutating func nextEvent(_ view: ChatView) -> ChatMachine.Event? {
        if hasGone { return tellEnd() }
        // A key that was typed before a question is drawn is pressed before that, so that it does not answer it.
        while !inputs.isEmpty || desk.hasUndrawnQuestion && readTyped() {
            update(view)
            // The update may have dropped what was typed for another question.
            guard !inputs.isEmpty else { break }
            switch inputs.removeFirst() {
            case .pasteBegan: desk.beginPaste()
            case .pasted(let paste): desk.paste(paste, at: Timestamp.now)
            case .lostPasteEnded(let byEnter): desk.endLostPaste(byEnter: byEnter)
            case .key(let key):
                let outcome = desk.press(key, at: Timestamp.now, names: view.knownNames, tags: view.knownTags)
                if let event = perform(outcome) { return event }
            }
        }
        // Reading in between may have found the terminal gone.
        return hasGone ? tellEnd() : nil
    }

    private mutating func tellEnd() -> ChatMachine.Event? {
        defer { endWasTold = true }
        return endWasTold ? nil : .inputEnded
    }

    /// Reads what is typed already.
    ///
    /// - Returns: whether there is something to press.
    private mutating func readTyped() -> Bool {
        if !hasGone, TerminalInput.isReadable { readInput() }
        return !inputs.isEmpty
    }

    private func perform(_ outcome: ChatDesk.Outcome) -> ChatMachine.Event? {
        switch outcome {
        case .nothing: return nil
        case .submit(let line): return .typed(line)
        case .say(let texts): return .pasted(texts)
        case .end: return .inputEnded
        case .repaint: screen.repaint()
        case .interrupt: terminal.signalForeground(SIGINT)
        case .abort: terminal.signalForeground(SIGQUIT)
        case .suspend: terminal.signalForeground(SIGTSTP)
        }
        return nil
    }

    /// Shows the desk how the chat stands, with all that was typed for something else.
    private mutating func update(_ view: ChatView) {
        var unread: [KeyParser.Input] = []
        if desk.wantsUnread(at: view.typeAheadResets) {
            let (bytes, hasEnded) = TerminalInput.readAll(limit: ChatLimits.pasteBytes)
            unread = inputs + parser.take(bytes, at: Clock.monotonicMilliseconds)
            inputs = []
            if hasEnded { hasGone = true }
        }
        desk.update(
            view.status, view.question, resets: view.typeAheadResets, unread: unread, at: Timestamp.now)
    }

    // MARK: Output

    mutating func show(_ line: ChatLine) {
        desk.show(line, secondsFromUTC: LocalTimeOffset.secondsFromUTC(line.time))
        if line.isForYou, rings { hasToRing = true }
        if line.kind == .failure { undrawnFailures.append(line) }
    }

    mutating func refresh(_ view: ChatView, now: UInt64) {
        update(view)
        terminal.setSecret(desk.isSecret)
        screen.draw(desk.image(view.status, people: view.peopleHere(desk.size.listedPeople), now: now))
        desk.wasDrawn()
        undrawnFailures = []
        // However many lines have come at once: one sound.
        if hasToRing { screen.ring() }
        hasToRing = false
    }

    mutating func resize() {
        screen.resize()
        desk.size = screen.size
    }

    // MARK: The terminal

    mutating func suspend() { screen.suspend() }

    mutating func resume() {
        screen.resume()
        desk.size = screen.size
    }

    var unsentPaste: String? { desk.unsentPaste }

    /// Gives the terminal back, and reports there the failures that came too late for the screen: a message that was not
    /// sent among them.
    mutating func end() -> [String] {
        screen.end()
        for line in undrawnFailures {
            try? StandardStream.error.write(Report(.client, .error, line.time, line.text).lineOfEscapedText)
        }
        return []
    }
}
