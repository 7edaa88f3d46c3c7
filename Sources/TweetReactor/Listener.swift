import CSystem
public import TweetSystem

/// A listening socket: bound when it is created, accepts connections after ``start(_:accepted:exhausted:farewell:)``,
/// and pauses when descriptors run out.
public final class Listener {
    /// The address that it listens on, with the port that the system picked if port 0 was asked for.
    public let address: SocketAddress
    /// The socket's file if it listens at a path; removed before the descriptor is closed.
    private var file: SocketFile?
    private let descriptor: Descriptor
    private let acceptNext: Accept
    private var watching: Watching?
    private var readable: Event?
    private var resumption: Event?
    /// A reserved descriptor, freed for a moment when none is left, to accept a waiting client and send it away.
    private var reserve: Descriptor?

    /// Accepts the next client in a listener's queue.
    typealias Accept = (borrowing Descriptor, inout SocketAddress?) throws(Errno) -> Descriptor

    private struct Watching {
        unowned let loop: EventLoop
        let accepted: (consuming Descriptor, SocketAddress) -> Void
        let makeRoom: () -> Bool
        let exhausted: (Errno) -> Void
        let farewell: [UInt8]
        let offersTLS: Bool
    }

    /// Binds and, unless `waits` is true, listens; clients then wait in the kernel's queue until they are accepted.
    ///
    /// A stale socket at the path is replaced: the caller ensures that no other process listens at it. Only the same
    /// user can connect. The file is removed with the listener.
    ///
    /// - Parameters:
    ///   - isIPv6Only: whether an IPv6 wildcard leaves IPv4 connections to another listener.
    ///   - waits: whether clients are refused until ``listen()``.
    public convenience init(
        at address: SocketAddress, isIPv6Only: Bool = false, waits: Bool = false
    ) throws(Errno) {
        try self.init(at: address, isIPv6Only: isIPv6Only, waits: waits) { (listener, peer) throws(Errno) in
            try listener.accept(from: &peer)
        }
    }

    init(
        at address: SocketAddress, isIPv6Only: Bool = false, waits: Bool = false, accept: @escaping Accept
    ) throws(Errno) {
        acceptNext = accept
        descriptor = try .bound(
            to: address, isIPv6Only: isIPv6Only, vanishedPeer: SocketLimits.vanishedPeer)
        // A path stays as it was asked for.
        self.address = address.isUnix ? address : try descriptor.localAddress()
        if let path = address.path { file = try SocketFile(owning: path) }
        reserve = Self.openReserve()
        if !waits { try listen() }
    }

    /// Lets clients connect; has no effect if they already can.
    ///
    /// - Throws: EADDRINUSE if another process listens at the address by now.
    public func listen() throws(Errno) { try descriptor.listen(backlog: ConnectionLimits.listenBacklog) }

    deinit {
        file = nil
    }

    /// Starts to accept.
    ///
    /// - Parameters:
    ///   - accepted: takes over each new connection.
    ///   - makeRoom: called when descriptors have run out; closes a connection, or returns false.
    ///   - exhausted: called when accepting pauses for lack of descriptors or memory.
    ///   - farewell: the bytes to send to a client that is then turned away; not to one that speaks TLS, to which a plain
    ///     line would mean that the server does not.
    ///   - offersTLS: whether a client that has sent nothing yet may be about to speak TLS.
    public func start(
        _ loop: EventLoop, accepted: @escaping (consuming Descriptor, SocketAddress) -> Void,
        makeRoom: @escaping () -> Bool = { false }, exhausted: @escaping (Errno) -> Void, farewell: [UInt8],
        offersTLS: Bool = false
    ) {
        watching = Watching(
            loop: loop, accepted: accepted, makeRoom: makeRoom, exhausted: exhausted, farewell: farewell,
            offersTLS: offersTLS)
        watch()
    }

    private func watch() {
        guard let watching else { return }
        readable = Event(watching.loop, readable: descriptor.number) { [unowned self] in acceptTurn() }
    }

    /// Accepts all waiting clients, however many, for a server that is stopping.
    public func acceptAll() {
        while acceptTurn() {}
    }

    /// Accepts waiting clients, up to the limit of a turn.
    ///
    /// - Returns: whether there may be more.
    @discardableResult
    private func acceptTurn() -> Bool {
        guard let watching else { return false }
        for _ in 0..<ConnectionLimits.acceptsPerTurn {
            do throws(Errno) {
                var peer: SocketAddress?
                let connection = try acceptNext(descriptor, &peer)
                if let peer { watching.accepted(connection, peer) }
            } catch {
                if error.wouldBlock { return false }
                // The client disconnected before it was accepted.
                if error.code == ECONNABORTED { continue }
                if error.code == EMFILE || error.code == ENFILE, watching.makeRoom() { continue }
                // Descriptors have run out, or the network is in trouble: see accept(2).
                pause(error, watching)
                return false
            }
        }
        return true
    }

    /// Stops watching the socket for a while: the queue stays readable, so the loop would spin.
    private func pause(_ error: Errno, _ watching: Watching) {
        readable = nil
        turnAwayWaiting(watching)
        watching.exhausted(error)
        resumption = Event(watching.loop, after: ConnectionLimits.acceptPause) {
            [unowned self] in
            resumption = nil
            if reserve == nil { reserve = Self.openReserve() }
            watch()
        }
    }

    /// Turns away the clients that have waited longest, up to the limit of a turn, instead of letting them hang.
    private func turnAwayWaiting(_ watching: Watching) {
        for _ in 0..<ConnectionLimits.acceptsPerTurn {
            reserve = nil
            var peer: SocketAddress?
            guard let client = try? acceptNext(descriptor, &peer) else { break }
            Self.turnAway(client, saying: watching.farewell, offersTLS: watching.offersTLS)
        }
        reserve = Self.openReserve()
    }

    /// Sends a client some last bytes and closes its connection.
    ///
    /// An original client, which takes any answer and any orderly close for success, sees a reset instead.
    ///
    /// - Parameter offersTLS: whether a client that has sent nothing yet may be about to speak TLS.
    public static func turnAway(_ client: consuming Descriptor, saying farewell: [UInt8], offersTLS: Bool) {
        // Its input is read first: closing with unread input would send a reset, which can destroy the answer.
        let (maySpeakTLS, isOriginal) = withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
            guard let count = try? client.receive(into: buffer), count > 0 else { return (offersTLS, false) }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            return (bytes[0] == Connection.handshakeRecord, Framing(firstBytes: bytes, atEnd: true) == .original)
        }
        if isOriginal {
            try? client.setResetsOnClose(true)
        } else if !maySpeakTLS {
            _ = try? farewell.withUnsafeBytes { try client.send($0) }
        }
    }

    private static func openReserve() -> Descriptor? {
        try? Descriptor.open("/dev/null", O_RDONLY)
    }
}
