import CSystem
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

extension OneShot {
    /// The first requests on each connection, and the time limit.
    func opening() throws(ClientError) -> (prelude: [Request], limit: TimeLimit) {
        if let guest = invocation.guest {
            var generator = SystemRandomNumberGenerator()
            // With the secret a second connection takes over the name from a broken one.
            let secret = ResumeSecret(using: &generator)
            return ([.takeName(guest, resume: secret)], limit(from: start))
        }
        if let token = invocation.token {
            return ([.logInByToken(try token.read(reporter: reporter))], limit(from: start))
        }
        guard let user = invocation.user else { return ([], limit(from: start)) }
        let (passwords, limit) = try read([invocation.password(of: user)])
        return (passwords.map { .logIn(Credentials(name: user, password: $0)) }, limit)
    }

    /// Reads passwords; the run's time does not count while a person types them.
    private func read(_ entries: [PasswordEntry]) throws(ClientError) -> (passwords: [Password], limit: TimeLimit) {
        let isAsked = entries.contains(where: \.isAsked)
        if isAsked { RunTimer.cancel() }
        var passwords: [Password] = []
        for entry in entries { passwords.append(try entry.read(reporter: reporter)) }
        guard isAsked else { return (passwords, limit(from: start)) }
        startTimer()
        return (passwords, limit(from: .now))
    }

    /// A dialogue whose connections begin with the requests for a name.
    func dialogue() throws(ClientError) -> Dialogue {
        let (prelude, limit) = try opening()
        return Dialogue(after: prelude, over: connector, limit: limit, reporter: reporter)
    }

    private var user: Name {
        guard let user = invocation.user else { preconditionFailure("an invocation that needs a user has one") }
        return user
    }

    // MARK: Accounts

    func signUp() throws(ClientError) {
        let (passwords, limit) = try read([invocation.password(of: user)])
        var dialogue = Dialogue(over: connector, limit: limit, reporter: reporter)
        _ = try dialogue.ask(.signUp(Credentials(name: user, password: passwords[0])))
        reporter.note(.general, "signed up as \(user.string)")
        try write(invocation.form.bytes(forDone: "signed up as \(user.string)"), note: "; the account is made")
    }

    func changePassword() throws(ClientError) {
        let entries = [invocation.password(of: user), invocation.newPassword(of: user)]
        let (passwords, limit) = try read(entries)
        let (old, new) = (passwords[0], passwords[1])
        var dialogue = Dialogue(
            after: [.logIn(Credentials(name: user, password: old))], over: connector, limit: limit,
            reporter: reporter)
        _ = try dialogue.ask(.changePassword(PasswordChange(old: old, new: new)))
        reporter.note(.general, "password of \(user.string) changed")
        let deed = "the password of \(user.string) is changed"
        try write(invocation.form.bytes(forDone: deed), note: "; the password is changed")
    }

    func print(_ query: DirectoryQuery) throws(ClientError) {
        var dialogue = try dialogue()
        let people = try dialogue.ask(.directory(query)).people
        reporter.note(.general, "\(people.count) names downloaded")
        try write(people) { invocation.form.bytes(for: $0, isTerminal: isTerminal) }
    }

    // MARK: Blocks

    func setBlocked(_ name: Name, _ isBlocked: Bool) throws(ClientError) {
        var dialogue = try dialogue()
        _ = try dialogue.ask(.setBlocked(name, isBlocked))
        let deed = isBlocked ? "\(name.string) is blocked" : "\(name.string) is not blocked"
        reporter.note(.general, deed)
        try write(invocation.form.bytes(forDone: deed), note: "; \(deed)")
    }

    func printBlocked() throws(ClientError) {
        var dialogue = try dialogue()
        let blocks = try dialogue.ask(.blocked).blocks
        reporter.note(.general, "\(blocks.count) blocked names downloaded")
        try write(blocks) { invocation.form.bytes(for: $0, isTerminal: isTerminal) }
    }

    // MARK: Private messages

    func send(_ message: Invocation.Message, to recipients: [Name]) throws(ClientError) {
        let message = try message.privateMessage(
            to: recipients, fitting: invocation.fitting, until: inputDeadline,
            note: note)
        var dialogue = try dialogue()
        for message in try dialogue.ask(message).messages {
            reporter.note(.general, "private message sent to \(message.recipients.joined(separator: ", "))")
            try write(invocation.form.bytes(forSent: message), note: "; the message is sent")
        }
    }

    /// Prints private messages page by page, and marks each page as read after it is printed.
    func print(_ list: MessageList) throws(ClientError) {
        var dialogue = try dialogue()
        try dialogue.deliver(list) { messages throws(ClientError) in
            reporter.note(.general, "\(messages.count) private messages downloaded")
            try write(messages) {
                invocation.form.bytes(for: $0, areSent: list.kind == .sent, isTerminal: isTerminal)
            }
        }
    }

    func printPendingCount() throws(ClientError) {
        let (prelude, limit) = try opening()
        var dialogue = Dialogue(over: connector, limit: limit, reporter: reporter)
        var pending = 0
        // The answer to the login contains the count.
        for request in prelude { pending = try dialogue.ask(request).pending ?? 0 }
        reporter.note(.general, "\(pending) private messages pending")
        try write(Array("\(pending)\n".utf8))
        if pending == 0 { throw ClientError(.notFresh, "no private message is pending", isQuiet: true) }
    }
}
