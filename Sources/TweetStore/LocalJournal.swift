import CSystem
public import TweetJournal
import TweetSystem

/// The journal on this machine's disk: assigns positions and applies entries in one SQLite transaction, on its own
/// thread.
///
/// While one batch commits, the next one collects, so that one sync serves all entries of a batch (group commit).
public final class LocalJournal: Journal {
    private struct Proposal {
        let entry: Entry
        let ticket: Ticket
    }

    /// The state that the two threads share.
    private final class Mailbox: Sendable {
        struct State: ~Copyable {
            var proposals: [Proposal] = []
            var applied: [Applied] = []
            /// The reason why nothing more is stored; set with the outcomes of the batch that failed.
            var failure: String?
            var statistics = JournalStatistics()
            var room: StoreRoom
            var isClosing = false
            /// Whether the journal's thread has nothing to do and must be woken.
            var isIdle = false

            init(room: StoreRoom) { self.room = room }

            /// Takes the proposals of the next commit.
            mutating func takeBatch() -> [Proposal] {
                let most = room.maximumBytes == nil ? Int.max : LocalJournal.entriesAtOnce
                if proposals.count <= most {
                    let batch = proposals
                    proposals = []
                    return batch
                }
                let batch = Array(proposals.prefix(most))
                proposals.removeFirst(most)
                return batch
            }
        }

        let state: Guarded<State>
        /// Wakes the journal's thread.
        let work: WakeUp
        /// Wakes the loop.
        let done: WakeUp

        init(_ room: StoreRoom) throws(Errno) {
            state = Guarded(State(room: room))
            work = try WakeUp()
            done = try WakeUp()
        }
    }

    private let mailbox: Mailbox
    private var gathered: [Proposal] = []
    private var thread: pthread_t?

    /// The entries that one commit stores at most while the store has a limit: so many, and the hashtags that the index
    /// lacks (see ``HashtagTail``), may be stored beyond it.
    static let entriesAtOnce = 1024

    /// Takes ownership of the store and starts the thread.
    ///
    /// - Parameter maximumBytes: see ``StoreRoom/maximumBytes``.
    init(_ store: sending Store, maximumBytes: Int64? = nil) throws(Errno) {
        var room = StoreRoom(maximumBytes: maximumBytes)
        room.usedBytes = store.usedBytes
        room.isFull = !room.hasRoom
        mailbox = try Mailbox(room)
        let worker = Unmanaged.passRetained(Worker(store: store, mailbox: mailbox))
        var thread = pthread_t()
        let code = csystem_start_thread(
            &thread,
            { worker in
                guard let worker else { return nil }
                Unmanaged<Worker>.fromOpaque(worker).takeRetainedValue().run()
                return nil
            }, worker.toOpaque())
        guard code == 0 else {
            worker.release()
            throw Errno(code: code)
        }
        self.thread = thread
    }

    public var newsDescriptor: CInt { mailbox.done.descriptorNumber }

    public func propose(_ entry: Entry, _ ticket: Ticket) {
        gathered.append(Proposal(entry: entry, ticket: ticket))
    }

    public func submit() {
        guard !gathered.isEmpty else { return }
        let isIdle = mailbox.state.withLock { state in
            if state.proposals.isEmpty {
                swap(&state.proposals, &gathered)
            } else {
                state.proposals.append(contentsOf: gathered)
            }
            return state.isIdle
        }
        gathered.removeAll(keepingCapacity: true)
        // A thread that is committing checks for more proposals by itself.
        if isIdle { mailbox.work.signal() }
    }

    public var statistics: JournalStatistics { mailbox.state.withLock { $0.statistics } }

    public var room: StoreRoom { mailbox.state.withLock { $0.room } }

    public func reopen() {
        mailbox.state.withLock { $0.room.isFull = !$0.room.hasRoom }
    }

