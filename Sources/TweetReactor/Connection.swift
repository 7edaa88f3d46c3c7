import CEvent
import CSystem
public import TweetSystem
public import TweetTLS

/// One TCP stream on the loop: reads, keeps incomplete lines, queues output and writes it at the end of the turn.
///
/// It handles bytes; its ``ConnectionHandler`` interprets them.
public final class Connection {
    /// The reason why a connection ended.
    public enum Ending: Sendable {
        /// Both sides were done.
        case finished
        /// The peer reset it, became unreachable, or its TLS stream cannot be used.
        case failed(TLSFailure)
        /// The peer did not read its output for too long.
        case stalled
        /// The peer gave no sign of life, although it was asked for one.
        case silent
        /// The peer has reconnected, and the new connection replaces this one.
        case superseded
        /// The peer's input was refused, which only a reset can tell it.
        case reset
        /// Another connection needs its place.
        case evicted
        case serverStopped
    }

    enum Input {
        case open
        /// Input waits in the kernel until ``resumeInput()``.
        case paused
        /// The peer has ended its input; it may still read.
        case ended
        /// Everything is answered; further input is dropped until the peer ends, so that no reset overtakes the answer.
        case discarded
    }

    public let peer: SocketAddress
    // Some properties are stored apart from what other modules see of them: each access to a stored property that is
    // public is checked for overlaps at run time, which costs a pipelined request 3 percent.

    /// The framing of packets for the peer.
    public var framing: Framing { usedFraming }
    private var usedFraming = Framing.lines
    unowned let loop: EventLoop
    /// The loop's table, held until the end: a loop that is released closes its connections.
    let connections: ConnectionTable
    let base: EventBase
    // Checks at run time for overlapping accesses took a tenth of a pipelined request. For this property and `output`
    // they can find nothing: what is called on them knows bytes and a descriptor, and never comes back here.
    @exclusivity(unchecked) var transport: Transport?
    /// The certificate for a stream whose first byte begins TLS; nil once bytes have come, or if there is none.
    var certificate: TLSServerContext?
    /// Whether the transport is an encrypted one: it is looked at for each request, and the transport itself is not.
    var encrypts = false
    /// The handler, held until the connection is closed.
    var handler: (any ConnectionHandler)?
    let readEvent: OpaquePointer?
    var writeEvent: OpaquePointer?

    var input = Input.open
    var unread = ByteQueue()
    var isDelivering = false
    /// Whether the input was resumed during the current call of the handler.
    var isResumed = false

    /// Its own output: whole lines, perhaps after the rest of a line of the ring that was written in part.
    @exclusivity(unchecked) var output = ByteQueue()
    var isQueuedForFlush = false
    /// Whether it waits for its turn among the followers.
    var isQueuedForLines = false
    /// Whether output was sent before the end of the turn, of which the handler is told then.
    var hasSentNow = false
    var awaitsWritable = false
    /// Whether reading continues when the descriptor is writable, or writing when it is readable: see ``Transport``.
    var readsWhenWritable = false
    var writesWhenReadable = false

    /// The connections with which it shares turns when it has to wait for one.
    private(set) var group: TurnGroup
    var recentWork: RecentWork
    /// Whether it waits for a turn, in one of the table's queues.
    public var isQueuedForTurn: Bool { awaitsTurn }
    var awaitsTurn = false
    /// Whether its unread bytes are to be offered again in its next turn.
    var hasYielded = false
    /// Whether its handler has asked for its next turn.
    var handlerAwaitsTurn = false
    /// Whether it closes once the output is sent and the peer has ended.
    public var isFinishing: Bool { endsAfterOutput }
    private var endsAfterOutput = false

    var ring: LineRing?
    /// The next line of the ring that it may have to send; nil if there is none.
    var cursor: UInt64?
    /// The line before which all lines were sent or not wanted.
    var walkedTo: UInt64 = 0
    /// Incremented when it attaches to or leaves a ring, so that a change during a call of the handler is noticed.
    var ringChanges = 0

    /// The approximate time at which ``deadlinePassed()`` is called.
    private(set) var deadline = Instant.never
    private var inputDeadline = Instant.never
    var outputDeadline = Instant.never

