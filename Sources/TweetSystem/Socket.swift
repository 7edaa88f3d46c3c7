import CSystem

extension Descriptor {
    /// A socket for a listener: bound to an address, not blocking; a restart at once on the same port works.
    ///
    /// See bind(2). The file of a socket at a path stays when the descriptor goes; ``SocketFile`` removes it.
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
            // Nobody can connect before it listens, so nobody can while the mode is the umask's.
            try valueOrErrno { chmod(path, 0o600) }
            return descriptor
        }
        try valueOrErrno { csystem_set_option(number, SOL_SOCKET, SO_REUSEADDR, 1) }
        // Accepted connections inherit both: a peer that has vanished is given up, a short answer is not held back.
        if let vanishedPeer { try descriptor.giveUpVanishedPeer(after: vanishedPeer) }
        try valueOrErrno { csystem_set_option(number, CInt(IPPROTO_TCP), TCP_NODELAY, 1) }
        if address.family == AF_INET6 {
            try valueOrErrno { csystem_set_option(number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, isIPv6Only ? 1 : 0) }
        }
        try address.bind(descriptor)
        return descriptor
    }

    /// A listener on an address: bound as by ``bound(to:isIPv6Only:)``, and listening; see listen(2).
    public static func listener(at address: SocketAddress, backlog: CInt) throws(Errno) -> Descriptor {
        let descriptor = try bound(to: address)
        try descriptor.listen(backlog: backlog)
        return descriptor
    }

    /// Lets clients connect to a socket that is bound, or to more of them at a time; see listen(2).
    ///
    /// - Throws: EADDRINUSE where another process listens at the address by now.
    public borrowing func listen(backlog: CInt) throws(Errno) {
        let number = number
        try valueOrErrno { CSystem.listen(number, backlog) }
    }

    /// Has the kernel end the connection once its peer has been out of reach for some time, whether it is silent or bytes
    /// are on their way to it; see tcp(7).
    ///
    /// A silent peer is asked three times in the last 15 seconds of them, so that one lost packet ends nothing. A peer
    /// that takes nothing for as long, though it is there, is given up too.
    ///
    /// - Parameter limit: the time after which the connection ends, whole seconds and more than 15.
    public borrowing func giveUpVanishedPeer(after limit: Duration) throws(Errno) {
        let number = number
        let seconds = CInt(clamping: limit.components.seconds)
        try valueOrErrno { csystem_give_up_vanished_peer(number, seconds - 15, 5, 3, seconds) }
    }

    /// The address a socket is bound to; see getsockname(2).
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

    /// Accepts the next connection, not blocking; see accept4(2).
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
        // A name that a local peer has given itself says nothing.
        address = peer.isUnix ? .unnamed : peer
        return Descriptor(owning: accepted)
    }

    /// Starts to connect without waiting; see connect(2).
    ///
    /// A path is connected to at once or not at all.
    ///
    /// - Returns: the socket, and whether it is connected already.
    public static func connecting(to address: SocketAddress) throws(Errno) -> ConnectingSocket {
        let family = address.family
        let descriptor = Descriptor(owning: try valueOrErrno { csystem_stream_socket(family) })
        do throws(Errno) {
            try address.connect(descriptor)
            return ConnectingSocket(descriptor: descriptor, isConnected: true)
        } catch {
            // An interrupted connect goes on by itself, as one in progress does.
            guard error.code == EINPROGRESS || error.code == EINTR else { throw error }
            return ConnectingSocket(descriptor: descriptor, isConnected: false)
        }
    }

    /// Has a close reset the connection and drop what is unsent, or end it in good order; see socket(7), SO_LINGER.
    ///
    /// It holds for whatever closes the socket, the end of the process too.
    public borrowing func setResetsOnClose(_ resets: Bool) throws(Errno) {
        var value = linger(l_onoff: resets ? 1 : 0, l_linger: 0)
        let number = number
        try valueOrErrno { setsockopt(number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size)) }
    }

    /// Throws the error of a connect that failed, once the socket is writable; see connect(2), EINPROGRESS.
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
