import TweetModel
import TweetWire

/// Takes what the server sends: answers in the order of the requests, and pushes in between.
extension ChatMachine {
    mutating func received(_ answer: Answer) {
        guard isConnected else { return }
        switch requests.take(answer, at: now) {
        case .push(let push): pushed(push)
        case .part: break
        case .answer(let request, let answer, let parts): answered(request, answer, parts)
        case .refusal(let request, let code, let message): refused(request, code, message)
        case .end(let reason): broken("the server says: \(reason)")
        case .misfit: misfit()
        }
    }

    private mutating func misfit() {
        notUnderstood("\(start.server): the server's answer is not understood: it does not fit the request")
    }

    private mutating func answered(_ request: PendingRequest, _ answer: Answer, _ parts: [Answer.Item]) {
        switch (request, answer) {
        case (.ping, _): break
        case (.name(let name), .done(_, let spelled, let count)):
            signedIn(as: .guest(name), named: spelled ?? name.string, pending: count)
        case (.logIn(let credentials), .done(_, let spelled, let count)),
            (.signUp(let credentials), .done(_, let spelled, let count)):
            let wasHidden = isHidden
            if case .signUp = request { note("there is an account \(credentials.name.string) now") }
            signedIn(as: .account(credentials), named: spelled ?? credentials.name.string, pending: count)
            // A guest who was hidden stays so.
            if case .signUp = request { isHidden = wasHidden }
        case (.owner(let name), .one(.person(let person))): ownerAnswered(name, person)
        case (.changePassword(let change), .done):
            if case .account(let credentials) = identity {
                identity = .account(Credentials(name: credentials.name, password: change.new))
            }
            endWaiting()
            note("the password is changed")
        case (.join, .done), (.back, .done), (.unfollow, .done): break
        case (.leave, .done): finish()
        case (.hide, .done):
            isHidden = true
            // The server tells the others, and not the one who hides.
            if let name = spelledName { roster.left(name) }
            note("the lists leave you out now")
        case (.show, .done):
            isHidden = false
            if let name = spelledName { roster.joined(name) }
            note("the lists show you again")
        case (.away, .done):
            isAway = true
            note("you are away until you type again")
        case (.follow(let tag), .done(let sequence, _, _)): followed(tag, from: sequence)
        case (.recent, .end): showRecent(parts)
        case (.roster, .end(let count)): roster.replace(with: people(parts).map(\.name), count: count)
        case (.list, .end(let count)): showList(people(parts), count)
        case (.tags, .end): showTags(parts)
        case (.person, .one(.person(let person))): note(describe(person))
        case (.outgoing(let id), .one(let item)): sent(id, item)
        case (.inbox, .end): showInbox(parts)
        case (.markRead(let count), .end): waitingMessages = max(0, waitingMessages - count)
        default: misfit()
        }
    }

    private mutating func refused(_ request: PendingRequest, _ code: WireError.Code?, _ message: String) {
        switch request {
        case .name, .logIn, .signUp: signInRefused(request, code, message)
        case .owner(let name): ownerAnswered(name, nil)
        case .outgoing(let id): notSent(id, code, message)
        case .follow(let tag?):
            tags.removeAll { $0 == tag }
            refuse("#\(tag.written.harmless) is not followed: \(message)", ChatExit(refusal: code))
        case .follow(nil), .join: broken("the server says: \(message)")
        case .leave: finish()
        case .ping, .roster, .tags, .markRead, .back, .unfollow: break
        case .changePassword(let change): changeRefused(change, code, message)
        case .hide, .show, .away, .recent, .list, .person, .inbox:
            let line = start.holdsLines ? request.line.map { ": \($0)" } : nil
            refuse(message + (line ?? ""), ChatExit(refusal: code))
        }
    }

    // MARK: Messages

    private mutating func showInbox(_ parts: [Answer.Item]) {
        let messages = parts.compactMap { if case .message(let message) = $0 { message } else { nil } }
        if messages.isEmpty {
            waitingMessages = 0
            return note("no private message waits")
        }
        for message in messages { show(.message(from: message.sender), message.text, time: message.time) }
        markRead(messages.compactMap(\.sequence))
        if messages.count == ChatLimits.inboxMessages { note("there may be more: /inbox") }
    }

