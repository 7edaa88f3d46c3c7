import TweetJournal
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// Whether requests that add to the store are taken: not while it holds as much as it may; no I/O and no clock.
///
/// After the store has room again, the gate stays closed for ``pause``. A refusal says after how long the request may
/// be sent again, and until then no later request may overtake it: neither one of the same connection, nor one that a
/// client with several connections sends because the first was refused.
struct StoreGate {
    /// The time for which it stays closed after the store has room; refused clients come back after as long.
    static let pause: Duration = .seconds(10)

    private enum State {
        case open
        /// Closed until the store has room.
        case closed
        /// Closed for a while longer.
        case opening(at: Instant)
    }

    /// A change that the operator should know.
    enum Change {
        case closed, opened
    }

    private var state = State.open

    var isOpen: Bool { if case .open = state { true } else { false } }

    /// When to look again whether to open; nil if only a change of the store can open it.
    var opensAt: Instant? { if case .opening(let instant) = state { instant } else { nil } }

    /// Notes what the journal says of the store.
    mutating func note(_ room: StoreRoom, now: Instant) -> Change? {
        switch state {
        case .open:
            guard room.isFull else { return nil }
            state = room.hasRoom ? .opening(at: now + Self.pause) : .closed
            return .closed
        case .closed:
            if room.hasRoom { state = .opening(at: now + Self.pause) }
            return nil
        case .opening(let instant):
            if !room.hasRoom {
                state = .closed
                return nil
            }
            guard now >= instant else { return nil }
            state = .open
            return .opened
        }
    }

    /// The error for a request that adds to the store; nil if it is taken.
    func refusal(now: Instant) -> WireError? {
        switch state {
        case .open: nil
        case .closed: .storeFull(retryAfter: Self.pause)
        case .opening(let instant): .storeFull(retryAfter: max(instant - now, .seconds(1)))
        }
    }
}

/// The room of the store, between the journal, which counts it, and the requests that need it.
extension Server {
    /// Looks whether the store is full or has room again, and reports a change.
    func noteRoom(_ room: StoreRoom) {
        switch gate.note(room, now: now) {
        case .closed:
            for client in clients.all { client.isStorageRefused = true }
            log.report(
                .error,
                "the store is full: it holds \(room.usedBytes) bytes, --max-store is \(room.maximumBytes ?? 0); uploads, "
                    + "private messages and sign-ups are refused until there is room")
        case .opened:
            journal.reopen()
            log.report(.general, "the store has room again: it holds \(room.usedBytes) bytes")
        case nil: break
        }
        guard let instant = gate.opensAt else {
            gateOpens = nil
            return
        }
        if gateOpens == nil {
            gateOpens = Event(loop, after: max(instant - now, .zero)) { [unowned self] in
                gateOpens = nil
                noteRoom(journal.room)
            }
        }
    }
}
