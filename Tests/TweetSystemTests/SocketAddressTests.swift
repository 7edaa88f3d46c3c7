import CSystem
import Testing
import TweetSystem

/// Addresses parsed from user input, and written back.
struct SocketAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1", 13001, AF_INET, "127.0.0.1:13001"),
            ("0.0.0.0", 0, AF_INET, "0.0.0.0:0"),
            ("255.255.255.255", 65535, AF_INET, "255.255.255.255:65535"),
            ("::1", 13001, AF_INET6, "[::1]:13001"),
            ("::", 1, AF_INET6, "[::]:1"),
            ("2001:DB8:0:0:0:0:0:1", 443, AF_INET6, "[2001:db8::1]:443"),
            ("::ffff:192.0.2.1", 80, AF_INET6, "[::ffff:192.0.2.1]:80"),
        ] as [(String, UInt16, CInt, String)])
    func aNumericHostIsOneAddress(host: String, port: UInt16, family: CInt, description: String) throws {
        let addresses = try SocketAddress.lookup(host: host, port: port)
        try #require(addresses.count == 1)
        #expect(addresses[0].family == family)
        #expect(addresses[0].port == port)
        #expect(addresses[0].description == description)
    }

    @Test(arguments: [("127.0.0.1", "127.0.0.1:65535"), ("2001:db8::1", "[2001:db8::1]:65535")])
    func anAddressCanHaveAnotherPort(host: String, description: String) throws {
        let address = try #require(try SocketAddress.lookup(host: host, port: 80).first)
        let other = address.with(port: 65535)
        #expect(other.description == description)
        #expect(address.port == 80)
    }

    @Test func localhostIsThisMachine() throws {
        let addresses = try SocketAddress.lookup(host: "localhost", port: 13001).map(\.description)
        #expect(!addresses.isEmpty)
        for address in addresses { #expect(address.hasPrefix("127.") || address == "[::1]:13001") }
    }

    // getaddrinfo(3) refuses these names by itself; asking a resolver would take the network, and time.
    @Test(arguments: ["", ":::", "a..b", String(repeating: "a", count: 300)])
    func aHostWithoutAnAddressIsNamedInTheError(host: String) {
        do throws(LookupError) {
            let addresses = try SocketAddress.lookup(host: host, port: 1)
            Issue.record("found \(addresses)")
        } catch {
            #expect(error.host == host)
            #expect(!error.reason.isEmpty)
            #expect(error.description == "\(host): \(error.reason)")
            #expect(error.isUnknownHost)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", MemoryLayout<sockaddr_in>.size), ("::1", MemoryLayout<sockaddr_in6>.size),
    ])
    func theKernelGetsTheLengthOfTheFamily(host: String, length: Int) throws {
        let address = try #require(try SocketAddress.lookup(host: host, port: 7).first)
        let (family, count) = address.withSocketAddress { ($0.pointee.sa_family, Int($1)) }
        #expect(CInt(family) == address.family)
        #expect(count == length)
    }
}
