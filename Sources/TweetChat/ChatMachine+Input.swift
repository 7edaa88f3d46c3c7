import TweetModel
import TweetWire

/// What is typed: answers to questions, commands, messages.
extension ChatMachine {
    mutating func typed(_ line: String) {
        if question?.isHidden == true { return answer(line) }
        if mustHold || mustFollow(line) || !held.isEmpty {
            if !start.holdsLines, case .some(.quit) = try? ChatCommand(line) { return leave() }
            guard held.count < ChatLimits.heldLines else { return fail("too many lines wait for the server") }
            held.append(line)
            return
        }
        take(line)
    }

    /// Whether a line has to wait: for who says it, and a script's for all that it asks of the server.
    private var mustHold: Bool {
        if question != nil { return false }
        if case .leaving = phase { return false }
        return start.holdsLines ? !isHere : identity == nil || isChangingName
    }

    /// Whether a log-in is under way that tells whose words the next ones are.
    private var isChangingName: Bool { isHere && pending.contains(where: \.isSignIn) }

    /// Whether a script's line waits for the answers before it, so that everything is shown in its order; messages
    /// need not, as long as they are few.
    private func mustFollow(_ line: String) -> Bool {
        guard start.holdsLines else { return false }
        if let first = line.first, "/@!".contains(first) { return !pending.isEmpty }
        return outbox.count >= ChatLimits.outboxMessages || pending.contains { !$0.isOutgoing }
    }

    /// Takes the lines that had to wait and need not any more.
    mutating func releaseLines() {
        while phase != .over, let line = held.first, !mustHold, !mustFollow(line) {
            guard question == nil else {
                // A person typed it before the question: it is no answer, and perhaps not meant for all.
                held = []
                return fail("what was typed before the question is dropped")
            }
            held.removeFirst()
            take(line)
        }
    }

    private mutating func take(_ line: String) {
        if question == .name, line.first != "/", line.first != "!" { return answer(line) }
        do throws(ChatCommand.Mistake) {
            let command = try ChatCommand(line)
            // Whoever types is back.
            if status.isAway, command != .away, command != .quit {
                status.isAway = false
                request(.setAway(false), .back)
            }
            perform(command)
        } catch {
            guard let text = error.text else { return }
            if error == .invalidFormat { show(.privateRefusal, text) } else { fail(text) }
        }
    }

    // MARK: Commands

    private mutating func perform(_ command: ChatCommand) {
        switch command {
        case .help: return ChatCommand.Word.allCases.forEach { note("/\($0.rawValue)\($0.arguments)  \($0.help)") }
        case .quit:
            // A script's last word: what it said before is answered first.
            if start.holdsLines {
                inputEnd = inputEnd ?? now
                held = []
            } else {
                leave()
            }
            return
        case .say(let text): return send(text, to: [])
        case .message(let names, let text): return send(text, to: names)
        case .logIn(let name) where isConnected && !status.hasAccount: return ask(.password(name))
        case .signUp(let name) where isConnected && !status.hasAccount:
            guard let name = name ?? status.name.flatMap({ Name($0) }) else {
                return fail("it is /signup NAME while you have no name")
            }
            return ask(.newPassword(name))
        case .logIn, .signUp:
            if isConnected { return fail("you are logged in as \(status.name ?? "")") }
        case .changePassword where isHere: return ask(.oldPassword)
        default: break
        }
        guard isHere else { return fail("there is no connection now") }
        guard pending.count < ChatLimits.requestsUnderWay else { return fail("too many requests are under way") }
        switch command {
        case .list: request(.directory(.here), .list)
        case .person(let name): request(.directory(.one(name)), .person(name))
        case .inbox: request(.inbox(MessageQuery(count: ChatLimits.inboxMessages)), .inbox)
        case .tag(let tag): follow(tag)
        case .untag(let tag): unfollow(tag)
        case .hide: request(.setHidden(true), .hide)
        case .show: request(.setHidden(false), .show)
        case .away: request(.setAway(true), .away)
        case .say, .message, .help, .quit, .signUp, .logIn, .changePassword: break
        }
    }

