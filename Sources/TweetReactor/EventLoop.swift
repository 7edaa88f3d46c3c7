import CEvent
import CSystem
public import TweetSystem

/// The event loop: waits for descriptors, timers and signals, and owns every connection.
///
/// In each turn it waits, calls the handlers that are ready, and writes the connections' output: all answers, and lines
/// to as many followers as there is time for. The thread that calls ``run(beforeWriting:afterWriting:)`` owns the loop
/// and everything attached to it; there are no locks.
public final class EventLoop {
    let base: EventBase
    /// The buffer that all connections read into, one after the other.
    let readBuffer: UnsafeMutableRawBufferPointer
    public let connections = ConnectionTable()
    private var isStopped = false
    private var sweep: Event?
    private let clock: () -> Instant
    /// The clock that measures work; nil for the system's, which is then called directly.
    private let workClock: (() -> PreciseInstant)?
    /// The time of this turn that light connections, heavy ones and handshakes have taken.
    private var lightWork = WorkTime.zero
    private var heavyWork = WorkTime.zero
    private var handshakeWork = WorkTime.zero
    /// Whether a part of a connection's work is under way.
    private var isWorking = false
    /// The kind of work as which that part counts.
    private var part = TurnRotation.Kind.light
    /// The beginning of the part that is under way, or the end of the last one of this turn; nil before the first one.
    private var workMark: PreciseInstant?

    /// Creates a loop on the system's best mechanism, such as epoll or kqueue.
    ///
    /// - Parameters:
    ///   - clock: the clock of the deadlines.
    ///   - workClock: the clock that measures the connections' work.
    public init(
        clock: @escaping () -> Instant = { Instant.now },
        workClock: (() -> PreciseInstant)? = nil
    ) throws(ReactorError) {
        self.clock = clock
        self.workClock = workClock
        base = try EventBase()
        readBuffer = .allocate(byteCount: SocketLimits.readBytes, alignment: 16)
    }

    deinit {
        sweep = nil
        connections.closeAll()
        readBuffer.deallocate()
    }

    /// Runs until ``stop()``.
    ///
    /// - Parameters:
    ///   - beforeWriting: called once a turn, after all ready handlers.
    ///   - afterWriting: called once a turn, after the connections have written. Writing may have let waiting requests
    ///     continue, and may have closed connections.
    public func run(beforeWriting: () -> Void, afterWriting: () -> Void) {
        while !isStopped, turn(beforeWriting: beforeWriting, afterWriting: afterWriting) {}
    }

    /// The number of the turns' phases of writing.
    ///
    /// Outside of them, each connection that was woken for a line of a ring still waits to write it as long as this number
    /// is the same.
    public private(set) var writingPhases: UInt64 = 0
    /// Whether connections are writing their output.
    public private(set) var isWriting = false

    /// Runs one turn: waits until something is ready, and handles it.
    ///
    /// - Returns: false if there is nothing to wait for.
    func turn(beforeWriting: () -> Void = {}, afterWriting: () -> Void = {}) -> Bool {
        (lightWork, heavyWork, handshakeWork) = (.zero, .zero, .zero)
        workMark = nil
        // Work that connections leave while they are served, and output that was queued while they wrote, must not wait
        // for an event.
        let hasWork = connections.haveWork
        serveWaiting()
        workMark = nil
        let flags = hasWork ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE
        guard event_base_loop(base.pointer, flags) == 0 else { return false }
        serveHeavy()
        connections.stopWatchingWaiting()
        endPart()
        beforeWriting()
        writingPhases += 1
        isWriting = true
        connections.writeAnswers()
        let start = preciseNow
        connections.writeLines { WorkTime(from: start, to: preciseNow) >= ConnectionLimits.followersTime }
        isWriting = false
        connections.releaseClosed()
        afterWriting()
        return true
    }

    // MARK: Shares of a turn

    /// Serves light connections and handshakes that earlier turns have left.
    private func serveWaiting() {
        for _ in 0..<connections.light.count {
            guard lightWork < ConnectionLimits.lightTime, let next = connections.light.popFirst() else { break }
            if next.waitsWithHeavy { connections.heavy.append(next) } else { next.turnCame() }
        }
        for _ in 0..<connections.handshakes.count {
            guard servesHandshakes, let next = connections.handshakes.popFirst() else { break }
            next.turnCame()
        }
    }

    /// Serves heavy connections in the time that is left for them.
    private func serveHeavy() {
        for _ in 0..<connections.heavy.count where heavyWork < ConnectionLimits.heavyTime {
            connections.heavy.popFirst()?.turnCame()
        }
    }

    /// Whether a connection may be served as soon as its input comes: not if others wait that come before it.
    func servesNow(_ connection: Connection) -> Bool {
        guard connection.waitsWithHeavy else { return lightWork < ConnectionLimits.lightTime }
        if servesHeavyNow { return true }
        connection.recentWork.rest(until: preciseNow)
        return !connection.waitsWithHeavy && lightWork < ConnectionLimits.lightTime
    }

    /// Whether a heavy connection may be served as soon as its input comes.
    private var servesHeavyNow: Bool { connections.heavy.isEmpty && heavyWork < ConnectionLimits.heavyTime }

