import TweetHTTP
import TweetSystem

/// The client of a request that has come through proxies.
extension HTTPPolicy {
    /// Proxies that are looked through: nobody has more of them in a row.
    private static let mostProxies = 8

    private func trusts(_ peer: SocketAddress) -> Bool { proxies.contains { $0.isSameHost(as: peer) } }

    /// The policy for a peer's connection: one that is no proxy has nobody to speak for.
    func rules(for peer: SocketAddress) -> HTTPPolicy {
        if proxies.isEmpty || trusts(peer) { return self }
        return HTTPPolicy(place: place, hosts: hosts, servesNtfy: servesNtfy)
    }

    /// The address of a request's client.
    ///
    /// Each proxy appends the address from which it was asked, so the last address that is no trusted proxy's is the
    /// client's; what comes before it, the client may have made up.
    ///
    /// - Parameters:
    ///   - chain: the addresses in all lines of X-Forwarded-For.
    ///   - proxy: the trusted proxy that has sent the request: the client itself if the field names nobody else.
    func client(of chain: [String], through proxy: SocketAddress) -> SocketAddress {
        var client = proxy
        for text in chain.suffix(Self.mostProxies).reversed() {
            guard let address = Self.address(text) else { return client }
            client = address
            if !trusts(client) { return client }
        }
        return client
    }

    /// An address, perhaps with a port or in brackets; nil for anything else, such as `unknown`.
    static func address(_ text: String) -> SocketAddress? {
        if let address = SocketAddress.numeric(host: text, port: 0)?.first { return address }
        var text = text
        return text.withUTF8 { bytes in
            guard let field = HostField(UnsafeRawBufferPointer(bytes)), field.kind != .name else { return nil }
            return SocketAddress.numeric(host: String(decoding: field.host, as: UTF8.self), port: 0)?.first
        }
    }
}
