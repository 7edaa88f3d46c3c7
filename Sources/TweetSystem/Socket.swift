import CSystem

extension Descriptor {
    /// Creates a non-blocking socket for a listener, bound to an address; the same port can be reused right after a
    /// restart.
    ///
    /// See bind(2). The file of a socket at a path stays after the descriptor is closed; ``SocketFile`` removes it.
    ///
    /// - Parameters:
    ///   - isIPv6Only: whether an IPv6 wildcard leaves IPv4 connections to another listener.
    ///   - vanishedPeer: the limit of ``giveUpVanishedPeer(after:)`` for accepted connections; nil for none.
    public static func bound(
        to address: SocketAddress, isIPv6Only: Bool = false, vanishedPeer: Duration? = nil
    ) throws(Errno) -> Descriptor {
        let family = address.family
        let descriptor = Descriptor(owning: try valueOrErrno { csystem_stream_socket(family) })
        let number = descriptor.number
        if let path = address.path {
            SocketFile.removeStale(path)
            try address.bind(descriptor)
            // Nobody can connect before it listens, so the umask's mode does no harm until then.
            try valueOrErrno { chmod(path, 0o600) }
            return descriptor
        }
        try valueOrErrno { csystem_set_option(number, SOL_SOCKET, SO_REUSEADDR, 1) }
        // Accepted connections inherit both: a vanished peer is disconnected, and a short answer is not delayed.
        if let vanishedPeer { try descriptor.giveUpVanishedPeer(after: vanishedPeer) }
        try valueOrErrno { csystem_set_option(number, CInt(IPPROTO_TCP), TCP_NODELAY, 1) }
        if address.family == AF_INET6 {
            try valueOrErrno { csystem_set_option(number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, isIPv6Only ? 1 : 0) }
        }
        try address.bind(descriptor)
        return descriptor
    }

    /// Creates a listening socket on an address, bound as by ``bound(to:isIPv6Only:vanishedPeer:)``; see listen(2).
    public static func listener(at address: SocketAddress, backlog: CInt) throws(Errno) -> Descriptor {
        let descriptor = try bound(to: address)
        try descriptor.listen(backlog: backlog)
        return descriptor
    }

    /// Lets clients connect to a bound socket, or changes its backlog; see listen(2).
    ///
    /// - Throws: EADDRINUSE if another process listens at the address by now.
    public borrowing func listen(backlog: CInt) throws(Errno) {
        let number = number
        try valueOrErrno { CSystem.listen(number, backlog) }
    }

    /// Makes the kernel end the connection once its peer has been unreachable for some time, whether the connection is
    /// idle or has unacknowledged bytes; see tcp(7).
    ///
    /// A silent peer is probed three times in the last 15 seconds, so that one lost packet does not end the connection.
    /// A reachable peer that accepts no bytes for the same time is disconnected too.
    ///
    /// - Parameter limit: the time after which the connection ends, in whole seconds and more than 15.
    public borrowing func giveUpVanishedPeer(after limit: Duration) throws(Errno) {
        let number = number
        let seconds = CInt(clamping: limit.components.seconds)
        try valueOrErrno { csystem_give_up_vanished_peer(number, seconds - 15, 5, 3, seconds) }
    }

    /// Returns the address that the socket is bound to; see getsockname(2).
    public borrowing func localAddress() throws(Errno) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = number
        try valueOrErrno {
            withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
            }
        }
        return SocketAddress(storage: storage)
    }

    /// Accepts the next connection, as a non-blocking socket; see accept4(2).
    public borrowing func accept(from address: inout SocketAddress?) throws(Errno) -> Descriptor {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = number
        let accepted = try valueOrErrno {
            withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { csystem_accept(number, $0, &length) }
            }
        }
        let peer = SocketAddress(storage: storage)
        // The name that a local peer has chosen for itself means nothing.
        address = peer.isUnix ? .unnamed : peer
        return Descriptor(owning: accepted)
    }

    /// Starts to connect without waiting; see connect(2).
    ///
    /// A connection to a path succeeds or fails at once.
    ///
    /// - Returns: the socket, and whether it is connected already.
    public static func connecting(to address: SocketAddress) throws(Errno) -> ConnectingSocket {
        let family = address.family
        let descriptor = Descriptor(owning: try valueOrErrno { csystem_stream_socket(family) })
        do throws(Errno) {
            try address.connect(descriptor)
            return ConnectingSocket(descriptor: descriptor, isConnected: true)
        } catch {
            // An interrupted connect continues by itself, like one in progress.
            guard error.code == EINPROGRESS || error.code == EINTR else { throw error }
            return ConnectingSocket(descriptor: descriptor, isConnected: false)
        }
    }

    /// Sets whether closing resets the connection and drops unsent bytes, or ends it in an orderly way; see socket(7),
    /// SO_LINGER.
    ///
    /// It applies to any close of the socket, also by the end of the process.
    public borrowing func setResetsOnClose(_ resets: Bool) throws(Errno) {
        var value = linger(l_onoff: resets ? 1 : 0, l_linger: 0)
        let number = number
        try valueOrErrno { setsockopt(number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size)) }
    }

    /// Throws the error of a failed connect, once the socket is writable; see connect(2), EINPROGRESS.
    public borrowing func checkConnected() throws(Errno) {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        let number = number
        try valueOrErrno { getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) }
        if code != 0 { throw Errno(code: code) }
    }
}

/// A socket that has started to connect.
@frozen
public struct ConnectingSocket: ~Copyable {
    public let descriptor: Descriptor
    public let isConnected: Bool
}