    /// Counts the part that is under way as the work of a heavy connection, if this turn has time for one.
    ///
    /// - Returns: whether it has; otherwise the connection has to wait.
    func beginHeavyPart() -> Bool {
        guard servesHeavyNow else { return false }
        part = .heavy
        return true
    }

    /// Whether this turn has time for another step of a handshake.
    private var servesHandshakes: Bool { handshakeWork < ConnectionLimits.handshakeTime }

    /// Counts the part that is under way as work for a handshake, if this turn has time for it.
    ///
    /// - Returns: whether it has; otherwise the connection has to wait.
    func mayContinueHandshake() -> Bool {
        guard servesHandshakes else { return false }
        part = .handshake
        return true
    }

    /// Notes that the time until now counts for no connection.
    func endPart() { if !isWorking { workMark = nil } }

    var preciseNow: PreciseInstant { workClock?() ?? .now }

    /// Does a part of a connection's work, and counts the time since the part before it, so that the clock is looked at
    /// once.
    ///
    /// The work that it causes for other connections counts for this one.
    func work(for connection: Connection, _ body: () -> Void) {
        if isWorking { return body() }
        let began = workMark ?? preciseNow
        (workMark, isWorking, part) = (began, true, connection.waitsWithHeavy ? .heavy : .light)
        body()
        let end = preciseNow
        (workMark, isWorking) = (end, false)
        let span = WorkTime(from: began, to: end)
        switch part {
        case .light: lightWork += span
        case .heavy: heavyWork += span
        // It does not make a client heavy that has asked for nothing yet.
        case .handshake: return handshakeWork += span
        }
        connection.recentWork.add(from: began, to: end)
    }

    /// Whether the connection that is being served has used its share of this turn.
    var isShareUsed: Bool {
        guard isWorking, let workMark else { return true }
        return WorkTime(from: workMark, to: preciseNow) >= ConnectionLimits.shareOfTurn
    }

    /// The current time of the loop's clock.
    var now: Instant { clock() }

    /// Makes the current turn the last one.
    public func stop() {
        isStopped = true
    }

    /// Starts regular sweeps of the deadlines, which continue as long as any connection has one.
    func needsSweep() {
        if sweep == nil { sweepDeadlines(after: ConnectionTable.sweepInterval) }
    }

    private func sweepDeadlines(after span: Duration) {
        sweep = Event(self, after: span) { [unowned self] in
            sweep = nil
            switch connections.sweep(now: now) {
            case .isUnderWay: sweepDeadlines(after: .zero)
            case .leavesDeadlines: needsSweep()
            case .leavesNone: break
            }
        }
    }
}

/// The owner of libevent's base: held by the loop and by every owner of an event, since events must be freed before
/// their base.
final class EventBase {
    let pointer: OpaquePointer

    init() throws(ReactorError) {
        // Only the loop's thread uses it, so it needs no locks.
        let configuration = event_config_new()
        defer { event_config_free(configuration) }
        event_config_set_flag(configuration, CInt(EVENT_BASE_FLAG_NOLOCK.rawValue))
        guard let pointer = event_base_new_with_config(configuration) else { throw ReactorError("no event loop") }
        self.pointer = pointer
    }

    deinit {
        event_base_free(pointer)
    }
}

/// A failed call of libevent; the cause can only be a lack of memory or descriptors.
public struct ReactorError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A condition that the loop waits for, with its handler; it ends when it is released.
public final class Event {
    private var event: OpaquePointer?
    private let base: EventBase
    private unowned let loop: EventLoop
    private let handler: () -> Void

    /// Calls the handler whenever a descriptor is readable.
    public convenience init(_ loop: EventLoop, readable descriptor: CInt, _ handler: @escaping () -> Void) {
        self.init(loop, descriptor, CShort(EV_READ | EV_PERSIST), handler)
        event_add(event, nil)
    }

    /// Calls the handler after a signal; on the loop, so without the limits of a signal handler.
    public convenience init(_ loop: EventLoop, signal: CInt, _ handler: @escaping () -> Void) {
        self.init(loop, signal, CShort(EV_SIGNAL | EV_PERSIST), handler)
        event_add(event, nil)
    }

    /// Calls the handler once, after a span of time.
    public convenience init(_ loop: EventLoop, after span: Duration, _ handler: @escaping () -> Void) {
        self.init(loop, -1, 0, handler)
        let (seconds, attoseconds) = span.components
        var time = timeval(tv_sec: time_t(seconds), tv_usec: suseconds_t(attoseconds / 1_000_000_000_000))
        event_add(event, &time)
    }

    private init(_ loop: EventLoop, _ number: CInt, _ kinds: CShort, _ handler: @escaping () -> Void) {
        self.handler = handler
        base = loop.base
        self.loop = loop
        let this = Unmanaged.passUnretained(self).toOpaque()
        event = event_new(
            base.pointer, number, kinds,
            { _, _, this in
                guard let this else { return }
                // The handler may release the event's owner and so the event, which is therefore held while the handler
                // runs.
                let event = Unmanaged<Event>.fromOpaque(this).takeUnretainedValue()
                withExtendedLifetime(event) { event.handler() }
                event.loop.endPart()
            }, this)
        precondition(event != nil, "libevent has no memory for an event")
    }

    deinit {
        event_free(event)
    }
}
