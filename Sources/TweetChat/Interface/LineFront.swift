import CSystem
import TweetModel
import TweetSystem

/// The chat as plain lines: reads standard input and writes standard output.
struct LineFront: ChatFront {
    private let terminal: TerminalGuard
    /// Whether a person types, who needs a prompt.
    private let isTerminal: Bool
    private let rings: Bool
    private let marksPastes: Bool
    /// Whether standard output goes to a person, not to a program.
    private let marks: Bool
    private var lines = LineCutter()
    /// Whether the machine was told that the input has been read to its end, or as far ahead as allowed.
    private var isReadAhead = false
    /// The error of reading standard input, until it is reported.
    private var failure: Errno?
    /// The question that the next line answers.
    private var question: Question?
    private var typeAhead = TypeAheadGuard()
    /// Whether the prompt is the last thing on the terminal.
    private var promptIsShown = false
    /// Whether the terminal does not echo input.
    private var isHidden = false
    /// Whether the rest of the input must not reach a shell: a hidden line, or a paste.
    private var isSecret = false
    /// Whether the next line is dropped, because it was begun for something else.
    private var isDropping = false
    private var pastes = MarkedLines()
    /// Pasted lines that wait for a person's decision.
    private var pasted: PastedMessages?

    /// - Parameter marksPastes: whether to ask the terminal to mark pastes; the request goes to standard error, since a
    ///   program may read standard output.
    init(_ terminal: TerminalGuard, rings: Bool, marksPastes: Bool) {
        self.terminal = terminal
        isTerminal = StandardStream.input.isTerminal
        self.marksPastes = marksPastes && isTerminal && StandardStream.error.isTerminal
        self.rings = rings && isTerminal && StandardStream.error.isTerminal
        marks = isTerminal && StandardStream.output.isTerminal
        guard self.marksPastes else { return }
        BracketedPaste.off.withCString { terminal.screenBegan(endings: [$0], on: .error) }
        askForMarks()
    }

    private func askForMarks() {
        if marksPastes { try? StandardStream.error.write(Array(BracketedPaste.on.utf8)) }
    }

    // MARK: Input

    func inputNumber(_ view: ChatView) -> CInt? {
        if lines.hasEnded { return nil }
        // The terminal echoes what a person types ahead; the end of a script is noticed only by reading it.
        let isRead = view.wantsInput || !isTerminal && lines.restCount < ChatLimits.readAheadBytes
        return isRead ? StandardStream.input.rawValue : nil
    }

    mutating func readInput() {
        switch TerminalInput.read() {
        case .bytes(let bytes):
            lines.append(bytes[...])
            pastes.inputCame(at: .now)
        case .nothing: break
        case .ended: lines.end()
        // Lines that were read before the failure are handled.
        case .failed(let error):
            failure = error
            lines.end()
        }
    }

    mutating func nextEvent(_ view: ChatView) -> ChatMachine.Event? {
        let isReadAhead = !isTerminal && (lines.hasEnded || lines.restCount >= ChatLimits.readAheadBytes)
        if isReadAhead != self.isReadAhead {
            self.isReadAhead = isReadAhead
            return .inputReadAhead(isReadAhead)
        }
        while view.wantsInput {
            switch lines.next() {
            case .line(let line):
                endLine()
                guard isTerminal else { return .typed(line) }
                if let event = take(Array(line.utf8), refusal: nil, view.question) { return event }
            case .refused(let number, let reason):
                endLine()
                guard isTerminal else { return .refusedLine("line \(number) \(reason)") }
                if let event = take(lines.refusedBytes, refusal: reason, view.question) { return event }
            case .end: return failure.map { .inputFailed($0) } ?? .inputEnded
            case nil: return nil
            }
        }
        return nil
    }

