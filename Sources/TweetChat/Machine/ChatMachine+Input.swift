import TweetModel
import TweetWire

/// Typed lines: answers to questions, commands and messages.
extension ChatMachine {
    mutating func typed(_ line: String) {
        if isEnding { return dropAtEnd(line) }
        if questions.current?.isHidden == true { return answer(line) }
        if lines.areWithheld { return line.isEmpty ? () : perform(lines.report(line)) }
        if start.holdsLines, mustHold || mustFollow(line) || lines.hasHeld { return perform(lines.hold(line)) }
        take(line)
    }

    /// Whether a person has quit: anything typed after that was meant for the next program on the terminal.
    var isEnding: Bool { isLeaving && !start.holdsLines }

    /// Drops a line that was typed after quitting, without showing it; a second `/quit` ends the chat at once.
    private mutating func dropAtEnd(_ line: String) {
        if case .some(.quit) = try? ChatCommand(line) { return leave() }
        if !line.isEmpty { fail(Self.dropped) }
    }

    static let dropped = "dropped: the chat is ending"

    /// Whether a script's line has to wait: nobody is signed in to send it.
    private var mustHold: Bool { !isHere && !isLeaving }

    /// Whether a script's line waits for the answers to earlier ones, so that everything is shown in order; messages
    /// need not wait as long as there are few.
    private func mustFollow(_ line: String) -> Bool {
        if let first = line.first, "/@!".contains(first) { return !requests.isEmpty || !outbox.isEmpty }
        return !outbox.hasRoom || !requests.hasOnlyMessages
    }

    /// Handles the waiting lines that no longer have to wait.
    mutating func releaseLines() {
        while !connection.isOver, let line = lines.firstHeld, !mustHold, !mustFollow(line) {
            take(lines.removeFirstHeld())
            if lines.areWithheld { perform(lines.dropHeld()) }
        }
    }

    private mutating func take(_ line: String) {
        if passwords.areIn(line) { return refuse(TypedPasswords.refusal, .refused) }
        if questions.current == .name, line.first != "/", line.first != "!" { return answer(line) }
        do throws(ChatCommand.Mistake) {
            let command = try ChatCommand(line)
            // Typing anything ends being away.
            if command != .away, command != .quit { perform(presence.typed()) }
            perform(command, line)
        } catch {
            guard let text = error.text else { return }
            refuse(line, text, error.exit, isPrivate: error == .invalidFormat)
            if case .wrongArguments(let word) = error, word.row.asksPassword { awaitNoPassword(behind: word) }
        }
    }
}
