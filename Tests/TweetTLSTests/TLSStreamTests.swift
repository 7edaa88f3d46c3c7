import COpenSSL
import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetTLS

@Suite struct TLSStreamTests {
    private let certificates: Certificates

    init() throws {
        certificates = try Certificates.shared.get()
    }

    private func pair(host: String = "localhost") throws -> StreamPair {
        try StreamPair(certificates.server(), certificates.client(), host: host)
    }

    @Test func bothSidesReadWhatTheOtherSends() throws {
        let pair = try pair()
        pair.run()
        #expect(!pair.client.stream.isInHandshake && !pair.server.stream.isInHandshake)
        #expect(pair.server.stream.version == "TLSv1.3")
        pair.client.send("hello")
        pair.run()
        pair.server.send("and you")
        pair.run()
        #expect(pair.server.text == "hello" && pair.client.text == "and you")
        #expect(pair.server.failure == nil && pair.client.failure == nil)
    }

    @Test(arguments: [1, 2, 3, 100, 1000])
    func aStreamMayComeInAnyPieces(step: Int) throws {
        let pair = try pair()
        pair.run(step: step)
        pair.client.send("hello")
        pair.run(step: step)
        pair.server.send("and you")
        pair.run(step: step)
        #expect(pair.server.text == "hello" && pair.client.text == "and you")
    }

    /// The text exceeds a record and the buffers of the sockets.
    @Test func whatTheKernelDoesNotTakeIsSentLater() throws {
        let pair = try pair()
        pair.run()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var sent = 0
        var blocks = 0
        while sent < bytes.count, pair.server.failure == nil, pair.client.failure == nil {
            let count = pair.server.send(Array(bytes[sent...]))
            sent += count
            if sent < bytes.count {
                blocks += 1
                #expect(pair.server.stream.isHolding)
            }
            pair.run()
        }
        #expect(blocks > 1)
        #expect(pair.client.received == bytes)
        #expect(!pair.server.stream.isHolding)
    }

    /// A side that has announced its end still gets answers.
    @Test func aNotifiedEndIsAnEndAndMayBeAnswered() throws {
        let pair = try pair()
        pair.run()
        pair.client.send("all of it")
        pair.client.stream.shutdownSending()
        pair.run()
        #expect(pair.server.text == "all of it" && pair.server.hasEnded)
        pair.server.send("done")
        pair.server.stream.shutdownSending()
        pair.run()
        #expect(pair.client.text == "done" && pair.client.hasEnded)
    }