    /// Drops input as ``TypeAheadGuard`` decides; a script's lines are never dropped.
    mutating func notice(_ view: ChatView) {
        let resets = view.typeAheadResets
        guard isTerminal, typeAhead.isReset(at: resets) else { return }
        if pasted != nil || pastes.isAwaited { refusePaste(.forSomethingElse) }
        pastes.makeStale()
        pasted = nil
        // Called in every case: it also makes an unfinished line readable.
        let hasTyped = terminal.hasTyped
        let decision = typeAhead.decide(
            at: resets, from: question, to: view.question, hasInput: hasTyped || lines.hasRest)
        guard decision == .dropToEnter else { return }
        let wasDropping = isDropping
        let hasDropped = dropTypedLines()
        isDropping = lines.hasRest || !hasDropped
        if !wasDropping { fail(Question.dropped) }
    }

    /// Drops the whole lines typed so far.
    ///
    /// - Returns: whether there were any.
    private mutating func dropTypedLines() -> Bool {
        let (bytes, hasEnded) = TerminalInput.readAll(limit: ChatLimits.pasteBytes)
        lines.append(bytes[...])
        if hasEnded { lines.end() }
        let dropped = lines.dropLines()
        pastes.dropped(dropped ?? [], at: .now)
        return dropped != nil
    }

    // MARK: Pastes

    /// Handles a line that was typed or pasted.
    ///
    /// - Parameter refusal: the reason why it is no valid text; nil if it is.
    private mutating func take(_ line: [UInt8], refusal: String?, _ question: Question?) -> ChatMachine.Event? {
        let (wasOpen, wasLost) = (pastes.isOpen, pastes.isLost)
        let taken = pastes.take(line[...], at: .now, isStale: isDropping)
        // The prompt is shown once, however many lines the paste has: they were already echoed.
        if wasOpen && pastes.isOpen || wasLost && pastes.isLost { promptIsShown = true }
        if isDropping {
            isDropping = false
            return nil
        }
        switch taken {
        case .nothing: return nil
        case .lost:
            refusePaste(.withoutBeginning)
            return nil
        case .line(let bytes):
            // A person can see which line it is.
            if let refusal { return .refusedLine("the line \(refusal)") }
            guard let line = String(validating: bytes, as: UTF8.self) else {
                return .refusedLine("the line is not valid UTF-8")
            }
            return pasted == nil ? .typed(line) : decide(line)
        case .pasted(let paste, let hasMore):
            if hasMore { fail(Question.dropped) }
            do throws(Paste.Refusal) {
                try ask(about: paste, question)
            } catch {
                refusePaste(error)
            }
            return nil
        }
    }

    private mutating func ask(about paste: Paste, _ question: Question?) throws(Paste.Refusal) {
        if pasted != nil { throw .behindAnother }
        if let question { throw .noAnswer(to: question) }
        let messages = try PastedMessages(paste.lines())
        for report in messages.reports { fail(report) }
        if messages.texts.isEmpty { throw .noText }
        pasted = messages
        // A line that was typed before the question was visible does not answer it.
        if dropTypedLines() { fail(Question.dropped) }
    }

    private mutating func decide(_ line: String) -> ChatMachine.Event? {
        guard let messages = pasted else { return nil }
        switch line {
        case "y", "Y":
            pasted = nil
            return .pasted(messages.texts)
        case "n", "N": pasted = nil
        default: fail("dropped: first answer y or n for the pasted lines")
        }
        return nil
    }

    private mutating func refusePaste(_ refusal: Paste.Refusal) { fail("the paste is dropped: \(refusal.text)") }

    /// Notes the end of a typed line; the line feed of a hidden one was not echoed.
    private mutating func endLine() {
        if isHidden { try? StandardStream.error.write([UInt8(ascii: "\n")]) }
        promptIsShown = false
        question = nil
    }

    var wakeAt: Instant {
        // The rest is searched only during a paste, so never for a script.
        let deadline = pastes.deadline
        return deadline == .never || lines.hasEnded || lines.hasLineOrPasteEnd ? .never : deadline
    }

