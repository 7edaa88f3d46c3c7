import TestSupport
import Testing
import TweetSystem
import TweetTLS

@testable import TweetReactor
@testable import TweetServer

/// The requests that a connection without TLS may make.
struct PlainUseTests {
    private func files() throws -> Encryption.Files {
        let certificates = try Certificates.shared.get()
        return Encryption.Files(
            certificate: certificates.path("good", "cert.pem"), key: certificates.path("good", "key.pem"))
    }

    @Test(arguments: [
        #"["signup",{"name":"ana","password":"correct horse"}]"#,
        #"["login",{"name":"ana","password":"correct horse"}]"#,
        #"["passwd",{"old":"correct horse","new":"correct horses"}]"#,
    ])
    func noPasswordIsTakenOverAPlainConnectionFromElsewhere(request: String) {
        var driver = ConversationDriver(plainUse: .noPasswords)
        driver.receive(request + "\n" + #"["d",""]"# + "\n")
        #expect(driver.actions == ["refuse tls_needed", "last message"])
    }

    @Test(arguments: [#"["d",""]"#, #"["u","hello"]"#, #"["ping",""]"#, "no packet"])
    func nothingIsDoneOverAPlainConnectionWhereTLSIsRequired(request: String) {
        var driver = ConversationDriver(plainUse: .nothing)
        driver.receive(request + "\n" + request + "\n")
        #expect(driver.actions == ["end tls_needed"])
    }

    @Test(arguments: ["u\nhello", "d\n"])
    func anOriginalPacketIsResetWhereTLSIsRequired(packet: String) {
        var driver = ConversationDriver(plainUse: .nothing)
        driver.receive(packet)
        driver.end()
        #expect(driver.actions == ["reset tls_needed"])
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.0.0.1", false),
        ("::", false), ("fe80::1", false), ("::ffff:10.0.0.1", false), ("128.0.0.1", false),
    ])
    func aPeerOfThisMachineMaySendPasswords(host: String, isLocal: Bool) throws {
        let peer = try #require(SocketAddress.numeric(host: host, port: 1)?.first)
        #expect(peer.isLoopback == isLocal)
        #expect(Encryption().plainUse(of: peer) == (isLocal ? .everything : .noPasswords))
        #expect(Encryption(allowsPlainLogin: true).plainUse(of: peer) == .everything)
        let files = try files()
        #expect(try Encryption(files).plainUse(of: peer) == (isLocal ? .everything : .noPasswords))
        #expect(try Encryption(files, isRequired: true).plainUse(of: peer) == .nothing)
        #expect(try Encryption(files, isRequired: true).plainUse(of: .unix(path: "/x")) == .everything)
    }

    /// More of them than a turn has time to continue.
    @Test func handshakesThatNeverEndDoNotHoldUpTheStop() throws {
        let fixture = try ServerFixture(encryption: try Encryption(files()))
        let clients = try (0..<3).map { _ in
            let client = try fixture.connect()
            try client.send(bytes: [0x16, 3, 1, 1])
            fixture.turn { client.connection?.isInHandshake == true }
            return client
        }
        fixture.makePartsTake(milliseconds: 3)
        fixture.server.stop()
        fixture.turn()
        #expect(clients.allSatisfy { $0.connection == nil })
    }
}
