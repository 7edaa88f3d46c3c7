import CSystem
public import TweetSystem

/// Has its address from its making; accepts connections from ``start(_:accepted:exhausted:)`` on, and pauses when
/// descriptors run out.
public final class Listener {
    /// The address that it listens on, with the port that the system has picked.
    public let address: SocketAddress
    /// Of a listener at a path; it goes before the descriptor does.
    private var file: SocketFile?
    private let descriptor: Descriptor
    private let acceptNext: Accept
    private var watching: Watching?
    private var readable: Event?
    private var resumption: Event?
    /// Given up for a moment when there is no other left, to take a client out of the queue and send it away.
    private var reserve: Descriptor?

    /// Takes the next client out of a listener's queue.
    typealias Accept = (borrowing Descriptor, inout SocketAddress?) throws(Errno) -> Descriptor

    private struct Watching {
        unowned let loop: EventLoop
        let accepted: (consuming Descriptor, SocketAddress) -> Void
        let exhausted: (Errno) -> Void
        let farewell: [UInt8]
    }

    /// Binds and, unless told to wait, listens; clients that come then wait in the kernel's queue until it accepts.
    ///
    /// At a path, a socket that was left behind there is replaced: the caller sees to it that no other process listens
    /// at it. Only the same user can connect. The file goes with the listener.
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
        // A path is told as it was asked for.
        self.address = address.isUnix ? address : try descriptor.localAddress()
        if let path = address.path { file = try SocketFile(owning: path) }
        reserve = Self.openReserve()
        if !waits { try listen() }
    }

    /// Lets clients connect; where they can already it changes nothing.
    ///
    /// - Throws: EADDRINUSE where another process listens at the address by now.
    public func listen() throws(Errno) { try descriptor.listen(backlog: ConnectionLimits.listenBacklog) }

    deinit {
        file = nil
    }

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - accepted: takes over each new connection.
    ///   - exhausted: called when accepting pauses for want of descriptors or memory.
    ///   - farewell: what a client is told that is sent away then.
    public func start(
        _ loop: EventLoop, accepted: @escaping (consuming Descriptor, SocketAddress) -> Void,
        exhausted: @escaping (Errno) -> Void, farewell: [UInt8]
    ) {
        watching = Watching(loop: loop, accepted: accepted, exhausted: exhausted, farewell: farewell)
        watch()
    }

    private func watch() {
        guard let watching else { return }
        readable = Event(watching.loop, readable: descriptor.number) { [unowned self] in acceptTurn() }
    }

    /// Takes all the clients that wait, however many: for a server that stops.
    public func acceptAll() {
        while acceptTurn() {}
    }

    /// Takes the clients that wait, a turn's worth.
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
                // The client was gone before it was accepted.
                if error.code == ECONNABORTED { continue }
                // Descriptors have run out, or the network is in trouble: see accept(2).
                pause(error, watching)
                return false
            }
        }
        return true
    }

    /// Stops looking for a while: the queue stays readable, and asking again at once would spin.
    private func pause(_ error: Errno, _ watching: Watching) {
        readable = nil
        sendOneAway(watching.farewell)
        watching.exhausted(error)
        resumption = Event(watching.loop, after: ConnectionLimits.acceptPause) {
            [unowned self] in
            resumption = nil
            if reserve == nil { reserve = Self.openReserve() }
            watch()
        }
    }

    /// Tells the longest waiting client that there is no room, instead of letting it hang.
    private func sendOneAway(_ farewell: [UInt8]) {
        reserve = nil
        var peer: SocketAddress?
        if let client = try? acceptNext(descriptor, &peer) {
            // What it has sent is read first: closing with unread input would reset the connection under the answer.
            withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { _ = try? client.read(into: $0) }
            _ = try? farewell.withUnsafeBytes { try client.send($0) }
        }
        reserve = Self.openReserve()
    }

    private static func openReserve() -> Descriptor? {
        try? Descriptor.open("/dev/null", O_RDONLY)
    }
}
