public import TweetSystem

/// Ports for servers that must restart on the same port.
///
/// They lie below the ports that the system assigns itself, so that no other test's connection takes one in between.
public enum Ports {
    private static let next = Monitor(UInt16.random(in: 15_000..<25_000))

    /// A port on which nothing listens.
    public static func free() throws -> UInt16 {
        for _ in 0..<100 {
            let port = next.access { next in
                next += 1
                return next
            }
            if (try? Descriptor.listener(at: try .loopback(port: port), backlog: 1)) != nil { return port }
        }
        throw HarnessError("there is no free port")
    }
}

extension SocketAddress {
    /// The IPv4 loopback address.
    ///
    /// - Parameter port: 0 lets a listener pick a free port.
    public static func loopback(port: UInt16 = 0) throws -> SocketAddress {
        guard let address = try lookup(host: "127.0.0.1", port: port).first else {
            throw HarnessError("127.0.0.1 has no address")
        }
        return address
    }
}
