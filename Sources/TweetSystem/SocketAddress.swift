public import CSystem

/// An IPv4 or IPv6 address and port, or the path of a socket on this machine.
public struct SocketAddress: Sendable {
    /// An IP address of either version, or the family alone: each connection keeps one, and a `sockaddr_storage` would be
    /// a fifth of its memory.
    private var inet = sockaddr_in6()
    /// The address of a socket that has a path.
    private let unix: WholeAddress?

    private final class WholeAddress: Sendable {
        let storage: sockaddr_storage
        let directory: String?

        init(_ storage: sockaddr_storage, directory: String?) {
            self.storage = storage
            self.directory = directory
        }
    }

    init(storage: sockaddr_storage, directory: String? = nil) {
        let hasPath =
            CInt(storage.ss_family) == AF_UNIX && withUnsafePointer(to: storage) { csystem_unix_path($0).pointee } != 0
        unix = hasPath ? WholeAddress(storage, directory: directory) : nil
        self.storage = storage
    }

    /// The address in the form of the socket calls.
    private(set) var storage: sockaddr_storage {
        get {
            if let unix { return unix.storage }
            var storage = sockaddr_storage()
            withUnsafeMutableBytes(of: &storage) { bytes in withUnsafeBytes(of: inet) { bytes.copyMemory(from: $0) } }
            return storage
        }
        set {
            withUnsafeMutableBytes(of: &inet) { bytes in
                withUnsafeBytes(of: newValue) {
                    bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<bytes.count]))
                }
            }
        }
    }

    /// The directory of a socket whose path is too long for an address, which then holds only the file's name.
    var directory: String? { unix?.directory }

    /// Looks up the addresses of a host for stream sockets; blocks as long as the system's resolver takes.
    ///
    /// A numeric address is tried first, since it needs no resolver, no file and no network. A client uses a
    /// ``HostLookup`` instead, which does not block.
    ///
    /// - Parameter host: a name, an IPv4 or an IPv6 address.
    /// - Throws: ``LookupError`` if there is none.
    public static func lookup(host: String, port: UInt16) throws(LookupError) -> [SocketAddress] {
        if let numeric = numeric(host: host, port: port) { return numeric }
        return try resolve(host: host, port: port, flags: 0)
    }

    /// The addresses of a host given as an IPv4 or IPv6 address; nil for a name.
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

    /// The port; 0 for a Unix-domain socket.
    public var port: UInt16 {
        withUnsafePointer(to: storage) { csystem_address_port($0) }
    }

    /// Whether it is the wildcard address of its family.
    public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// Whether it is an address by which this machine reaches itself: 127.0.0.0/8, also in IPv6 form, or ::1 (RFC 6890).
    public var isLoopback: Bool {
        guard let host else { return false }
        return host == "::1" || host.hasPrefix("127.") || host.hasPrefix("::ffff:127.")
    }

    /// The network that is throttled as one: an IPv4 address, the first 64 bits of an IPv6 address, or all Unix-domain
    /// sockets.
    public var network: String { prefix(bytes: 8) }

    /// The networks that may belong to one customer: an IPv4 address, or the first 48 bits of an IPv6 address (RFC 6177).
    public var site: String { prefix(bytes: 6) }

    /// The first bytes of an IPv6 address; any other address as a whole.
    private func prefix(bytes count: Int) -> String {
        guard family == AF_INET6 else { return host ?? "the operator" }
        return withUnsafeBytes(of: storage) { bytes in
            // The address comes after the family, the port and the flow (RFC 3493, 3.3).
            let half = bytes[8..<16]
            // The loopback address, or an IPv4 address in IPv6 form.
            if half.allSatisfy({ $0 == 0 }) { return host ?? "?" }
            return half.prefix(count).map { String($0, radix: 16) }.joined(separator: ":")
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

    /// The same host with another port; a path stays unchanged.
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

    /// Whether both are the same host, whatever their ports; an IPv4 address is also the same in IPv6 form.
    public func isSameHost(as other: SocketAddress) -> Bool {
        func plain(_ host: String?) -> Substring? {
            host.map { $0.hasPrefix("::ffff:") && $0.contains(".") ? $0.dropFirst(7) : $0[...] }
        }
        guard let host = plain(host) else { return false }
        return host == plain(other.host)
    }

    /// Calls the body with the address in the form of the socket calls.
    public func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, csystem_address_length(storage))
            }
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The address as text: `127.0.0.1:13001`, `[::1]:13001`, a socket's path, or `the operator` for a peer connected
    /// to one.
    public var description: String {
        if isUnix { return path ?? "the operator" }
        guard let host else { return "?" }
        return family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