    public func takeNews() -> JournalNews {
        mailbox.done.clear()
        return mailbox.state.withLock { state in
            let news = JournalNews(applied: state.applied, room: state.room, failure: state.failure)
            state.applied = []
            return news
        }
    }

    /// Commits the submitted proposals, closes the store, and ends the thread.
    public func close() {
        guard let thread else { return }
        mailbox.state.withLock { $0.isClosing = true }
        mailbox.work.signal()
        pthread_join(thread, nil)
        self.thread = nil
    }

    deinit {
        close()
    }

    /// The work of the journal's thread.
    private final class Worker {
        private let store: Store
        private let mailbox: Mailbox
        /// The time to erase messages of removed accounts while the server stops.
        private static let erasingAtEnd: Duration = .seconds(2)
        /// The pause after a step of erasing that was blocked.
        private static let erasingPause: Duration = .seconds(1)

        /// How long no entry comes before the index of words is written, and the pause between two steps while they come.
        private static let quietSpan: Duration = .seconds(1)

        /// When the next step of indexing words is due.
        private var indexesFrom = Instant.now + quietSpan
        /// When the next step of erasing is due.
        private var erasesFrom = Instant(milliseconds: 0)
        /// Set by the first failure after which the disk cannot be trusted: nothing is acknowledged from then on.
        private var failure: String?

        init(store: Store, mailbox: Mailbox) {
            self.store = store
            self.mailbox = mailbox
        }

        func run() {
            var end = Instant.never
            while true {
                let (batch, isFull, isClosing) = mailbox.state.withLock { state in
                    let batch = state.takeBatch()
                    state.isIdle = batch.isEmpty
                    return (batch, state.room.isFull, state.isClosing)
                }
                if isClosing, end == .never { end = .now + Self.erasingAtEnd }
                if !batch.isEmpty {
                    let start = PreciseInstant.now
                    let applied = isFull ? commitWithoutAdditions(batch) : commit(batch)
                    let span = PreciseInstant.now.since(start)
                    mailbox.state.withLock { $0.statistics.add(batch.count, took: span) }
                    noteUse()
                    post(applied)
                    if store.needsCheckpoint { checkpoint() }
                    if !store.isWordTailLong { indexesFrom = .now + Self.quietSpan }
                }
                // A step comes after each batch, too, so that a busy server erases as well.
                if eraseMore(until: end) { continue }
                if !isClosing, indexWords(isBusy: !batch.isEmpty) { continue }
                guard batch.isEmpty else { continue }
                if isClosing { return close() }
                mailbox.work.wait(until: nextStep)
            }
        }

        /// When the next step of erasing or indexing is due; never if there is none, or after a failure.
        private var nextStep: Instant {
            guard failure == nil else { return .never }
            let erasing = store.isErasing || store.hasErasedTexts ? erasesFrom : .never
            return min(erasing, mayIndexWords ? indexesFrom : .never)
        }

        /// Whether there are words to index, and room for them: a search finds tweets without it, too.
        private var mayIndexWords: Bool {
            store.hasWordsToIndex && mailbox.state.withLock { $0.room.hasRoom }
        }

        /// Makes a step of indexing words if one is due.
        ///
        /// - Parameter isBusy: whether entries were committed just before.
        /// - Returns: whether another one is due at once.
        private func indexWords(isBusy: Bool) -> Bool {
            let now = Instant.now
            guard failure == nil, now >= indexesFrom, mayIndexWords else { return false }
            do throws(CommitError) {
                let step = try store.indexWords()
                if isBusy || step == .blocked { indexesFrom = now + Self.quietSpan }
                noteUse()
                if store.needsCheckpoint { checkpoint() }
                return step == .underWay && !isBusy && failure == nil
            } catch {
                switch error {
                case .notStored(let reason), .unknown(let reason): failure = Self.ended(reason)
                }
                post([])
                return false
            }
        }

