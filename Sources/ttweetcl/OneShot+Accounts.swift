import CSystem
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

extension OneShot {
    /// The first requests on each connection, and the time limit.
    func opening(
        _ invocation: Invocation, _ reporter: Reporter
    ) throws(ClientError) -> (prelude: [Request], limit: TimeLimit) {
        if let guest = invocation.guest {
            var generator = SystemRandomNumberGenerator()
            // With the secret a second connection takes over the name from a broken one.
            let secret = ResumeSecret(using: &generator)
            return ([.takeName(guest, resume: secret)], Self.limit(of: invocation, from: start))
        }
        if let token = invocation.token {
            return ([.logInByToken(try token.read(reporter: reporter))], Self.limit(of: invocation, from: start))
        }
        guard let user = invocation.user else { return ([], Self.limit(of: invocation, from: start)) }
        let (passwords, limit) = try read([invocation.password(of: user)], invocation, reporter)
        return (passwords.map { .logIn(Credentials(name: user, password: $0)) }, limit)
    }

    /// Reads passwords; the run's time does not count while a person types them.
    private func read(
        _ entries: [PasswordEntry], _ invocation: Invocation, _ reporter: Reporter
    ) throws(ClientError) -> (passwords: [Password], limit: TimeLimit) {
        let isAsked = entries.contains(where: \.isAsked)
        if isAsked { RunTimer.cancel() }
        var passwords: [Password] = []
        for entry in entries { passwords.append(try entry.read(reporter: reporter)) }
        guard isAsked else { return (passwords, Self.limit(of: invocation, from: start)) }
        Self.startTimer(of: invocation, log: reporter.log)
        return (passwords, Self.limit(of: invocation, from: .now))
    }

    private func user(of invocation: Invocation) -> Name {
        guard let user = invocation.user else { preconditionFailure("an invocation that needs a user has one") }
        return user
    }

    // MARK: Accounts

    func signUp(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let user = user(of: invocation)
        let (passwords, limit) = try read([invocation.password(of: user)], invocation, reporter)
        var dialogue = Dialogue(over: connector(of: invocation), limit: limit, reporter: reporter)
        _ = try dialogue.ask(.signUp(Credentials(name: user, password: passwords[0])))
        reporter.note(.general, "signed up as \(user.string)")
        try write(invocation.form.bytes(forDone: "signed up as \(user.string)"), note: "; the account is made")
    }

    func changePassword(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let user = user(of: invocation)
        let entries = [invocation.password(of: user), invocation.newPassword(of: user)]
        let (passwords, limit) = try read(entries, invocation, reporter)
        let (old, new) = (passwords[0], passwords[1])
        var dialogue = Dialogue(
            after: [.logIn(Credentials(name: user, password: old))], over: connector(of: invocation), limit: limit,
            reporter: reporter)
        _ = try dialogue.ask(.changePassword(PasswordChange(old: old, new: new)))
        reporter.note(.general, "password of \(user.string) changed")
        let deed = "the password of \(user.string) is changed"
        try write(invocation.form.bytes(forDone: deed), note: "; the password is changed")
    }

    func print(_ query: DirectoryQuery, _ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        let people = try dialogue.ask(.directory(query)).people
        reporter.note(.general, "\(people.count) names downloaded")
        for part in people.printedParts {
            try write(invocation.form.bytes(for: part, isTerminal: StandardStream.output.isTerminal))
        }
    }

    // MARK: Blocks

    func setBlocked(
        _ name: Name, _ isBlocked: Bool, _ invocation: Invocation, _ reporter: Reporter
    ) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        _ = try dialogue.ask(.setBlocked(name, isBlocked))
        let deed = isBlocked ? "\(name.string) is blocked" : "\(name.string) is not blocked"
        reporter.note(.general, deed)
        try write(invocation.form.bytes(forDone: deed), note: "; \(deed)")
    }

    func printBlocked(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        let blocks = try dialogue.ask(.blocked).blocks
        reporter.note(.general, "\(blocks.count) blocked names downloaded")
        for part in blocks.printedParts {
            try write(invocation.form.bytes(for: part, isTerminal: StandardStream.output.isTerminal))
        }
    }

    // MARK: Private messages

    func send(
        _ message: Invocation.Message, to recipients: [Name], _ invocation: Invocation, _ reporter: Reporter
    ) throws(ClientError) {
        let message = try message.privateMessage(
            to: recipients, fitting: invocation.fitting, until: inputDeadline(of: invocation),
            note: { note($0, invocation, reporter) })
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        for message in try dialogue.ask(message).messages {
            reporter.note(.general, "private message sent to \(message.recipients.joined(separator: ", "))")
            try write(invocation.form.bytes(forSent: message), note: "; the message is sent")
        }
    }

    /// Prints private messages page by page, and marks each page as read after it is printed.
    func print(_ list: MessageList, _ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        try dialogue.deliver(list) { messages throws(ClientError) in
            reporter.note(.general, "\(messages.count) private messages downloaded")
            let isTerminal = StandardStream.output.isTerminal
            for part in messages.printedParts {
                try write(invocation.form.bytes(for: part, areSent: list.kind == .sent, isTerminal: isTerminal))
            }
        }
    }

    func printPendingCount(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(over: connector(of: invocation), limit: limit, reporter: reporter)
        var pending = 0
        // The answer to the login contains the count.
        for request in prelude { pending = try dialogue.ask(request).pending ?? 0 }
        reporter.note(.general, "\(pending) private messages pending")
        try write(Array("\(pending)\n".utf8))
        if pending == 0 { throw ClientError(.notFresh, "no private message is pending", isQuiet: true) }
    }
}
