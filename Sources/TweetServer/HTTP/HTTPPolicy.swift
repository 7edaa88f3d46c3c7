import TweetHTTP
public import TweetSystem

/// Where the server serves HTTP, under which names, and behind which proxies.
public struct HTTPPolicy: Sendable {
    /// The port of HTTP.
    public enum Place: Hashable, Sendable {
        case nowhere
        /// The port of the protocol: a connection that begins with a capital letter speaks HTTP.
        case samePort
        /// A port at which nothing else is spoken.
        case ownPort(UInt16)
    }

    public var place: Place
    /// The names, besides addresses and `localhost`, under which clients may reach the server, in ASCII.
    public var hosts: [String]
    /// The proxies whose X-Forwarded-For tells who the client of a request is.
    public var proxies: [SocketAddress]
    /// Whether programs that speak ntfy are served.
    public var servesNtfy: Bool

    public init(
        place: Place = .samePort, hosts: [String] = [], proxies: [SocketAddress] = [], servesNtfy: Bool = true
    ) {
        self.place = place
        self.hosts = hosts
        self.proxies = proxies
        self.servesNtfy = servesNtfy
    }

    /// Whether a text is a host's name that a Host field can have.
    static func isName(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let host = HostField(UnsafeRawBufferPointer(bytes)) else { return false }
            // A dot at the end is left out of what is compared.
            return host.kind == .name && host.port == nil && host.host.count == bytes.count
        }
    }

    /// Whether a request's Host may be served.
    ///
    /// A page from elsewhere can make a browser believe that the page's own name has this server's address (DNS
    /// rebinding), and then read everything here: only the name in the Host tells.
    func admits(_ host: HostField) -> Bool {
        host.kind != .name || host.host.equalsIgnoringCase("localhost")
            || hosts.contains { name in
                var name = name
                return name.withUTF8 { host.host.equalsIgnoringCase(UnsafeRawBufferPointer($0)) }
            }
    }
}