    mutating func timePassed(at now: Instant) {
        guard now >= wakeAt else { return }
        // Lines that wait to be read or handled arrived in time: the process was late, not the terminal. The end of a
        // paste may be on a line without its Enter, which `hasTyped` makes readable.
        if terminal.hasTyped || TerminalInput.isReadable {
            if TerminalInput.isReadable { readInput() }
            return
        }
        if pastes.timePassed(at: now) { refusePaste(.withoutEnd) } else { leavePrompt() }
    }

    // MARK: Output

    mutating func show(_ line: ChatLine) throws(Errno) {
        if line.kind == .failure { return fail(line.text) }
        // A script's failures go to standard error, and so does the report that they are over.
        if line.kind == .connection, !marks { return report(.connection, line.text) }
        leavePrompt()
        let mark = line.isForYou && marks ? ChatLine.forYouMark : ""
        try StandardStream.output.write(Array("\(mark)\(line.head)\(line.text)\n".utf8))
        if line.isForYou, rings { try? StandardStream.error.write([0x07]) }
    }

    private mutating func fail(_ text: String) { report(.error, text) }

    /// - Parameter text: already escaped.
    private mutating func report(_ category: Report.Category, _ text: String) {
        leavePrompt()
        // If standard error cannot be written, there is nowhere left to report that.
        try? StandardStream.error.write(Report(.client, category, Timestamp.now, text).lineOfEscapedText)
    }

    /// Begins a new line after the prompt, which is written again below.
    private mutating func leavePrompt() {
        guard promptIsShown else { return }
        promptIsShown = false
        try? StandardStream.error.write([UInt8(ascii: "\n")])
    }

    /// Shows the current prompt on standard error, since a program may read standard output.
    mutating func refresh(_ view: ChatView, now: Instant) {
        guard isTerminal else { return }
        // The rest of a dropped password is not shown either.
        if isDropping { return guardInput(isHidden: isHidden || view.question?.isHidden == true) }
        if view.question != question { leavePrompt() }
        question = view.question
        guardInput(isHidden: question?.isHidden == true)
        let decision = pasted.map { PastedMessages.prompt($0.texts.count) }
        let paste: Paste.Prompt? = pastes.isLost ? .lost : pastes.isOpen ? .coming : nil
        let prompt = paste?.amongLines ?? decision ?? question?.prompt
        guard let prompt, !promptIsShown else { return }
        try? StandardStream.error.write(Array(prompt.utf8))
        promptIsShown = true
    }

    private mutating func guardInput(isHidden: Bool) {
        let isSecret = isHidden || pastes.isOpen || pastes.isLost
        guard isHidden != self.isHidden || isSecret != self.isSecret else { return }
        self.isHidden = isHidden
        self.isSecret = isSecret
        terminal.setSecret(isSecret)
        terminal.setInput(echoes: !isHidden, suspends: !isSecret)
    }

    mutating func resize() {}

    // MARK: The terminal

    mutating func suspend() { terminal.restore() }

    mutating func resume() {
        if isSecret { terminal.setInput(echoes: !isHidden, suspends: false) }
        askForMarks()
        promptIsShown = false
    }

    var unsentPaste: String? { pasted?.unsent ?? (pastes.isAwaited ? PastedMessages.unfinished : nil) }

    mutating func end() -> [String] {
        leavePrompt()
        terminal.restore()
        terminal.screenEnded()
        return isTerminal ? [] : unreadLines()
    }

    /// The unread lines of a script, as far as they arrive soon.
    private mutating func unreadLines() -> [String] {
        var isWhole = true
        if !lines.hasEnded {
            let rest = TerminalInput.readAll(limit: ChatLimits.unreadBytes, silence: ChatLimits.unreadSilence)
            lines.append(rest.bytes[...])
            isWhole = rest.bytes.count < ChatLimits.unreadBytes
        }
        lines.end()
        var unread: [String] = []
        while let cut = lines.next(), cut != .end {
            switch cut {
            case .line(let line): if !line.isEmpty { unread.append(line) }
            case .refused(let number, let reason): unread.append("line \(number), which \(reason)")
            case .end: break
            }
        }
        if !isWhole { unread.append("everything after that") }
        return unread
    }
}
