public import CSystem

/// An IPv4 or IPv6 address and port, or the path of a socket on this machine.
public struct SocketAddress: Sendable {
    var storage: sockaddr_storage

    init(storage: sockaddr_storage) {
        self.storage = storage
    }

    /// Looks up the addresses of a host for stream sockets.
    ///
    /// A numeric address needs no resolver, so it is tried first: it costs no file and no network.
    ///
    /// - Parameter host: a name, an IPv4 or an IPv6 address.
    /// - Throws: ``LookupError`` where there is none.
    public static func lookup(host: String, port: UInt16) throws(LookupError) -> [SocketAddress] {
        var list: UnsafeMutablePointer<addrinfo>?
        var code = csystem_lookup(host, String(port), AI_NUMERICHOST, &list)
        if code == EAI_NONAME { code = csystem_lookup(host, String(port), 0, &list) }
        guard code == 0 else { throw LookupError(host: host, reason: String(cString: gai_strerror(code))) }
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
        return found
    }

    public var family: CInt { CInt(storage.ss_family) }

    /// 0 where there are no ports, on this machine.
    public var port: UInt16 {
        withUnsafePointer(to: storage) { csystem_address_port($0) }
    }

    /// What belongs together when somebody is slowed down: an IPv4 address, the first half of an IPv6 address (one
    /// customer's, RFC 6177), all of this machine's sockets.
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
    /// `127.0.0.1:13001` or `[::1]:13001`; a socket's path, and `the operator` who has connected to one.
    public var description: String {
        if isUnix { return path ?? "the operator" }
        guard let host else { return "?" }
        return family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// A host that has no address.
public struct LookupError: Error, Sendable, CustomStringConvertible {
    public let host: String
    public let reason: String

    public var description: String { "\(host): \(reason)" }
}
