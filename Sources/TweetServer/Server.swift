import CSystem
import TweetHTTP
public import TweetJournal
public import TweetModel
public import TweetReactor
public import TweetStore
public import TweetSystem
import TweetTLS
import TweetWire

/// One run of the server; owns the loop and all live state, from listening to the last report.
public final class Server {
    let log: ReportLog
    /// The clock that stamps uploads and decides which tweets are fresh.
    let clock: () -> Timestamp
    let journal: any Journal
    let reader: StoreReader
    let live: LiveState
    var waiters = TicketQueue<Waiter>()
    /// Entries that the journal has decided and that are not applied to the live state yet.
    var decided: ArraySlice<Applied> = []
    var moreDecided: Event?
    /// Clients whose next request waits until fewer entries are under way.
    var awaitingJournal: [ClientHandler] = []
    /// All connected clients.
    var clients = ClientTable(index: \.index)
    var throttle = LoginThrottle()
    var knownLogins = KnownLogins()
    var visitors = Visitors()
    let allowance: ConnectionAllowance
    /// The accounts that may ask for ``stats(for:)``.
    let observers: Set<Name>
    var counts = EventCounts()
    /// The instant of the start.
    let began: Instant
    /// Sums up the reports that are left out.
    var summary: Event?
    let passwords: PasswordPool
    /// Makes the tokens of accounts; the protocol's examples have others.
    var makeSecret: () -> TokenSecret = {
        var generator = SystemRandomNumberGenerator()
        return TokenSecret(using: &generator)
    }
    let requiresAccount: Bool
    var pruning: Pruning
    var gate = StoreGate()
    /// Looks again whether the gate opens.
    var gateOpens: Event?
    let encryption: Encryption
    let http: HTTPPolicy
    var dateOfAnswers = HTTPDate(secondsSince1970: 0)
    private let store: OpenStore
    let loop: EventLoop
    private var listeners: [Listener]
    private var httpListeners: [Listener]
    private var events: [Event] = []
    private var stopDeadline: Event?
    private(set) var isStopping = false
    /// Whether the entries of this turn are given to the journal in the next one.
    private var holdsEntries = false
    /// The number of followers' turns that have to begin before further entries are processed; see
    /// ``ConnectionTable/followerTurns``.
    var awaitedFollowerTurn: UInt64 = 0
    /// The reason why the server has stopped by itself: the journal stores nothing more; nil if it was asked to stop.
    public private(set) var failure: String?
    private var lastExhaustion: Instant?
    /// The clock for deadlines and throttling.
    let monotonicClock: () -> Instant

    /// Takes over the listeners, the store and the log.
    ///
    /// - Parameters:
    ///   - listeners: not accepting yet; clients that have already connected wait in their queues. A client on a
    ///     Unix-domain socket is the operator.
    ///   - store: the store, opened for this session.
    ///   - httpListeners: those whose clients speak HTTP only.
    ///   - journal: a journal that passes its entries to the store's own journal; the store's own by default.
    ///   - log: receives the server's reports.
    ///   - requiresAccount: whether only accounts may upload.
    ///   - encryption: the certificate, and what clients may do without it.
    ///   - http: whether HTTP is served, and under which names.
    ///   - observers: the accounts that may ask for the server's health.
    ///   - keep: the age from which on tweets and read messages are pruned; nil to keep them.
    ///   - allowance: how many connections there may be.
    ///   - feedLines: the number of pushed lines kept for followers that lag.
    ///   - clock: stamps uploads and decides which tweets are fresh; reports have their own.
    ///   - monotonicClock: the clock for deadlines and throttling.
    ///   - workClock: measures the connections' work; nil for the system's, which is then called directly.
    public init(
        listeners: [Listener], httpListeners: [Listener] = [], store: OpenStore, journal: (any Journal)? = nil,
        log: ReportLog,
        requiresAccount: Bool = false, encryption: Encryption = Encryption(), http: HTTPPolicy = HTTPPolicy(),
        observers: [Name] = [], keep: Duration? = nil,
        allowance: ConnectionAllowance = ConnectionAllowance(total: .max), feedLines: Int = ServerLimits.feedLines,
        clock: @escaping () -> Timestamp = { Timestamp.now },
        monotonicClock: @escaping () -> Instant = { Instant.now },
        workClock: (() -> PreciseInstant)? = nil
    ) throws(ServerError) {
        self.listeners = listeners
        self.httpListeners = httpListeners
        self.clock = clock
        self.log = log
        self.store = store
        self.journal = journal ?? store.journal
        reader = store.reader
        self.requiresAccount = requiresAccount
        pruning = Pruning(keep: keep)
        self.encryption = encryption
        self.http = http
        self.allowance = allowance
        self.observers = Set(observers)
        began = monotonicClock()
        self.monotonicClock = monotonicClock
        do {
            loop = try EventLoop(clock: monotonicClock, workClock: workClock)
            live = LiveState(
                store.session, newestSequence: try store.reader.newestTweetSequence(),
                feeds: Feeds(loop, lines: feedLines))
            passwords = try PasswordPool(loop, clock: monotonicClock)
        } catch {
            throw ServerError(description: "\(error)")
        }
    }