    /// Shares turns with other connections from its next wait on.
    public func join(_ group: TurnGroup) { self.group = group }

    /// Takes ownership of a connected, non-blocking socket.
    ///
    /// - Parameter group: the connections with which it shares turns when it has to wait for one; by default all others
    ///   without a group.
    public init(
        _ loop: EventLoop, _ descriptor: consuming Descriptor, peer: SocketAddress, group: TurnGroup? = nil
    ) {
        self.loop = loop
        self.group = group ?? loop.connections.others
        recentWork = RecentWork(from: loop.preciseNow)
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

    /// Starts to read, and passes input to a handler.
    ///
    /// Bytes that have already arrived are read at once, which saves a short connection a turn.
    ///
    /// - Parameter certificate: the certificate for a peer that begins with TLS; nil if the server has none.
    public func start(_ handler: any ConnectionHandler, certificate: TLSServerContext? = nil) {
        self.handler = handler
        self.certificate = certificate
        readable()
        if isOpen, input == .open { event_add(readEvent, nil) }
    }

    // MARK: For the handler to call

    /// Sets the framing, once the first bytes have told it.
    public func use(_ framing: Framing) { usedFraming = framing }

    public var isOpen: Bool { transport != nil }

    /// Whether a TLS handshake is under way: nothing can be sent before it is done.
    public var isInHandshake: Bool { encrypts && transport?.isInHandshake == true }

    /// Whether the peer's bytes and ours are encrypted.
    public var isEncrypted: Bool { encrypts }

    /// Whether it has used its share of this turn; the handler then leaves the rest of its work to the next one.
    public var isShareUsed: Bool { loop.isShareUsed }

    /// Whether it has taken much of the loop's time lately.
    public var isHeavy: Bool { recentWork.isHeavy }

    /// Whether its input waits with that of heavy connections: its own work was much, or may become so.
    var waitsWithHeavy: Bool { recentWork.isHeavy || unread.count > ConnectionLimits.lightInput }

    /// Calls ``ConnectionHandler/takeTurn()`` in its next turn.
    public func awaitTurn() {
        guard isOpen else { return }
        handlerAwaitsTurn = true
        queueTurn()
    }

    /// Offers the bytes that the handler has not taken again in the next turn, even if no more arrive.
    ///
    /// For ``ConnectionHandler/received(_:atEnd:)`` to call.
    public func yieldInput() { hasYielded = true }

    /// Closes the connection once its own output is sent; no more input is handled and no more lines of the ring are
    /// sent.
    public func finish() {
        guard isOpen, !isFinishing else { return }
        detach()
        endsAfterOutput = true
        queueFlush()
    }

    /// Sets whether the peer sees a reset instead of an orderly end, however the connection closes, even by the end of
    /// the process.
    ///
    /// ``finish()`` ends in an orderly way only while this is false.
    public func setResetsOnClose(_ resets: Bool) {
        // It fails only if the peer is already gone.
        try? transport?.setResetsOnClose(resets)
    }

    /// Schedules a call of ``ConnectionHandler/inputTimedOut()`` after an approximate span of time; nil for never.
    public func setInputDeadline(after span: Duration?) {
        guard isOpen else { return }
        inputDeadline = span.map { loop.now + $0 } ?? .never
        updateDeadline()
    }

    /// The last time when it was served.
    public var lastWork: PreciseInstant { recentWork.last }

    /// Closes the connection at once, after one attempt to send some last bytes.
    public func close(_ ending: Ending, saying farewell: [UInt8]) {
        // A client that has sent nothing yet may be about to speak TLS: a plain line would mean that the server does not.
        if outputBytes == 0, !isInHandshake, certificate == nil, !farewell.isEmpty {
            farewell.withUnsafeBytes { _ = try? transport?.send($0) }
            transport?.shutdownSending()
        }
        close(ending)
    }

    /// Closes the connection at once and drops unsent output.
    public func close(_ ending: Ending) {
        guard let number = transport?.number else { return }
        event_del(readEvent)
        if let writeEvent { event_del(writeEvent) }
        connections.remove(self, at: number)
        transport = nil
        // The handler may be reading it: then it is freed when the call returns.
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