    private mutating func send(_ text: TweetText, to recipients: [Name]) {
        guard identity != nil else { return fail("a name comes first") }
        guard outbox.count < ChatLimits.outboxMessages else {
            return fail("not sent: \(outbox.count) messages wait for the server already")
        }
        lastID += 1
        guard let id = UploadID("\(start.idPrefix)-\(lastID)") else { return fail("not sent: there is no id for it") }
        outbox.append(Outgoing(id: id, text: text, recipients: recipients))
        if !isHere {
            note("it is sent as soon as there is a connection")
        } else if resendAt == nil {
            sendOutgoing(at: outbox.count - 1)
        } else {
            // Behind what waits already, so that the order stays.
            note("it is sent as soon as the server can store it")
        }
    }

    mutating func sendOutgoing(at index: Int) {
        // Sending may break the connection, and that may empty the outbox.
        guard outbox.indices.contains(index) else { return }
        request(outbox[index].request, .outgoing(outbox[index].id))
    }

    private mutating func follow(_ tag: Hashtag) {
        note("recent messages with #\(tag.written.harmless):")
        request(.download(Download(tag: tag, count: ChatLimits.recentTweets)), .recent(tag))
        recentWords.add(tag: tag.written)
        if tags.contains(tag) { return }
        guard tags.count < Limits.followedTags else {
            return fail("not followed: \(tags.count) hashtags are followed already")
        }
        tags.append(tag)
        request(.follow(Follow(tag: tag)), .follow(tag))
    }

    private mutating func unfollow(_ tag: Hashtag?) {
        let gone = tags.filter { tag == nil || $0 == tag }
        if gone.isEmpty {
            return fail(tag.map { "#\($0.written.harmless) is not followed" } ?? "no hashtag is followed")
        }
        for tag in gone { request(.unfollow(tag), .unfollow(tag)) }
        tags.removeAll { gone.contains($0) }
        note("no longer: " + gone.map { "#" + $0.written.harmless }.joined(separator: " "))
    }

    // MARK: Questions

    private mutating func ask(_ question: Question) {
        if start.canAsk {
            self.question = question
        } else {
            // A script that has a password is logged in with it at its start.
            fail("there is no password: TTWEET_PASSWORD is not set")
        }
    }

    private mutating func signUp(_ credentials: Credentials) {
        guard isConnected else {
            fail("there is no connection now")
            return cancel()
        }
        retryAt = nil
        request(.signUp(credentials), .signUp(credentials))
    }

    private mutating func answer(_ line: String) {
        guard let question else { return }
        self.question = nil
        switch question {
        case .name:
            guard let name = Name(line) else {
                if !line.isEmpty { fail("a name is \(Name.rule), nothing else") }
                self.question = .name
                return
            }
            if phase == .signingIn {
                take(name)
            } else {
                wanted = name
                note("the name is taken as soon as there is a connection")
            }
        case .password(let name):
            guard !line.isEmpty else { return cancel() }
            guard let password = Password(line), isConnected else {
                fail(isConnected ? WireError.wrongPassword.message : "there is no connection now")
                return cancel()
            }
            logIn(Credentials(name: name, password: password))
        case .newPassword(let name):
            guard let password = newPassword(line, else: question) else { return }
            self.question = .newPasswordAgain(name, password)
        case .newPasswordAgain(let name, let password):
            guard line == password.string else { return differ() }
            signUp(Credentials(name: name, password: password))
        case .oldPassword:
            guard !line.isEmpty else { return cancel() }
            guard let old = Password(line) else {
                fail(WireError.wrongPassword.message)
                return cancel()
            }
            self.question = .changedPassword(old: old)
        case .changedPassword(let old):
            guard let new = newPassword(line, else: question) else { return }
            self.question = .changedPasswordAgain(old: old, new: new)
        case .changedPasswordAgain(let old, let new):
            guard line == new.string else { return differ() }
            guard isHere else {
                fail(isConnected ? "a name comes first" : "there is no connection now")
                return cancel()
            }
            request(.changePassword(PasswordChange(old: old, new: new)), .changePassword(new))
        }
    }

    /// A password to be, or the question again; an empty one is none.
    private mutating func newPassword(_ line: String, else question: Question) -> Password? {
        guard !line.isEmpty else {
            cancel()
            return nil
        }
        if let password = Password(line) { return password }
        fail(Password.rule)
        self.question = question
        return nil
    }

    private mutating func differ() {
        fail("the two passwords differ")
        cancel()
    }

    private mutating func cancel() {
        question = identity == nil ? .name : nil
        if identity != nil { note("nothing was changed") }
    }
}