    @Test func aBareEndIsAFailure() throws {
        let pair = try pair()
        pair.run()
        pair.client.send("half of")
        pair.run()
        pair.endTowardsServer()
        pair.run()
        pair.server.read()
        #expect(pair.server.text == "half of" && !pair.server.hasEnded)
        #expect(pair.server.failure == .truncated)
        // A failed stream stays failed.
        #expect(throws: TLSFailure.truncated) {
            try pair.server.stream.send(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    /// After a cut anywhere in the handshake or in a record, the stream fails and never ends regularly.
    @Test func aStreamThatIsCutAnywhereNeverEnds() throws {
        let whole = try pair()
        whole.run()
        let handshake = whole.passed
        whole.client.send("hello")
        whole.run()
        let server = try certificates.server()
        let client = try certificates.client()
        for limit in 0..<whole.passed.toServer {
            let pair = try StreamPair(server, client)
            pair.limits.toServer = limit
            pair.run()
            if limit >= handshake.toServer { pair.client.send("hello") }
            pair.run()
            #expect(!pair.server.hasEnded && pair.server.text == "", "cut after \(limit) bytes to the server")
            #expect(pair.server.failure != nil)
        }
        // The lengths of a signature and of tickets vary by some bytes from one handshake to the next.
        for limit in 0..<handshake.toClient - 32 {
            let pair = try StreamPair(server, client)
            pair.limits.toClient = limit
            pair.run()
            #expect(!pair.client.hasEnded, "cut after \(limit) bytes to the client")
            #expect(pair.client.failure != nil, "cut after \(limit) of \(handshake.toClient) bytes to the client")
        }
    }

    @Test func bytesThatWereReadBeforeBelongToTheStream() throws {
        let (serverNumber, clientNumber) = try StreamPair.pair()
        let serverEnd = Descriptor(owning: serverNumber)
        let client = TLSStream(Descriptor(owning: clientNumber), connecting: try certificates.client(), to: "localhost")
        var buffer = [UInt8](repeating: 0, count: 4096)
        _ = try buffer.withUnsafeMutableBytes { try client.read(into: $0) }
        let count = try buffer.withUnsafeMutableBytes { try serverEnd.read(into: $0) }
        let server = TLSStream(serverEnd, accepting: try certificates.server(), early: Array(buffer[..<count]))
        for _ in 0..<3 {
            _ = try buffer.withUnsafeMutableBytes { try server.read(into: $0) }
            _ = try buffer.withUnsafeMutableBytes { try client.read(into: $0) }
        }
        #expect(!server.isInHandshake && !client.isInHandshake)
    }

    // MARK: Limits

    /// A message of one type, of which all but the last byte is sent, in records of some bytes each.
    private func unfinishedHello(bytes: Int, perRecord: Int) -> [UInt8] {
        let size = bytes - 4
        let message: [UInt8] =
            [1, UInt8(size >> 16), UInt8(size >> 8 & 0xff), UInt8(size & 0xff), 3, 3]
            + [UInt8](repeating: 0, count: bytes - 7)
        return stride(from: 0, to: message.count, by: perRecord).reduce(into: []) { records, start in
            let part = message[start..<min(start + perRecord, message.count)]
            records += [22, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 0xff)]
            records += part
        }
    }

    /// However the client divides its first message into records, the server takes no more than its limit of it.
    @Test(arguments: [1, 2, 100, 16_000], [false, true])
    func aHandshakeThatIsTooLongIsRefused(perRecord: Int, isReadBefore: Bool) throws {
        let (serverEnd, clientEnd) = try StreamPair.pair()
        let client = Descriptor(owning: clientEnd)
        let hello = Array(unfinishedHello(bytes: 20_000, perRecord: perRecord).prefix(20_000))
        var early: [UInt8] = []
        if isReadBefore {
            early = hello
        } else {
            try #require(hello.withUnsafeBytes { try client.send($0) } == hello.count)
        }
        var server = StreamPair.Side(
            TLSStream(Descriptor(owning: serverEnd), accepting: try certificates.server(), early: early))
        server.read()
        #expect(server.failure == .mismatch("the TLS handshake is too long"))
        #expect(server.stream.handshakeBytesLeft == 0)
    }

    /// Data right behind the handshake may take its last bytes, and is no part of it.
    @Test func dataBehindTheHandshakeMakesItNotTooLong() throws {
        let (serverEnd, clientEnd) = try StreamPair.pair()
        var server = StreamPair.Side(TLSStream(Descriptor(owning: serverEnd), accepting: try certificates.server()))
        var client = StreamPair.Side(
            TLSStream(Descriptor(owning: clientEnd), connecting: try certificates.client(), to: "localhost"))
        client.read()
        server.read()
        client.read()
        let bytes = [UInt8](repeating: 1, count: 20_000)
        client.send(bytes)
        server.read()
        server.read()
        #expect(server.received == bytes && server.stream.handshakeBytesLeft == 0)
        client.stream.withSocket { $0.shutdownSending() }
        server.read()
        #expect(server.failure == .truncated)
    }

    /// Some clients divide their first message so that a filter on the way cannot read the server's name.
    @Test(arguments: [1, 7, 100])
    func aFirstMessageMayBeDivided(perRecord: Int) throws {
        let (serverEnd, clientEnd) = try StreamPair.pair()
        let client = Descriptor(owning: clientEnd)
        let hello = unfinishedHello(bytes: 2000, perRecord: perRecord)
        try #require(hello.withUnsafeBytes { try client.send($0) } == hello.count)
        var server = StreamPair.Side(TLSStream(Descriptor(owning: serverEnd), accepting: try certificates.server()))
        server.read()
        #expect(server.failure == nil && server.stream.isInHandshake)
    }

    /// Requests for new keys that arrive together are not all handled before they are refused.
    @Test func aReadHandlesFewRequestsForNewKeys() throws {
        let pair = try pair()
        pair.run()
        for _ in 0..<400 { pair.client.stream.requestNewKeys() }
        pair.passOnWithoutReading()
        pair.server.read()
        #expect(pair.server.failure == .mismatch("too many TLS messages without data"))
        #expect(pair.server.stream.controlMessages == TLSStream.mostControlMessages + 1)
    }

    /// The client chooses the group, and some of them take the server a tenth of a second.
    @Test(arguments: [
        ("X25519", true), ("P-256", true), ("ffdhe8192:X25519", true), ("P-384", false), ("P-521", false),
        ("X448", false), ("ffdhe2048", false), ("ffdhe8192", false),
    ])
    func keysAreAgreedOnOnlyInFastGroups(groups: String, isServed: Bool) throws {
        let trust = try certificates.client()
        try #require(copenssl_set_groups(trust.pointer, groups))
        let pair = try StreamPair(certificates.server(), trust)
        pair.run()
        #expect((pair.server.failure == nil && !pair.server.stream.isInHandshake) == isServed)
    }

    // MARK: The other side

    @Test(arguments: ["localhost", "127.0.0.1", "a.wild.example", "LOCALHOST", "127.0.0.1%lo"])
    func aCertificateForTheHostIsTrusted(host: String) throws {
        let pair = try pair(host: host)
        pair.run()
        #expect(pair.client.failure == nil && !pair.client.stream.isInHandshake)
    }

    @Test(arguments: ["example.org", "127.0.0.2", "::1", "a.b.wild.example", "xa.localhost"])
    func aCertificateForAnotherHostIsNot(host: String) throws {
        let pair = try pair(host: host)
        pair.run()
        let isAddress = host.allSatisfy { "0123456789.:".contains($0) }
        let reason = isAddress ? "IP address mismatch" : "hostname mismatch"
        #expect(pair.client.failure == .untrusted("the server's certificate is not trusted: \(reason)"))
        // The server gets the reason, and none of the client's bytes.
        #expect(pair.server.failure == .mismatch("the other side ended the TLS stream: bad certificate"))
        #expect(pair.server.text == "")
    }

    @Test(arguments: [
        ("other", "good", "unable to get local issuer certificate"), ("expired", "expired", "certificate has expired"),
    ])
    func aCertificateThatIsNotTrustedIsRefused(server: String, client: String, reason: String) throws {
        let pair = try StreamPair(certificates.server(server), certificates.client(client))
        pair.run()
        guard case .untrusted(let text) = pair.client.failure else {
            Issue.record("\(String(describing: pair.client.failure))")
            return
        }
        #expect(text.hasSuffix(reason) || text.hasSuffix("certificate signature failure"), "\(text)")
    }

    /// With a pin, the client checks neither an authority nor the host nor the time.
    @Test(arguments: ["good", "expired"])
    func aPinnedKeyIsTrusted(name: String) throws {
        let server = try certificates.server(name)
        let pin = try #require(server.pin)
        let pair = try StreamPair(server, TLSClientContext(.pin(pin)), host: "elsewhere.example")
        pair.run()
        #expect(pair.client.failure == nil && !pair.client.stream.isInHandshake)
        #expect(CertificatePin("\(pin)") == pin)
    }

    @Test func anotherKeyThanThePinnedOneIsRefusedAndNamed() throws {
        let server = try certificates.server()
        let pin = try #require(server.pin)
        let other = try #require(CertificatePin("sha256:" + String(repeating: "0f", count: 32)))
        let pair = try StreamPair(server, TLSClientContext(.pin(other)))
        pair.run()
        #expect(pair.client.failure == .untrusted("the server's key is not the pinned one; it is \(pin)"))
    }

    @Test func aPeerThatDoesNotSpeakTLSIsNamed() throws {
        let (clientEnd, otherEnd) = try StreamPair.pair()
        let other = Descriptor(owning: otherEnd)
        var client = StreamPair.Side(
            TLSStream(Descriptor(owning: clientEnd), connecting: try certificates.client(), to: "localhost"))
        client.read()
        let answer = Array("[\"error\",{\"code\":\"invalid\"}]\n".utf8)
        _ = try answer.withUnsafeBytes { try other.send($0) }
        client.read()
        #expect(client.failure == .mismatch("it does not speak TLS"))
        let (serverEnd, plainEnd) = try StreamPair.pair()
        let plain = Descriptor(owning: plainEnd)
        var server = StreamPair.Side(TLSStream(Descriptor(owning: serverEnd), accepting: try certificates.server()))
        _ = try Array("GET / HTTP/1.1\r\n\r\n".utf8).withUnsafeBytes { try plain.send($0) }
        server.read()
        #expect(server.failure == .mismatch("it does not speak TLS"))
    }

    /// After a failed write, the stream can still read the bytes that the peer sent before.
    @Test func aPeerThatIsGoneIsAFailureOfTheSystemAndCanBeRead() throws {
        let pair = try pair()
        pair.run()
        pair.client.send("last words")
        pair.passOnWithoutReading()
        pair.cut()
        pair.server.send("hello")
        #expect(pair.server.failure == .system(Errno(code: EPIPE)))
        pair.server.failure = nil
        pair.server.read()
        pair.server.read()
        #expect(pair.server.text == "last words")
        #expect(pair.server.failure == .truncated)
    }

    // MARK: Setting up

    @Test func filesThatCannotBeUsedAreNamed() throws {
        let certificate = certificates.path("good", "cert.pem")
        let key = certificates.path("good", "key.pem")
        func text(_ certificate: String, _ key: String) -> String {
            do throws(TLSSetupError) {
                _ = try TLSServerContext(certificate: certificate, key: key)
                return "it can be used"
            } catch {
                return error.description
            }
        }
        #expect(text("/missing", key) == "the certificate /missing: No such file or directory")
        #expect(text(certificate, "/missing") == "the key /missing: No such file or directory")
        #expect(text(key, key).hasPrefix("the certificate \(key): "))
        #expect(text(certificate, certificate).hasPrefix("the key \(certificate): "))
        let other = certificates.path("other", "key.pem")
        #expect(text(certificate, other) == "the key \(other) does not belong to the certificate \(certificate)")
        let directory = try TemporaryDirectory()
        let otherKind = directory.file("rsa.pem")
        _ = try Certificates.output(of: "openssl genrsa -out '\(otherKind)' 2048 2>/dev/null")
        #expect(
            text(certificate, otherKind) == "the key \(otherKind) does not belong to the certificate \(certificate)")
        #expect(throws: TLSSetupError("the authorities /missing: No such file or directory")) {
            try TLSClientContext(.authorities(file: "/missing"))
        }
        #expect(throws: TLSSetupError("the authorities \(key): there is no certificate in it")) {
            try TLSClientContext(.authorities(file: key))
        }
        #expect(try certificates.server("expired").isOutOfDate && !certificates.server().isOutOfDate)
    }

    @Test(arguments: [
        "", "sha256:", "sha256:00", String(repeating: "0", count: 64), "sha256:" + String(repeating: "g", count: 64),
        "sha1:" + String(repeating: "0", count: 64), "sha256:" + String(repeating: "0", count: 65),
    ])
    func anythingElseIsNoPin(text: String) {
        #expect(CertificatePin(text) == nil)
    }
}