        /// Makes a step of erasing if one is due.
        ///
        /// - Returns: whether another one is due at once.
        private func eraseMore(until end: Instant) -> Bool {
            let now = Instant.now
            guard failure == nil, now >= erasesFrom, now < end else { return false }
            do throws(CommitError) {
                switch try store.eraseMore() {
                case .done: return false
                case .underWay:
                    if noteUse() { post([]) }
                    if store.needsCheckpoint { checkpoint() }
                    return failure == nil
                case .blocked:
                    erasesFrom = now + Self.erasingPause
                    return false
                }
            } catch {
                switch error {
                case .notStored(let reason), .unknown(let reason): failure = Self.ended(reason)
                }
                post([])
                return false
            }
        }

        /// Hands outcomes over to the loop, and the failure if there is one.
        private func post(_ applied: [Applied]) {
            let isNew = mailbox.state.withLock { state in
                let isNew = state.applied.isEmpty
                if isNew { state.applied = applied } else { state.applied.append(contentsOf: applied) }
                state.failure = failure
                return isNew
            }
            // Otherwise the loop has already been woken for the entries that it has not taken yet.
            if isNew { mailbox.done.signal() }
        }

        /// Notes what the store holds after a commit.
        ///
        /// - Returns: whether a full store has room now.
        @discardableResult
        private func noteUse() -> Bool {
            let used = store.usedBytes
            return mailbox.state.withLock { state in
                let hadRoom = state.room.hasRoom
                state.room.usedBytes = used
                if !state.room.hasRoom { state.room.isFull = true }
                return !hadRoom && state.room.hasRoom
            }
        }

        /// Refuses proposals that add to the full store, and applies the others.
        private func commitWithoutAdditions(_ batch: [Proposal]) -> [Applied] {
            let others = batch.filter { !$0.entry.addsToStore }
            var applied = others.isEmpty ? [] : commit(others)[...]
            return batch.map { proposal in
                guard proposal.entry.addsToStore else { return applied.removeFirst() }
                return Applied(position: nil, entry: proposal.entry, outcome: .storeFull, ticket: proposal.ticket)
            }
        }

        /// Applies proposals as the next entries of the journal.
        private func commit(_ batch: [Proposal]) -> [Applied] {
            if let failure { return Self.refused(batch, .unavailable(failure)) }
            do throws(CommitError) {
                let entries = try store.positioned(batch.lazy.map(\.entry))
                let outcomes = try store.commit(entries)
                return batch.indices.map { index in
                    guard let outcome = outcomes[index] else {
                        preconditionFailure("a new position was applied before")
                    }
                    let item = entries[index]
                    return Applied(
                        position: item.position, entry: item.entry, outcome: outcome, ticket: batch[index].ticket)
                }
            } catch {
                switch error {
                case .notStored(let reason):
                    // The disk has nothing of the batch, so the next one may succeed.
                    if store.isStuck { failure = Self.ended(reason) }
                    return Self.refused(batch, .unavailable(reason.description))
                case .unknown(let reason):
                    if !reason.isFull && !reason.isOfLooking { failure = Self.ended(reason) }
                    return Self.refused(batch, .unknown(reason.description))
                }
            }
        }

        private static func refused(_ batch: [Proposal], _ outcome: Outcome) -> [Applied] {
            batch.map { Applied(position: nil, entry: $0.entry, outcome: outcome, ticket: $0.ticket) }
        }

        private static func ended(_ reason: SQLiteError) -> String {
            "the store has failed: \(reason)"
        }

        /// Closes the store; after a failure the log stays: see ``checkpoint()``.
        private func close() {
            guard failure == nil else { return }
            try? store.close()
        }

        private func checkpoint() {
            guard failure == nil else { return }
            do throws(SQLiteError) {
                try store.checkpoint()
            } catch {
                // A full disk and a failed read leave everything in the log; any other failure may have lost pages, and
                // a later sync would not report that (see "PostgreSQL vs. fsync").
                if error.isFull || error.isOfReading { return }
                failure = Self.ended(error)
                post([])
            }
        }
    }
}
