public import CSystem

/// An IPv4 or IPv6 address and port, or the path of a socket on this machine.
public struct SocketAddress: Sendable {
    var storage: sockaddr_storage
    /// The directory of a socket whose path is too long for an address: the address has its name alone.
    let directory: String?

    init(storage: sockaddr_storage, directory: String? = nil) {
        self.storage = storage
        self.directory = directory
    }

    /// Looks up the addresses of a host for stream sockets; blocks for as long as the system's resolver likes.
    ///
    /// A numeric address needs no resolver, so it is tried first: it costs no file and no network. A client does not
    /// wait here but uses a ``HostLookup``.
    ///
    /// - Parameter host: a name, an IPv4 or an IPv6 address.
    /// - Throws: ``LookupError`` where there is none.
    public static func lookup(host: String, port: UInt16) throws(LookupError) -> [SocketAddress] {
        if let numeric = numeric(host: host, port: port) { return numeric }
        return try resolve(host: host, port: port, flags: 0)
    }

    /// The addresses of a host that is an IPv4 or IPv6 address; nil for a name.
    public static func numeric(host: String, port: UInt16) -> [SocketAddress]? {
        try? resolve(host: host, port: port, flags: AI_NUMERICHOST)
    }

    private static func resolve(host: String, port: UInt16, flags: CInt) throws(LookupError) -> [SocketAddress] {
        var list: UnsafeMutablePointer<addrinfo>?
        let code = csystem_lookup(host, String(port), flags, &list)
        guard code == 0 else { throw LookupError(host: host, code: code, cause: .current) }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            var storage = sockaddr_storage()
            if let address = entry.ai_addr, Int(entry.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size {
                memcpy(&storage, address, Int(entry.ai_addrlen))
                found.append(SocketAddress(storage: storage))
            }
            next = entry.ai_next
        }
        guard !found.isEmpty else { throw LookupError(host: host, code: EAI_NONAME, cause: Errno(code: 0)) }
        return found
    }

    public var family: CInt { CInt(storage.ss_family) }

    /// 0 where there are no ports, on this machine.
    public var port: UInt16 {
        withUnsafePointer(to: storage) { csystem_address_port($0) }
    }

    /// Whether it stands for every address of its family.
    public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// The group that is slowed down together: an IPv4 address, the first half of an IPv6 address (one customer's, RFC
    /// 6177), all of this machine's sockets.
    public var network: String {
        guard family == AF_INET6 else { return host ?? "the operator" }
        return withUnsafeBytes(of: storage) { bytes in
            // The address stands behind the family, the port and the flow (RFC 3493, 3.3).
            let half = bytes[8..<16]
            // The loopback address, and an IPv4 address in IPv6's form.
            if half.allSatisfy({ $0 == 0 }) { return host ?? "?" }
            return half.map { String($0, radix: 16) }.joined(separator: ":")
        }
    }

    /// The address without its port; nil for a Unix-domain socket.
    private var host: String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            withUnsafePointer(to: storage) { storage in
                csystem_address_host(storage, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) }
            }
        }
    }

    /// The same host with another port; a path has none.
    public func with(port: UInt16) -> SocketAddress {
        var copy = self
        withUnsafeMutablePointer(to: &copy.storage) { csystem_set_address_port($0, port) }
        return copy
    }

    /// Whether both are the same address and port.
    public func isSame(as other: SocketAddress) -> Bool {
        withSocketAddress { mine, count in
            other.withSocketAddress { count == $1 && memcmp(mine, $0, Int(count)) == 0 }
        }
    }

    /// Calls with the address as the socket calls take it.
    public func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, csystem_address_length(storage))
            }
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `127.0.0.1:13001` or `[::1]:13001`; a socket's path; `the operator` for a peer that has connected to one.
    public var description: String {
        if isUnix { return path ?? "the operator" }
        guard let host else { return "?" }
        return family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
