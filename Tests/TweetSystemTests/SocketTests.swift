import CSystem
import Testing
import TweetSystem

/// Listeners and connections on this machine.
struct SocketTests {
    /// A time limit that only a broken system reaches.
    private let patience: Duration = .seconds(60)

    private func listener(
        _ host: String = "127.0.0.1", port: UInt16 = 0, vanishedPeer: Duration? = nil
    ) throws -> Descriptor {
        let address = try #require(try SocketAddress.lookup(host: host, port: port).first)
        let listener = try Descriptor.bound(to: address, vanishedPeer: vanishedPeer)
        try listener.listen(backlog: 8)
        return listener
    }

    private func connection(to address: SocketAddress) throws -> Descriptor {
        let socket = try Descriptor.connecting(to: address)
        if !socket.isConnected {
            try #require(try Poll.wait(for: socket.descriptor, toWrite: true, until: .now + patience))
            try socket.descriptor.checkConnected()
        }
        return socket.descriptor
    }

    private func accepted(by listener: borrowing Descriptor, from address: inout SocketAddress?) throws -> Descriptor {
        try #require(try Poll.wait(for: listener, toWrite: false, until: .now + patience))
        return try listener.accept(from: &address)
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func aConnectionCarriesBytesBothWays(host: String) throws {
        let listener = try listener(host)
        let address = try listener.localAddress()
        #expect(address.port != 0)
        let client = try connection(to: address)
        var peer: SocketAddress?
        let server = try accepted(by: listener, from: &peer)
        #expect(try peer?.description == client.localAddress().description)
        #expect(try server.localAddress().description == address.description)

        #expect(try Array("ping".utf8).withUnsafeBytes { try client.send($0) } == 4)
        try #require(try Poll.wait(for: server, toWrite: false, until: .now + patience))
        #expect(try server.text(atMost: 64) == "ping")
        #expect(try Array("pong".utf8).withUnsafeBytes { try server.send($0) } == 4)
        server.shutdownSending()
        try #require(try Poll.wait(for: client, toWrite: false, until: .now + patience))
        #expect(try client.text(atMost: 64) == "pong")
        try #require(try Poll.wait(for: client, toWrite: false, until: .now + patience))
        #expect(try client.text(atMost: 64) == "")
    }

    /// The test does not wait for half a minute; it checks that the kernel has the setting.
    @Test func aPeerThatVanishesIsGivenUpOnBothSides() throws {
        let listener = try listener(vanishedPeer: SocketLimits.vanishedPeer)
        let client = try connection(to: listener.localAddress())
        var peer: SocketAddress?
        let server = try accepted(by: listener, from: &peer)
        try client.giveUpVanishedPeer(after: SocketLimits.vanishedPeer)
        var options: [(CInt, CInt, CInt)] = [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (CInt(IPPROTO_TCP), TCP_KEEPINTVL, 5), (CInt(IPPROTO_TCP), TCP_KEEPCNT, 3),
        ]
        #if os(Linux)
            options += [
                (CInt(IPPROTO_TCP), TCP_KEEPIDLE, 20), (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, 35_000),
            ]
        #endif
        for (level, name, expected) in options {
            for number in [client.number, server.number] {
                var value: CInt = 0
                var length = socklen_t(MemoryLayout<CInt>.size)
                #expect(getsockopt(number, level, name, &value, &length) == 0)
                #expect(level == SOL_SOCKET ? value != 0 : value == expected, "option \(name)")
            }
        }
    }

    @Test func nothingBlocks() throws {
        let listener = try listener()
        var peer: SocketAddress?
        let accepting = #expect(throws: Errno.self) { _ = try listener.accept(from: &peer) }
        #expect(accepting?.wouldBlock == true)
        let client = try connection(to: listener.localAddress())
        let server = try accepted(by: listener, from: &peer)
        let reading = #expect(throws: Errno.self) { try client.text(atMost: 1) }
        #expect(reading?.wouldBlock == true)
        let serving = #expect(throws: Errno.self) { try server.text(atMost: 1) }
        #expect(serving?.wouldBlock == true)
    }

    @Test func aPortInUseIsAnError() throws {
        let first = try listener()
        let port = try first.localAddress().port
        #expect(throws: Errno(code: EADDRINUSE)) { _ = try self.listener(port: port) }
    }

    @Test func aRestartAtOnceOnTheSamePortWorks() throws {
        let port: UInt16
        do {
            let first = try listener()
            port = try first.localAddress().port
            let client = try connection(to: first.localAddress())
            var peer: SocketAddress?
            let server = try accepted(by: first, from: &peer)
            // The side that closes first keeps the port in TIME_WAIT.
            _ = consume server
            try #require(try Poll.wait(for: client, toWrite: false, until: .now + patience))
            #expect(try client.text(atMost: 1) == "")
        }
        let second = try listener(port: port)
        #expect(try second.localAddress().port == port)
    }

    @Test func connectingToAPortThatNobodyListensAtIsRefused() throws {
        let address: SocketAddress
        do {
            let listener = try listener()
            address = try listener.localAddress()
        }
        #expect(throws: Errno(code: ECONNREFUSED)) { _ = try self.connection(to: address) }
    }

    @Test func anAddressOfAnotherMachineCannotBeListenedAt() {
        // An address for documentation (RFC 5737).
        #expect(throws: Errno(code: EADDRNOTAVAIL)) { _ = try self.listener("192.0.2.1") }
    }
}
