import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Private messages: stored before they are answered, delivered to who is here, pending for the others.
extension ServerConnection {
    func send(_ message: OutgoingMessage) {
        guard let sender = conversation.identity.name else { return }
        do throws(WireError) {
            if let sent = try server.stored(message, from: sender) { return send(PacketWriter.ok(WireMessage(sent))) }
            var accounts: [Name] = []
            var guests: [Guest] = []
            for recipient in message.recipients {
                if recipient == sender { throw WireError(.toOneself, "a message goes to somebody else") }
                if let account = try server.account(recipient) {
                    accounts.append(account.name)
                } else if let person = server.live.directory[recipient], !person.hasAccount {
                    guests.append(Guest(name: person.name, places: person.places))
                } else {
                    throw .noSuchName(recipient)
                }
            }
            let underWay = MessageUnderWay(
                connection: self, request: message, time: server.clock(), sender: sender, accounts: accounts,
                guests: guests)
            guard !accounts.isEmpty else {
                let sent = underWay.sent(as: nil)
                server.deliver(sent, accounts: [], guests: guests)
                return send(PacketWriter.ok(WireMessage(sent)))
            }
            conversation.answerBegan()
            let entry = Entry.messageSent(
                time: underWay.time, sender: sender, recipients: accounts, text: message.text, id: message.id)
            server.propose(entry, .message(underWay))
        } catch {
            refuse(error)
        }
    }

    /// Answers a message whose entry is settled, and delivered where its recipients are here.
    func answer(_ message: MessageUnderWay, _ outcome: Outcome) {
        switch outcome {
        case .stored(let sequence):
            answer(PacketWriter.ok(WireMessage(message.sent(as: sequence))))
        // Stored when this one was on its way already.
        case .duplicateMessage(let sent)
        where sent.sender == message.sender && sent.text == message.request.text
            && Set(sent.recipients) == Set(message.accounts):
            answer(PacketWriter.ok(WireMessage(sent)))
        case .duplicate, .duplicateReset, .duplicateMessage: answerRefusal(.idReused)
        default: answerRefusal(outcome.failure ?? .idReused)
        }
    }

    // MARK: Lists

    func answerInbox(_ query: MessageQuery) {
        listMessages { (account) throws(SQLiteError) in
            try server.reader.inboxCursor(
                of: account, isArchive: query.isArchive, count: query.count, since: query.since)
        }
    }

    func answerSent(_ query: MessageQuery) {
        listMessages { (account) throws(SQLiteError) in
            try server.reader.sentCursor(of: account, count: query.count, since: query.since)
        }
    }

    private func listMessages(_ cursor: (Account) throws(SQLiteError) -> MessageCursor) {
        guard let name = conversation.identity.name else { return }
        do throws(WireError) {
            guard let account = try server.account(name) else { throw .noSuchName(name) }
            beginList(.messages(try server.readingStore { () throws(SQLiteError) in try cursor(account) }))
        } catch {
            refuse(error)
        }
    }

    func markRead(_ messages: [SequenceNumber]) {
        guard let name = conversation.identity.name else { return }
        conversation.answerBegan()
        let entry = Entry.messagesRead(time: server.clock(), reader: name, messages: messages)
        server.propose(entry, for: self) { [self] outcome in
            if case .read(_, let count) = outcome { return answer(PacketWriter.okCount(count)) }
            answerRefusal(outcome.failure ?? .noSuchName(name))
        }
    }
}

/// A private message that waits for the journal.
struct MessageUnderWay {
    let connection: ServerConnection
    let request: OutgoingMessage
    let time: Timestamp
    let sender: Name
    let accounts: [Name]
    let guests: [Guest]

    /// The message as all of its recipients see it.
    func sent(as sequence: SequenceNumber?) -> PrivateMessage {
        PrivateMessage(
            sequence: sequence, time: time, sender: sender, recipients: accounts + guests.map(\.name),
            text: request.text)
    }
}

/// A guest who is here when a message comes for it: whoever has the name when it is stored may be another.
struct Guest {
    let name: Name
    let places: [ServerConnection]
}

extension Server {
    /// A message that was stored before its answer was lost: one that is sent again does not ask who is here now.
    fileprivate func stored(_ message: OutgoingMessage, from sender: Name) throws(WireError) -> PrivateMessage? {
        guard let id = message.id else { return nil }
        let earlier = try readingStore { () throws(SQLiteError) in try reader.message(id: id) }
        guard let earlier, earlier.sender == sender, earlier.text == message.text,
            Set(earlier.recipients).isSubset(of: message.recipients)
        else { return nil }
        // The others can only have been guests.
        for other in message.recipients where !earlier.recipients.contains(other) {
            if try account(other) != nil { return nil }
        }
        return earlier
    }

    /// Sends a message to wherever its recipients are.
    func deliver(_ message: PrivateMessage, accounts: [Name], guests: [Guest]) {
        let line = PacketWriter.push(WireMessage(message))
        for account in accounts {
            // A guest may have the name of an account that was removed a moment ago.
            for place in live.directory[account]?.places ?? [] where place.conversation.identity == .account(account) {
                place.push(line)
            }
        }
        for guest in guests {
            for place in guest.places where place.hasJoined && place.conversation.identity.name == guest.name {
                place.push(line)
            }
        }
    }
}

extension ServerConnection {
    /// Sends a line that was not asked for; who does not read any is cut off, and finds the message when it is back.
    fileprivate func push(_ line: [UInt8]) {
        // What many send in one turn says nothing about who reads it.
        if isBlocked, outputBytes > Limits.messageBacklogBytes { return close(.stalled) }
        send(line)
    }
}
