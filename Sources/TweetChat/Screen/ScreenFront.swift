import CSystem
import TweetModel
import TweetSystem

/// The chat on the whole screen of a terminal.
struct ScreenFront: ChatFront {
    private let screen: CursesScreen
    private let terminal: TerminalGuard
    /// Whether the terminal rings for a message that is for this person.
    private let rings: Bool
    private var desk: ChatDesk
    private var parser = KeyParser()
    /// Keys and pastes that were read and not handled yet.
    private var inputs: [KeyParser.Input] = []
    private var hasToRing = false
    /// Failures that were not drawn yet.
    private var undrawnFailures: [ChatLine] = []
    /// Whether the terminal is gone, and whether the machine was told.
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

    /// Reads a person's keys, whatever the state of the server.
    mutating func readInput() {
        switch TerminalInput.read() {
        case .bytes(let bytes): inputs += parser.take(bytes, at: .now)
        case .nothing: break
        // If the terminal cannot be read, there is nobody to tell.
        case .ended, .failed: hasGone = true
        }
    }

    var wakeAt: Instant { hasGone ? .never : parser.deadline }

    mutating func timePassed(at now: Instant) {
        // Bytes that wait to be read arrived in time: the process was late, not the terminal.
        guard !hasGone, now >= parser.deadline, !TerminalInput.isReadable else { return }
        inputs += parser.timePassed(at: now)
    }

    mutating func notice(_ view: ChatView) { update(view) }

    mutating func nextEvent(_ view: ChatView) -> ChatMachine.Event? {
        if hasGone { return tellEnd() }
        // A key that was typed before a question is drawn is handled first, so that it does not answer the question.
        while !inputs.isEmpty || desk.hasUndrawnQuestion && readTyped() {
            update(view)
            // The update may have dropped input that was typed for another question.
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
        // The reads above may have found the terminal gone.
        return hasGone ? tellEnd() : nil
    }

    private mutating func tellEnd() -> ChatMachine.Event? {
        defer { endWasTold = true }
        return endWasTold ? nil : .inputEnded
    }

    /// Reads the keys already typed.
    ///
    /// - Returns: whether there is a key or a paste to handle.
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

    /// Updates the desk from the chat's state, together with all input typed for something else.
    private mutating func update(_ view: ChatView) {
        var unread: [KeyParser.Input] = []
        if desk.wantsUnread(at: view.typeAheadResets) {
            let (bytes, hasEnded) = TerminalInput.readAll(limit: ChatLimits.pasteBytes)
            unread = inputs + parser.take(bytes, at: .now)
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

    mutating func refresh(_ view: ChatView, now: Instant) {
        update(view)
        terminal.setSecret(desk.isSecret)
        screen.draw(desk.image(view.status, people: view.peopleHere(desk.size.listedPeople), now: now))
        desk.wasDrawn()
        undrawnFailures = []
        // One sound, however many lines have arrived.
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

    /// Restores the terminal, and prints the failures that came too late for the screen, such as an unsent message.
    mutating func end() -> [String] {
        screen.end()
        for line in undrawnFailures {
            try? StandardStream.error.write(Report(.client, .error, line.time, line.text).lineOfEscapedText)
        }
        return []
    }
}
