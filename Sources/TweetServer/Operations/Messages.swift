import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Private messages: stored before they are acknowledged, delivered to recipients who are here, pending for the others.
extension ClientHandler {
    func send(_ message: OutgoingMessage) throws(WireError) -> Response {
        let sender = try ownName()
        if let sent = try server.stored(message, from: sender) { return .line(PacketWriter.ok(WireMessage(sent))) }
        var accounts: [Name] = []
        var guests: [Guest] = []
        for recipient in message.recipients {
            if recipient == sender { throw WireError(.toOneself, "you cannot send a private message to yourself") }
            // A name as its owner spells it is something that the directory does not tell of a hidden one.
            if let account = try server.account(recipient) {
                accounts.append(account.isHidden ? recipient : account.name)
            } else if let person = server.live.directory[recipient], !person.hasAccount {
                guests.append(Guest(name: person.isHidden ? recipient : person.name, places: person.places))
            } else {
                throw .noSuchName(recipient)
            }
        }
        let draft = MessageDraft(
            time: server.clock(), sender: sender, isByAccount: conversation.identity.isAccount, accounts: accounts,
            guests: guests, text: message.text)
        guard !accounts.isEmpty else {
            let sent = draft.message(as: nil)
            server.deliver(sent, accounts: [], guests: guests)
            return .line(PacketWriter.ok(WireMessage(sent)))
        }
        if let error = conversation.storageRefusal { throw error }
        spendStorage(on: message.text)
        let entry = Entry.messageSent(
            time: draft.time, sender: sender, recipients: accounts, text: message.text, id: message.id,
            isByAccount: draft.isByAccount)
        server.propose(entry, .message(MessageUnderWay(reply: beginReply(), draft: draft)))
        return .later
    }

    // MARK: Lists

    func answerInbox(_ query: MessageQuery) throws(WireError) -> Response {
        try listMessages { (account) throws(SQLiteError) in
            try server.reader.inboxCursor(
                of: account, isArchive: query.isArchive, count: query.limit,
                since: query.since)
        }
    }

    func answerSent(_ query: MessageQuery) throws(WireError) -> Response {
        try listMessages { (account) throws(SQLiteError) in
            try server.reader.sentCursor(
                of: account, count: query.limit, since: query.since)
        }
    }

    private func listMessages(_ cursor: (Account) throws(SQLiteError) -> MessageCursor) throws(WireError) -> Response {
        let name = try ownName()
        guard let account = try server.account(name) else { throw .noSuchName(name) }
        return beginList(.messages(try server.readingStore { () throws(SQLiteError) in try cursor(account) }))
    }

    func markRead(_ messages: [SequenceNumber]) throws(WireError) -> Response {
        let name = try ownName()
        let entry = Entry.messagesRead(time: server.clock(), reader: name, messages: messages)
        server.propose(
            entry,
            .reply(beginReply()) { outcome throws(WireError) in
                guard case .read(_, let count) = outcome else { throw outcome.failure ?? .noSuchName(name) }
                return PacketWriter.okCount(count)
            })
        return .later
    }
}

/// A private message that waits for the journal.
struct MessageUnderWay {
    let reply: Reply
    let draft: MessageDraft
}

/// A private message before it has its sequence.
struct MessageDraft {
    let time: Timestamp
    let sender: Name
    let isByAccount: Bool
    let accounts: [Name]
    let guests: [Guest]
    let text: TweetText

    /// The message as its recipients see it.
    func message(as sequence: SequenceNumber?) -> PrivateMessage {
        PrivateMessage(
            sequence: sequence, time: time, sender: sender, isByAccount: isByAccount,
            recipients: accounts + guests.map(\.name), text: text)
    }
}

/// A guest who is here when a message is sent to it; when the message is stored, the name may belong to somebody else.
struct Guest {
    let name: Name
    let places: [ClientHandler]
}

extension Server {
    /// Answers a message whose outcome is known; it is already delivered to recipients who are here.
    func answer(_ underWay: MessageUnderWay, _ outcome: Outcome) {
        let draft = underWay.draft
        if case .stored = outcome { counts.messages += 1 }
        underWay.reply.answer { () throws(WireError) in
            switch outcome {
            case .stored(let sequence): return PacketWriter.ok(WireMessage(draft.message(as: sequence)))
            // The same message was stored while this one was under way.
            case .duplicateMessage(let sent)
            where sent.sender == draft.sender && sent.text == draft.text
                && Set(sent.recipients) == Set(draft.accounts):
                return PacketWriter.ok(WireMessage(sent))
            default: throw outcome.failure ?? .idReused
            }
        }
    }

    /// The stored message of an earlier attempt whose answer was lost; a retry does not depend on who is here now.
    fileprivate func stored(_ message: OutgoingMessage, from sender: Name) throws(WireError) -> PrivateMessage? {
        guard let id = message.id else { return nil }
        let earlier = try readingStore { () throws(SQLiteError) in try reader.message(id: id) }
        guard let earlier, earlier.sender == sender, earlier.text == message.text,
            Set(earlier.recipients).isSubset(of: message.recipients)
        else { return nil }
        // The recipients that the stored message lacks must have been guests.
        for other in message.recipients where !earlier.recipients.contains(other) {
            if try account(other) != nil { return nil }
        }
        return earlier
    }

    /// Sends a message to all connections of its recipients.
    func deliver(_ message: PrivateMessage, accounts: [Name], guests: [Guest]) {
        let line = PacketWriter.push(WireMessage(message))
        for account in accounts {
            // A guest may have taken the name of an account that was removed a moment ago.
            for place in live.directory[account]?.places ?? [] where place.conversation.identity == .account(account) {
                place.push(line)
            }
        }
        for guest in guests {
            for place in guest.places where place.subscriber.hasJoined && place.conversation.identity.name == guest.name
            {
                place.push(line)
            }
        }
    }
}

extension ClientHandler {
    /// Pushes a line; a client that does not read is disconnected, and finds the message when it comes back.
    fileprivate func push(_ line: [UInt8]) {
        // A long queue alone does not mean that the client is not reading: many may have sent to it in one turn.
        if connection.isBlocked, connection.outputBytes > ServerLimits.messageBacklogBytes {
            return connection.close(.stalled)
        }
        send(line)
    }
}
