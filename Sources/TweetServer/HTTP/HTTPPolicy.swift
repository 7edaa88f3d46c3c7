import TweetHTTP

/// Whether the server serves HTTP, and under which names.
public struct HTTPPolicy: Sendable {
    /// Whether connections that begin with an HTTP request are served at all.
    public var isOffered: Bool
    /// The names, besides addresses and `localhost`, under which clients may reach the server, in ASCII.
    public var hosts: [String]

    public init(isOffered: Bool = true, hosts: [String] = []) {
        self.isOffered = isOffered
        self.hosts = hosts
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
