import CEvent
import CSystem
public import TweetSystem

/// One TCP stream on the loop: reads, keeps what is not yet a whole line, queues output and writes it once a turn.
///
/// It knows bytes; its ``ConnectionHandler`` knows what they mean.
public final class Connection {
    /// Why a connection has ended.
    public enum Ending: Sendable {
        /// Both sides were done.
        case finished
        /// The peer reset it or could not be reached any more.
        case failed(Errno)
        /// The peer did not read what it was sent, for too long.
        case stalled
        /// The peer has come back on another connection, which takes this one's place.
        case superseded
        /// The peer's input was refused, and only a reset tells it so.
        case reset
        case serverStopped
    }

    enum Input {
        case open
        /// Input waits in the kernel until ``resumeInput()``.
        case paused
        /// The peer has sent all; it may still read.
        case ended
        /// All is answered; what comes is dropped until the peer ends, so that no reset overtakes the answer.
        case discarded
    }

    public let peer: SocketAddress
    /// How packets for the peer are framed; its handler tells, by the first bytes.
    public var framing = Framing.lines
    unowned let loop: EventLoop
    /// Of the loop, but there to the end: a loop that goes closes its connections.
    let connections: ConnectionTable
    let base: EventBase
    var transport: Transport?
    /// Held until the connection is closed.
    var handler: (any ConnectionHandler)?
    let readEvent: OpaquePointer?
    var writeEvent: OpaquePointer?

    var input = Input.open
    var unread = ByteQueue()
    var isDelivering = false
    /// Whether the input was resumed since the handler was called last.
    var isResumed = false

    /// Its own output: whole lines, and the rest of one line of the ring where a write has cut it.
    var output = ByteQueue()
    var isQueuedForFlush = false
    var awaitsWritable = false
    /// Whether reading goes on when the descriptor is writable, and writing when it is readable: see ``Transport``.
    var readsWhenWritable = false
    var writesWhenReadable = false
    /// Whether it closes when the output is sent and the peer has ended.
    public private(set) var isFinishing = false

    var ring: LineRing?
    /// The next line of the ring that it may have to send, as long as there is one.
    var cursor: UInt64?
    /// All lines before this one were sent or not wanted.
    var walkedTo: UInt64 = 0
    /// Grows whenever it takes up or leaves a ring, so that a change within a call of the handler is noticed.
    var ringChanges = 0

    /// When ``deadlinePassed()`` is called, about.
    private(set) var deadline = Instant.never
    private var inputDeadline = Instant.never
    var outputDeadline = Instant.never

    /// Takes over a connected socket that does not block.
    public init(_ loop: EventLoop, _ descriptor: consuming Descriptor, peer: SocketAddress) {
        self.loop = loop
        connections = loop.connections
        base = loop.base
        self.peer = peer
        let number = descriptor.number
        transport = .plain(descriptor)
        readEvent = event_new(base.pointer, number, 0, nil, nil)
        precondition(readEvent != nil, "libevent has no memory for an event")
        event_assign(
            readEvent, base.pointer, number, CShort(EV_READ | EV_PERSIST),
            { _, _, this in
                guard let this else { return }
                Unmanaged<Connection>.fromOpaque(this).takeUnretainedValue().readable()
            }, Unmanaged.passUnretained(self).toOpaque())
        connections.insert(self, at: number)
    }

    deinit {
        event_free(readEvent)
        if let writeEvent { event_free(writeEvent) }
    }

    /// Begins to read, and hands a handler what comes.
    ///
    /// Bytes that are here already are read at once, which saves a short connection a turn.
    public func start(_ handler: any ConnectionHandler) {
        self.handler = handler
        readable()
        if isOpen, input == .open { event_add(readEvent, nil) }
    }

    // MARK: For the handler to call

    public var isOpen: Bool { transport != nil }

    /// Closes as soon as its own output is sent; nothing is read any more, nothing more of the ring is sent.
    public func finish() {
        guard isOpen, !isFinishing else { return }
        detach()
        isFinishing = true
        queueFlush()
    }

    /// Whether the peer sees a reset instead of an end, however the connection closes: the end of the process included.
    ///
    /// ``finish()`` ends in good order only while this is false.
    public func setResetsOnClose(_ resets: Bool) {
        // It fails only where the peer has gone already.
        try? transport?.setResetsOnClose(resets)
    }

    /// Calls ``ConnectionHandler/inputTimedOut()`` after a span of time, about; nil for never.
    public func setInputDeadline(after span: Duration?) {
        guard isOpen else { return }
        inputDeadline = span.map { loop.now + $0 } ?? .never
        updateDeadline()
    }

    /// Closes at once, with what waits unsent.
    public func close(_ ending: Ending) {
        guard let number = transport?.number else { return }
        event_del(readEvent)
        if let writeEvent { event_del(writeEvent) }
        connections.remove(self, at: number)
        transport = nil
        // The handler may be reading it: then it goes when the call returns.
        if !isDelivering { unread = ByteQueue() }
        output = ByteQueue()
        leaveRing()
        handler?.closed(ending)
        handler = nil
    }

    // MARK: Deadlines

    func deadlinePassed() {
        let now = loop.now
        if outputDeadline <= now { return close(.stalled) }
        guard inputDeadline <= now else { return }
        setInputDeadline(after: nil)
        if input == .discarded { close(.finished) } else { handler?.inputTimedOut() }
    }

    func updateDeadline() {
        deadline = min(inputDeadline, outputDeadline)
        if deadline != .never { loop.needsSweep() }
    }
}
