import CSystem
import TweetModel
import TweetSystem

/// The chat as plain lines: standard input is what is typed, standard output what is shown.
struct LineFront: ChatFront {
    private let terminal: TerminalGuard
    /// Whether there is a person who types, and is prompted.
    private let isTerminal: Bool
    private var lines = LineCutter()
    private var question: Question?
    private var questionChanges = 0
    /// Whether the next line is dropped: it was begun for something else.
    private var isDropping = false

    init(_ terminal: TerminalGuard) {
        self.terminal = terminal
        isTerminal = StandardStream.input.isTerminal
    }

    // MARK: Input

    func inputNumber(_ machine: ChatMachine) -> CInt? {
        machine.wantsInput && !lines.hasEnded ? StandardStream.input.rawValue : nil
    }

    mutating func readInput() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(StandardStream.input.rawValue, &buffer, buffer.count)
        if count > 0 {
            lines.append(buffer[..<count])
        } else if count == 0 || !(Errno.current.wouldBlock || Errno.current.code == EINTR) {
            // What cannot be read has no more lines.
            lines.end()
        }
    }

    mutating func nextEvent(_ machine: ChatMachine) -> ChatMachine.Event? {
        noticeQuestion(machine)
        while machine.wantsInput {
            switch lines.next() {
            case .line where isDropping, .refused where isDropping:
                isDropping = false
                endPrompt()
            case .line(let line):
                endPrompt()
                return .typed(line)
            case .refused(let reason): fail(reason)
            case .end: return .inputEnded
            case nil: return nil
            }
        }
        return nil
    }

    /// A question that has come or gone by itself does not take the line that is being typed.
    private mutating func noticeQuestion(_ machine: ChatMachine) {
        guard machine.questionChanges != questionChanges else { return }
        questionChanges = machine.questionChanges
        guard isTerminal, !isDropping, machine.question != question else { return }
        guard question?.isHidden == true || lines.hasRest || terminal.hasTyped else { return }
        isDropping = true
        fail(Question.dropped)
    }

    // MARK: Output

    mutating func show(_ line: ChatLine) throws(Errno) {
        if line.kind == .failure { return fail(line.text) }
        try StandardStream.output.write(Array("\(line.head)\(line.text)\n".utf8))
    }

    private func fail(_ text: String) {
        // Where it cannot be written there is nobody left to tell.
        try? StandardStream.error.write(Report(.client, .error, Clock.now, text).line)
    }

    /// Asks what the chat asks, on standard error: standard output may be read by a program.
    mutating func refresh(_ machine: ChatMachine, now: UInt64) {
        // The rest of a password that is dropped is not shown either.
        guard isTerminal, !isDropping, machine.question != question else { return }
        endPrompt()
        question = machine.question
        guard let question else { return }
        if question.isHidden { terminal.setEcho(false) }
        try? StandardStream.error.write(Array(question.prompt.utf8))
    }

    /// The answer has come: the line feed of a hidden one was not shown.
    private mutating func endPrompt() {
        if question?.isHidden == true {
            terminal.setEcho(true)
            try? StandardStream.error.write([UInt8(ascii: "\n")])
        }
        question = nil
    }

    mutating func resize() {}

    mutating func end() {
        if question?.isHidden == true { try? StandardStream.error.write([UInt8(ascii: "\n")]) }
        terminal.restore()
    }
}
