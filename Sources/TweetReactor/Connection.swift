import CEvent
import CSystem
import TweetModel
public import TweetSystem

/// One TCP stream on the loop: reads, keeps what is not yet a whole line, queues output and writes it once a turn.
///
/// It knows bytes. A subclass says what they mean by overriding ``received(_:atEnd:)`` and
/// ``closed(_:)``; both are called on the loop, and may call back, ``close(_:)`` included.
open class Connection {
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
    unowned let loop: EventLoop
    /// Of the loop, but there to the end: a loop that goes closes its connections.
    let connections: ConnectionTable
    let base: EventBase
    var descriptor: Descriptor?
    let readEvent: OpaquePointer?
    var writeEvent: OpaquePointer?

    var input = Input.open
    var unread = ByteQueue()
    var isDelivering = false
    /// Whether the input was resumed since the subclass was called last.
    var isResumed = false

    /// Its own output: whole lines, and the rest of one line of the ring where a write has cut it.
    var output = ByteQueue()
    var isQueuedForFlush = false
    var awaitsWritable = false
    /// Whether it closes when the output is sent and the peer has ended.
    public private(set) var isFinishing = false

    var ring: LineRing?
    /// The next line of the ring that it may have to send, as long as there is one.
    var cursor: UInt64?
    /// All lines before this one were sent or not wanted.
    var walkedTo: UInt64 = 0
    /// Grows whenever it takes up or leaves a ring, so that a change within a call of the subclass is noticed.
    var ringChanges = 0

    /// Milliseconds of the monotonic clock at which ``deadlinePassed()`` is called, about; `.max` is never.
    private(set) var deadline: UInt64 = .max
    private var inputDeadline: UInt64 = .max
    var outputDeadline: UInt64 = .max

    /// Takes over a connected socket that does not block.
    public init(_ loop: EventLoop, _ descriptor: consuming Descriptor, peer: SocketAddress) {
        self.loop = loop
        connections = loop.connections
        base = loop.base
        self.peer = peer
        let number = descriptor.number
        self.descriptor = consume descriptor
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

    /// Begins to read.
    ///
    /// What has come already is read at once, which spares a short connection a turn.
    public func start() {
        readable()
        if isOpen, input == .open { event_add(readEvent, nil) }
    }

    // MARK: For the subclass to override

    /// Takes bytes, as many as are whole.
    ///
    /// - Parameters:
    ///   - bytes: what has come and was not taken before; valid during the call.
    ///   - atEnd: whether the peer will send no more.
    /// - Returns: how many bytes were taken; the others come again, with more behind them.
    open func received(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Int { bytes.count }

    /// The input's deadline has passed; see ``setInputDeadline(milliseconds:)``.
    open func inputTimedOut() {}

    /// All output of its own is on its way.
    ///
    /// What it sends now goes before the lines of the ring.
    open func outputDrained() {}

    /// Whether a line of the ring is to be sent; asked for each line from the first that came on.
    open func wants(line number: UInt64) -> Bool { true }

    /// Lines of the ring have been sent, or are its own output now: all that was wanted of it before a number.
    open func feedAdvanced(to number: UInt64) {}

    /// The ring has dropped lines that were still to be sent, and the connection has left it.
    ///
    /// - Parameter number: the first line that was not sent.
    open func overtaken(at number: UInt64) {}

    /// The connection is closed; nothing is called after this.
    open func closed(_ ending: Ending) {}

    // MARK: For the subclass to call

    public var isOpen: Bool { descriptor != nil }

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
        try? descriptor?.setResetsOnClose(resets)
    }

    /// Calls ``inputTimedOut()`` in about this many milliseconds; nil for never.
    public func setInputDeadline(milliseconds: UInt64?) {
        guard isOpen else { return }
        inputDeadline = milliseconds.map { loop.now + $0 } ?? .max
        updateDeadline()
    }

    /// Closes at once, with what waits unsent.
    public func close(_ ending: Ending) {
        guard let number = descriptor?.number else { return }
        event_del(readEvent)
        if let writeEvent { event_del(writeEvent) }
        connections.remove(self, at: number)
        descriptor = nil
        // The subclass may be reading it: then it goes when the call returns.
        if !isDelivering { unread = ByteQueue() }
        output = ByteQueue()
        leaveRing()
        closed(ending)
    }

    // MARK: Deadlines

    func deadlinePassed() {
        let now = loop.now
        if outputDeadline <= now { return close(.stalled) }
        guard inputDeadline <= now else { return }
        setInputDeadline(milliseconds: nil)
        if input == .discarded { close(.finished) } else { inputTimedOut() }
    }

    func updateDeadline() {
        deadline = min(inputDeadline, outputDeadline)
        if deadline != .max { loop.needsSweep() }
    }
}