    /// Makes SIGTERM and SIGINT stop the server while it runs, and SIGHUP reopen the log and load the certificate again.
    ///
    /// A second SIGTERM or SIGINT ends the process at once, with status 1. Signals belong to the whole process, so only
    /// a program that does nothing else calls this.
    public func takeSignals() {
        events += [SIGTERM, SIGINT].map { signal in
            Event(loop, signal: signal) { [unowned self] in
                if isStopping { _exit(1) }
                stop()
            }
        }
        events.append(
            Event(loop, signal: SIGHUP) { [unowned self] in
                log.reopen()
                reloadCertificate()
            })
    }

    private func reloadCertificate() {
        do throws(TLSSetupError) {
            guard let file = try encryption.reload() else { return }
            log.report(.general, "certificate \(file) loaded again")
            if let warning = encryption.warning { log.report(.error, warning) }
        } catch {
            log.report(.error, "\(error); the old certificate is kept")
        }
    }

    /// Serves until the server is stopped and the requests under way are finished; call ``close()`` afterwards.
    ///
    /// - Parameter warnings: reported after the start.
    public func run(warnings: [String] = []) {
        events.append(Event(loop, readable: journal.newsDescriptor) { [unowned self] in takeNews() })
        log.report(.general, "server listening at \(Self.places(of: listeners)), session \(live.session.number)")
        if !httpListeners.isEmpty { log.report(.general, "HTTP is served at \(Self.places(of: httpListeners))") }
        for warning in warnings + exposures { log.report(.general, warning) }
        noteRoom(journal.room)
        log.flush()
        for listener in listeners { start(listener, speaksOnlyHTTP: false) }
        for listener in httpListeners { start(listener, speaksOnlyHTTP: true) }
        planPruning(after: .zero)
        // The journal's thread gets its work first, and commits while this one writes.
        loop.run(beforeWriting: submit, afterWriting: endTurn)
        sumUp(isLast: true)
        log.report(.connection, "server deactivated")
        log.flush()
        // From now on a signal ends the process.
        events = []
    }

    private static func places(of listeners: [Listener]) -> String {
        listeners.map(\.address).filter { !$0.isUnix }.map(\.description).joined(separator: " and ")
    }

    private func start(_ listener: Listener, speaksOnlyHTTP: Bool) {
        listener.start(
            loop,
            accepted: { [unowned self] descriptor, peer in admit(descriptor, peer, speaksOnlyHTTP: speaksOnlyHTTP) },
            makeRoom: { [unowned self] in makeRoom() },
            exhausted: { [unowned self] error in reportExhaustion(error) },
            farewell: farewell(speaksOnlyHTTP: speaksOnlyHTTP),
            offersTLS: encryption.certificate != nil)
    }

    /// Warnings about what other machines can read, and about the certificate.
    private var exposures: [String] {
        if encryption.certificate != nil { return encryption.warning.map { [$0] } ?? [] }
        return (listeners + httpListeners).map(\.address).filter { !$0.isUnix && !$0.isLoopback }.map {
            "no TLS at \($0): whoever is on the way can read and change what is sent; see --tls-cert"
        }
    }

    /// Closes the store; blocks as long as the disk takes.
    public func close() {
        store.close(after: journal)
    }

    /// Gives new entries to the journal, unless more of them come in the next turn, which begins at once: a larger batch
    /// costs less.
    func submit() {
        holdsEntries =
            !holdsEntries && loop.connections.waitingForTurn > 0 && waiters.count < ServerLimits.entriesOfHeavy
        if !holdsEntries { journal.submit() }
    }

    func endTurn() {
        if !holdsEntries { journal.submit() }
        // After a failure no client is waited for, once all requests are answered and this turn has sent the answers.
        if isStopping, loop.connections.count == 0 || failure != nil, waiters.isEmpty { loop.stop() }
        log.flush()
    }

    /// Stops accepting, and ends ``run()`` once the requests under way are done or have timed out; on the loop's
    /// thread.
    func stop() {
        guard !isStopping else { return }
        isStopping = true
        log.report(.general, "server stopping")
        // Clients that have connected and sent a request by now get an answer.
        for listener in listeners + httpListeners { listener.acceptAll() }
        (listeners, httpListeners) = ([], [])
        for client in clients.all { client.stop() }
        stopDeadline = Event(loop, after: ServerLimits.stop) { [unowned self] in
            loop.connections.forEach { $0.close(.serverStopped) }
            loop.stop()
        }
    }

    /// Ends the run because the journal stores nothing more.
    ///
    /// A program that starts again reads from the disk what is really there; this one could only guess.
    func journalFailed(_ reason: String) {
        guard failure == nil else { return }
        failure = reason
        log.report(.error, "\(reason); the server ends, and another start continues with what is on the disk")
        stop()
    }

    /// Reports, at most once a second, that descriptors have run out.
    func reportExhaustion(_ error: Errno) {
        if let lastExhaustion, now - lastExhaustion < .seconds(1) { return }
        lastExhaustion = now
        log.report(.error, "accepting is paused: \(error), \(loop.connections.count) connections are open")
    }
}

extension Server {
    /// The current time of ``monotonicClock``.
    var now: Instant { monotonicClock() }

    func account(_ name: Name) throws(WireError) -> Account? {
        try readingStore { () throws(SQLiteError) in try reader.account(name) }
    }

    /// Reads the store for an answer, and turns its error into one for the client.
    func readingStore<Result>(_ body: () throws(SQLiteError) -> Result) throws(WireError) -> Result {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw .unreadable(error)
        }
    }
}

/// An error that keeps a server from starting.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
}
