import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// The path of an entry: proposed to the journal, decided there, applied to the live state, answered.
extension Server {
    /// Proposes an entry to the journal; the waiter is called once its outcome is known.
    func propose(_ entry: Entry, _ waiter: Waiter) {
        journal.propose(entry, waiters.append(waiter))
    }

    /// Takes the entries that the journal has decided, and processes the first of them.
    func takeNews() {
        let news = journal.takeNews()
        if decided.isEmpty { decided = news.applied[...] } else { decided += news.applied }
        noteRoom(news.room)
        processDecided()
        if let failure = news.failure { journalFailed(failure) }
    }

    /// Processes entries in the journal's order, as many as a turn has time for, and the rest in the next turn.
    ///
    /// The followers of earlier ones have their turns before: nobody publishes faster than they are written to. Only a
    /// server that stops has no time for that.
    private func processDecided() {
        guard loop.connections.followerTurns.begun >= awaitedFollowerTurn || isStopping else { return processLater() }
        let turn = decided.prefix(ServerLimits.entriesPerTurn)
        decided.removeFirst(turn.count)
        process(turn)
        awaitedFollowerTurn = loop.connections.followerTurns.queued
        if decided.isEmpty { moreDecided = nil } else { processLater() }
        let waiting = awaitingJournal
        awaitingJournal.removeAll()
        for client in waiting { client.connection.resumeInput() }
    }

    private func processLater() {
        moreDecided = Event(loop, after: .zero) { [unowned self] in processDecided() }
    }

    /// Applies each entry to the live state, then answers its waiter.
    private func process(_ entries: ArraySlice<Applied>) {
        for applied in entries {
            let waiter = applied.ticket.map { waiters.take($0) }
            if case .tweetUploaded(_, _, let text, _, _) = applied.entry, case .stored(let sequence) = applied.outcome {
                reader.note(text, at: sequence)
            }
            if case .pruned(let rows) = applied.outcome { reader.notePruned(rows.tweets) }
            if let effect = live.apply(applied) { perform(effect, for: waiter) }
            switch waiter {
            case .upload(let upload)?: answer(upload, applied.outcome)
            case .message(let message)?: answer(message, applied.outcome)
            case .account(let request)?: request.settled(applied.outcome)
            case .pruning?: pruned(applied.outcome)
            case .reply(let reply, let line)?:
                reply.answer { () throws(WireError) in try line(applied.outcome) }
            case nil: break
            }
        }
    }

    private func perform(_ effect: LiveState.Effect, for waiter: Waiter?) {
        switch effect {
        case .deliver(let message):
            guard case .message(let underWay)? = waiter else {
                return deliver(message, accounts: message.recipients, guests: [])
            }
            // The entry names only accounts; the draft has the guests as well.
            deliver(
                underWay.draft.message(as: message.sequence), accounts: message.recipients,
                guests: underWay.draft.guests)
        case .notify(let notice, let name): notify(notice, about: name)
        case .findLastMessage: live.findLastMessage(in: reader)
        case .disconnectAll(let name, let sparesScripts, let reason):
            disconnectAll(.account(name), but: waiter?.client, sparesScripts: sparesScripts, reason)
        case .disconnectToken(let token): disconnectAll(using: token, but: waiter?.client)
        }
    }
}

extension Outcome {
    /// The error to report to a client if nothing was stored, or perhaps nothing; nil for other outcomes.
    var failure: WireError? {
        switch self {
        case .stored, .read, .pruned, .duplicate, .duplicateReset, .duplicateMessage: nil
        case .nameTaken(let name): .nameTaken(name)
        case .noAccount(let name): .noSuchName(name)
        case .notTaken(let name, let reason): .notTaken(by: name, reason)
        case .tooManyBlocked: .tooManyBlocked
        case .tooManyTokens: .tooManyTokens
        case .noToken(let id): .noSuchToken(id)
        case .passwordReplaced: .wrongPassword
        case .unavailable(let reason): WireError(.unavailable, "not stored: \(reason)")
        case .storeFull: .storeFull(retryAfter: StoreGate.pause)
        case .unknown(let reason): WireError(.unknown, "it is unknown whether it was stored: \(reason)")
        }
    }
}