    private mutating func markRead(_ sequences: [SequenceNumber]) {
        guard !sequences.isEmpty else { return }
        request(.markRead(sequences), .markRead(sequences.count))
    }

    // MARK: Feeds

    private mutating func followed(_ tag: Hashtag?, from sequence: SequenceNumber?) {
        guard tag == nil, let sequence else { return }
        isFollowing = true
        if let newest = greatest, sequence < newest {
            // Another store than before: what it says is new, whatever its numbers.
            note("the server has another history than before")
            greatest = sequence
        } else {
            greatest = sequence
        }
    }

    private mutating func showRecent(_ parts: [Answer.Item]) {
        let tweets = parts.compactMap { if case .tweet(let tweet) = $0 { tweet } else { nil } }
        if tweets.isEmpty { note("there is none") }
        for tweet in tweets { show(tweet, isNew: false) }
    }

    private mutating func show(_ tweet: WireTweet, isNew: Bool) {
        recentWords.add(tweet)
        let isOthers = tweet.author?.lowercased() != spelledName?.lowercased()
        let isForYou = isNew && isOthers && spelledName.map { tweet.text.mentions($0) } ?? false
        show(.tweet(author: tweet.author), tweet.text, time: tweet.time, isForYou: isForYou)
    }

    private mutating func pushed(_ push: Push) {
        switch push {
        case .tweet(let tweet):
            if let sequence = tweet.sequence {
                if let greatest, sequence <= greatest { return }
                greatest = sequence
            }
            show(tweet, isNew: isFollowing)
        case .message(let message):
            recentWords.add(name: message.sender)
            show(.message(from: message.sender), message.text, time: message.time, isForYou: true)
            // Shown is read; a guest's is not kept. It was never counted as waiting.
            if hasAccount, let sequence = message.sequence, requests.hasRoom {
                request(.markRead([sequence]), .markRead(0))
            }
        case .joined(let name, let time):
            roster.joined(name)
            show(.server, "\(name.harmlessName) has joined the server", time: time)
        case .left(let name, let time):
            roster.left(name)
            show(.server, "\(name.harmlessName) has left the server", time: time)
        case .lagged(let sequence):
            note("this terminal was too slow for the server; going on from where it stopped")
            greatest = greatest ?? sequence
            // Who came and went meanwhile was not said.
            request(.directory(.here), .roster)
            followAll()
        case .unknown: break
        }
    }

    // MARK: The directory

    private func people(_ parts: [Answer.Item]) -> [WirePerson] {
        parts.compactMap { if case .person(let person) = $0 { person } else { nil } }
    }

    private mutating func showList(_ people: [WirePerson], _ count: Int) {
        roster.replace(with: people.map(\.name), count: count)
        var words = people.map { person in
            person.status == WirePerson.Status.online.rawValue
                ? person.name.harmlessName : "\(person.name.harmlessName) (\(person.status.harmlessName))"
        }
        if count > people.count { words.append("and \(count - people.count) more") }
        note("\(count) here" + (words.isEmpty ? "" : ": ") + words.joined(separator: ", "))
        request(.tags(count: ChatLimits.listedTags), .tags)
    }

    /// The hashtags with how many messages each has, behind the people.
    private mutating func showTags(_ parts: [Answer.Item]) {
        let tags = parts.compactMap { if case .tag(let tag) = $0 { tag } else { nil } }
        if tags.isEmpty { return }
        for tag in tags { recentWords.add(tag: tag.tag) }
        note("hashtags: " + tags.map { "#\($0.tag.harmless) \($0.count)" }.joined(separator: ", "))
    }

    private func describe(_ person: WirePerson) -> String {
        var text = "\(person.name.harmlessName) is \(person.status.harmlessName)"
        if let since = person.since {
            // To the minute, in local time: 2026-11-21 05:03.
            let local = since.shifted(bySeconds: start.secondsFromUTC(since))
            text += " since " + local.text.prefix(16).split(separator: "T").joined(separator: " ")
        }
        return text + (person.hasAccount ? ", with an account" : ", a guest")
    }
}
