import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// Handles lines from the server: answers in the order of the requests, with pushes between them.
extension ChatMachine {
    mutating func received(_ answer: Answer) {
        guard isConnected else { return }
        if case .error(_, _, let retryAfter?) = answer {
            returnSpan = .seconds(retryAfter)
            let span = min(.seconds(retryAfter), ChatLimits.longestPause)
            requestedPause = start.jitter.extend(span, within: lines.limit - now)
        }
        defer { (requestedPause, returnSpan) = (.zero, nil) }
        switch requests.take(answer, at: now) {
        case .push(let push): pushed(push)
        case .part: break
        case .answer(let request, let answer, let parts): answered(request, answer, parts)
        case .refusal(let request, let code, let message): refused(request, code, message)
        case .end(let code, let reason): turnedAway(code, reason)
        case .misfit: misfit()
        }
    }

    private mutating func misfit() {
        notUnderstood("\(start.server): the server's answer is not understood: it does not fit the request")
    }

    private mutating func answered(_ request: PendingRequest, _ answer: Answer, _ parts: [Answer.Item]) {
        switch (request, answer) {
        case (.ping, _): break
        case (.name(let name), .done(_, let spelled, let waiting)):
            signedIn(SignIn.Agreement(identity: .guest(name), spelled: spelled, waiting: waiting))
        case (.logIn(let credentials), .done(_, let spelled, let waiting)):
            signedIn(SignIn.Agreement(identity: .account(credentials), spelled: spelled, waiting: waiting))
        case (.signUp(let credentials), .done(_, let spelled, let waiting)):
            note("you have the account \(credentials.name.string) now")
            signedIn(
                SignIn.Agreement(identity: .account(credentials), spelled: spelled, waiting: waiting, isNew: true))
        case (.owner(let name), .one(.person(let person))): ownerAnswered(name, person)
        case (.changePassword(let change), .done):
            signIn.passwordChanged(to: change.new)
            questions.endWaiting()
            note("the password is changed")
        case (.join, .done), (.back, .done), (.unfollow, .done): break
        case (.leave, .done): finish()
        case (.hide, .done):
            // The server tells the other clients, but not the one that hides.
            if let name = signIn.name { roster.left(name) }
            perform(presence.hid())
        case (.show, .done):
            if let name = signIn.name { roster.joined(name) }
            perform(presence.showed())
        case (.away, .done): perform(presence.wentAway())
        case (.follow(let tag), .done(let sequence, _, _)): perform(reader.followed(tag, from: sequence))
        case (.recent, .end): perform(reader.showRecent(parts, ownName: signIn.name))
        case (.roster, .end(let count)): roster.replace(with: parts, count: count)
        case (.list, .end(let count)): perform(roster.showList(parts, count: count))
        case (.tags, .end): perform(reader.showTags(parts))
        case (.listedTags, .end):
            if parts.isEmpty { note("no hashtags are in use") }
            perform(reader.showTags(parts))
        case (.search, .end): perform(reader.showRecent(parts.reversed(), ownName: signIn.name))
        case (.person, .one(.person(let person))):
            perform([Roster.describe(person, secondsFromUTC: start.secondsFromUTC)])
        case (.outgoing(let id), .one(let item)): perform(outbox.stored(id, item))
        case (.setBlocked(let name, true), .done): note("\(name.string) can send you no private messages any more")
        case (.setBlocked(let name, false), .done): note("\(name.string) can send you private messages")
        case (.blocked, .end(let count)): perform(Roster.describe(blocked: parts, count: count))
        case (.inbox, .end): perform(reader.showInbox(parts))
        case (.markRead(let count), .end): reader.read(count)
        default: misfit()
        }
    }

    private mutating func refused(_ request: PendingRequest, _ code: WireError.Code?, _ reason: String) {
        let message = reason + ClientError.advice(onRefusal: code)
        let advised = message + ClientError.advice(onReturnAfter: returnSpan)
        switch request {
        case .name, .logIn, .signUp: signInRefused(request, code, message)
        case .owner(let name): ownerAnswered(name, nil)
        case .outgoing(let id): notSent(id, code, message)
        case .follow(let tag?): perform(reader.followRefused(tag, code, advised))
        case .follow(nil), .join: broken("the server says: \(message)")
        case .leave: finish()
        case .ping, .roster, .tags, .markRead, .back, .unfollow: break
        case .changePassword(let change): perform(questions.changeRefused(change, code, advised, situation))
        case .hide, .show, .away, .recent, .search, .listedTags, .list, .person, .inbox, .setBlocked, .blocked:
            let line = start.holdsLines ? request.line.map { ": \($0)" } : nil
            refuse(advised + (line ?? ""), ChatExit(refusal: code))
        }
    }

    private mutating func pushed(_ push: Push) {
        switch push {
        case .tweet(let tweet): perform(reader.pushed(tweet, ownName: signIn.name))
        case .message(let message):
            perform(reader.pushed(message, marksRead: signIn.hasAccount && requests.hasRoom))
        case .joined(let name, let time): perform(roster.pushedJoined(name, time))
        case .left(let name, let time): perform(roster.pushedLeft(name, time))
        case .lagged(let sequence):
            note("this terminal was too slow for the server; continuing where it stopped")
            reader.lagged(at: sequence)
            // While the client lagged, it was not told who came and left.
            request(.directory(.here), .roster)
            perform(reader.followAll())
        case .unknown: break
        }
    }
}
