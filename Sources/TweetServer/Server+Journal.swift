import TweetJournal
import TweetModel
import TweetStore
import TweetWire

/// The way of an entry: proposed to the journal, settled there, taken over into the live state, answered.
extension Server {
    /// Proposes an entry to the journal; the waiter is told once it is settled.
    func propose(_ entry: Entry, _ waiter: Waiter) {
        journal.propose(entry, waiters.append(waiter))
    }

    /// Takes over what the journal has settled, in its order: first into the live state, then to whoever waits here.
    func takeApplied() {
        for applied in journal.takeApplied() {
            let waiter = applied.ticket.map { waiters.take($0) }
            if case .tweetUploaded(_, _, let text, _) = applied.entry, case .stored(let sequence) = applied.outcome {
                reader.note(text, at: sequence)
            }
            if let effect = live.apply(applied) { perform(effect, for: waiter) }
            switch waiter {
            case .upload(let upload)?: answer(upload, applied.outcome)
            case .message(let message)?: answer(message, applied.outcome)
            case .account(let request)?: request.settled(applied.outcome)
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
            // Guests are recipients beside the accounts that the entry names.
            deliver(
                underWay.draft.message(as: message.sequence), accounts: message.recipients,
                guests: underWay.draft.guests)
        case .notify(let notice, let name): notify(notice, about: name)
        case .disconnectAll(let name, let reason): disconnectAll(.account(name), but: waiter?.client, reason)
        }
    }
}

extension Outcome {
    /// The error that a client is told where nothing was stored, or may not have been; nil for the other outcomes.
    var failure: WireError? {
        switch self {
        case .stored, .read, .duplicate, .duplicateReset, .duplicateMessage: nil
        case .nameTaken(let name): .nameTaken(name)
        case .noAccount(let name): .noSuchName(name)
        case .passwordReplaced: .wrongPassword
        case .unavailable(let reason): WireError(.unavailable, "not stored: \(reason)")
        case .unknown(let reason): WireError(.unknown, "it cannot be said whether it was stored: \(reason)")
        }
    }
}
