import TweetModel
import TweetWire

/// The lines that are typed: answers to questions, commands, messages.
extension ChatMachine {
    mutating func typed(_ line: String) {
        if isEnding { return dropAtEnd(line) }
        if questions.current?.isHidden == true { return answer(line) }
        if lines.areWithheld { return line.isEmpty ? () : perform(lines.report(line)) }
        if start.holdsLines, mustHold || mustFollow(line) || lines.hasHeld { return perform(lines.hold(line)) }
        take(line)
    }

    /// Whether a person has quit: what is typed behind that was meant for the next program on the terminal.
    var isEnding: Bool { isLeaving && !start.holdsLines }

    /// Drops a line that was typed behind the end, without showing it; quitting once more ends the chat at once.
    private mutating func dropAtEnd(_ line: String) {
        if case .some(.quit) = try? ChatCommand(line) { return leave() }
        if !line.isEmpty { fail(Self.dropped) }
    }

    static let dropped = "dropped: the chat is ending"

    /// Whether a script's line has to wait: nobody is signed in who could say it.
    private var mustHold: Bool { !isHere && !isLeaving }

    /// Whether a script's line waits for the answers before it, so that everything is shown in its order; messages
    /// need not, as long as they are few.
    private func mustFollow(_ line: String) -> Bool {
        if let first = line.first, "/@!".contains(first) { return !requests.isEmpty || !outbox.isEmpty }
        return !outbox.hasRoom || !requests.hasOnlyMessages
    }

    /// Takes the lines that had to wait and need not any more.
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
            // Whoever types is back.
            if command != .away, command != .quit { perform(presence.typed()) }
            perform(command, line)
        } catch {
            guard let text = error.text else { return }
            refuse(line, text, error.exit, isPrivate: error == .invalidFormat)
            if case .wrongArguments(let word) = error, word.asksPassword { awaitNoPassword(behind: word) }
        }
    }

    /// Refuses a line: a script is told which one.
    mutating func refuse(_ line: String, _ reason: String, _ exit: ChatExit, isPrivate: Bool = false) {
        if start.holdsLines {
            refuse("\(reason): \(ChatCommand.withoutPassword(line))", exit)
        } else if isPrivate {
            show(.privateRefusal, reason)
        } else {
            fail(reason)
        }
    }

    // MARK: Commands

    private mutating func perform(_ command: ChatCommand, _ line: String) {
        switch command {
        case .help: return showHelp()
        case .quit: return quitAsTyped()
        case .say(let text): return send(text, to: [], line)
        case .message(let names, let text): return send(text, to: names, line)
        case .logIn(let name): return askPassword(.password(name), .login, line)
        case .signUp(let name):
            guard let name = name ?? signIn.name.flatMap({ Name($0) }) else {
                refuse(line, "usage: /signup NAME while you have no name", .usage)
                return awaitNoPassword(behind: .signup)
            }
            return askPassword(.newPassword(name), .signup, line)
        case .changePassword: return askPassword(.oldPassword, .passwd, line)
        default: break
        }
        guard isHere else { return refuse(line, "there is no connection now", .unreachable) }
        guard requests.hasRoom else {
            return refuse(line, "too many requests are under way", .unreachable)
        }
        switch command {
        case .list: request(.directory(.here), .list)
        case .person(let name): request(.directory(.one(name)), .person(name))
        case .inbox: request(.inbox(MessageQuery(count: ChatLimits.inboxMessages)), .inbox)
        case .tag(let tag): perform(reader.follow(tag, line))
        case .untag(let tag): perform(reader.unfollow(tag, line))
        case .hide: request(.setHidden(true), .hide)
        case .show: request(.setHidden(false), .show)
        case .away: request(.setAway(true), .away)
        case .say, .message, .help, .quit, .signUp, .logIn, .changePassword: break
        }
    }

    private mutating func showHelp() {
        for word in ChatCommand.Word.allCases { note("/\(word.rawValue)\(word.arguments)  \(word.help)") }
    }

    /// Leaves; a script's messages before it are answered first, and the lines after it are reported.
    private mutating func quitAsTyped() {
        guard start.holdsLines else { return leave() }
        perform(lines.quit(at: now))
    }
}
