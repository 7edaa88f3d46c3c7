import CEvent
import CSystem
public import TweetSystem

/// The one loop: waits for descriptors, timers and signals, and owns every connection.
///
/// A turn is: wait, call what is ready, write what the connections have to send. The thread that calls
/// ``run(beforeWriting:afterWriting:)`` owns the loop and all that hangs on it; there are no locks.
public final class EventLoop {
    let base: EventBase
    /// The buffer that each connection reads into, one after the other.
    let readBuffer: UnsafeMutableRawBufferPointer
    public let connections = ConnectionTable()
    private var isStopped = false
    private var sweep: Event?
    private let clock: () -> Instant

    /// Makes a loop on the best the system has: epoll, kqueue.
    ///
    /// - Parameter clock: the clock of the deadlines.
    public init(clock: @escaping () -> Instant = { Instant.now }) throws(ReactorError) {
        self.clock = clock
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
    ///   - beforeWriting: called once a turn, when all that was ready has been called.
    ///   - afterWriting: called once a turn, when the connections have written. Writing may have let waiting requests
    ///     go on and may have ended connections.
    public func run(beforeWriting: () -> Void, afterWriting: () -> Void) {
        while !isStopped, turn(beforeWriting: beforeWriting, afterWriting: afterWriting) {}
    }

    /// Waits until something is ready, and does what there is to do.
    ///
    /// - Returns: false when there is nothing to wait for.
    func turn(beforeWriting: () -> Void = {}, afterWriting: () -> Void = {}) -> Bool {
        // What was queued while connections wrote is not waited with.
        let flags = connections.hasUnflushed ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE
        guard event_base_loop(base.pointer, flags) == 0 else { return false }
        beforeWriting()
        connections.flush()
        afterWriting()
        return true
    }

    /// The present by the loop's clock.
    var now: Instant { clock() }

    /// Makes the turn that is under way the last one.
    public func stop() {
        isStopped = true
    }

    /// Sees to it that connections with a deadline are looked at now and then, as long as there are any.
    func needsSweep() {
        guard sweep == nil else { return }
        sweep = Event(self, after: ConnectionTable.sweepInterval) { [unowned self] in
            sweep = nil
            if connections.sweep(now: now) { needsSweep() }
        }
    }
}

/// The owner of libevent's base: held by the loop and by whoever has an event on it, since events go before their base.
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

/// A call that libevent could not carry out, which only a lack of memory or descriptors explains.
public struct ReactorError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// One thing the loop waits for, and what is called then; it ends with its owner.
public final class Event {
    private var event: OpaquePointer?
    private let base: EventBase
    private let handler: () -> Void

    /// Calls whenever a descriptor can be read.
    public convenience init(_ loop: EventLoop, readable descriptor: CInt, _ handler: @escaping () -> Void) {
        self.init(loop, descriptor, CShort(EV_READ | EV_PERSIST), handler)
        event_add(event, nil)
    }

    /// Calls whenever a signal has come; on the loop, where everything may be done.
    public convenience init(_ loop: EventLoop, signal: CInt, _ handler: @escaping () -> Void) {
        self.init(loop, signal, CShort(EV_SIGNAL | EV_PERSIST), handler)
        event_add(event, nil)
    }

    /// Calls once, after a span of time.
    public convenience init(_ loop: EventLoop, after span: Duration, _ handler: @escaping () -> Void) {
        self.init(loop, -1, 0, handler)
        let (seconds, attoseconds) = span.components
        var time = timeval(tv_sec: time_t(seconds), tv_usec: suseconds_t(attoseconds / 1_000_000_000_000))
        event_add(event, &time)
    }

    private init(_ loop: EventLoop, _ number: CInt, _ kinds: CShort, _ handler: @escaping () -> Void) {
        self.handler = handler
        base = loop.base
        let this = Unmanaged.passUnretained(self).toOpaque()
        event = event_new(
            base.pointer, number, kinds,
            { _, _, this in
                guard let this else { return }
                // The handler may end the event's owner and so the event: it is held while it runs.
                let event = Unmanaged<Event>.fromOpaque(this).takeUnretainedValue()
                withExtendedLifetime(event) { event.handler() }
            }, this)
        precondition(event != nil, "libevent has no memory for an event")
    }

    deinit {
        event_free(event)
    }
}
