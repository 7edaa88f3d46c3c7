import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor
@testable import TweetTLS

/// Connections whose first byte begins TLS; the peer is a client on the same thread.
@Suite struct EncryptionTests {
    private let loop: TestLoop
    private let certificate: TLSServerContext
    private let trust: TLSClientContext

    init() throws {
        loop = try TestLoop()
        let certificates = try Certificates.shared.get()
        certificate = try TLSServerContext(
            certificate: certificates.path("good", "cert.pem"), key: certificates.path("good", "key.pem"))
        trust = try TLSClientContext(.authorities(file: certificates.path("good", "authority.pem")))
    }

    private func pair(sendBuffer: CInt? = nil) throws -> (connection: RecordingConnection, peer: Encrypted) {
        let pair = try ConnectedPair(SOCK_STREAM, sendBuffer: sendBuffer)
        let number = dup(pair.test.number)
        let peer = Encrypted(TLSStream(Descriptor(owning: number), connecting: trust, to: "localhost"), loop)
        pair.test.close()
        let connection = RecordingConnection(loop.loop, pair.tested, peer: try .loopback(port: 1))
        connection.connection.start(connection, certificate: certificate)
        return (connection, peer)
    }

    @Test func theFirstByteBeginsTLS() throws {
        let (connection, peer) = try pair()
        #expect(!connection.connection.isEncrypted)
        try peer.send("hello")
        loop.turn { connection.text == "hello" }
        #expect(connection.connection.isEncrypted)
        connection.send("and you")
        peer.receive(until: "and you")
        #expect(peer.text == "and you")
    }

    @Test(arguments: ["[\"d\",\"\"]\n", "d\n", "GET / HTTP/1.1\r\n", "\u{15}x"])
    func anotherFirstByteStaysPlain(text: String) throws {
        let (connection, peer) = try loop.pair()
        connection.connection.start(connection, certificate: certificate)
        try peer.send(text)
        loop.turn { connection.text == text }
        #expect(!connection.connection.isEncrypted)
        // Later in a connection this byte has no special meaning.
        try peer.send("\u{16}\u{3}\u{1}")
        loop.turn { connection.text == text + "\u{16}\u{3}\u{1}" }
        #expect(!connection.connection.isEncrypted)
    }

    /// A turn reads a connection only a few times; the rest is decrypted already, so the descriptor shows no more
    /// input.
    @Test func whatIsDecryptedIsReadInLaterTurns() throws {
        let (connection, peer) = try pair()
        try peer.send("begin ", whileTurning: true)
        // Each letter is a record of its own, and all of them arrive at once.
        for _ in 0..<200 { try peer.send("x") }
        let text = "begin " + String(repeating: "x", count: 200)
        loop.turn { connection.text.utf8.count == text.utf8.count }
        #expect(connection.text == text)
    }

    @Test func pausedInputIsReadAfterwards() throws {
        let (connection, peer) = try pair()
        connection.onReceived = { this, bytes, _ in
            this.connection.pauseInput()
            return min(bytes.count, 1000)
        }
        let text = String(repeating: "0123456789", count: 3000)
        try peer.send(text, whileTurning: true)
        var resumes = 0
        while connection.text.utf8.count < text.utf8.count, resumes < 100 {
            let before = connection.text.utf8.count
            connection.connection.resumeInput()
            if connection.text.utf8.count == before { loop.settle() }
            resumes += 1
        }
        #expect(connection.text == text)
    }

    /// The answer is larger than the kernel's buffers: the rest of a record waits, and the end comes after all of it.
    @Test func anAnswerOfAnyLengthIsSentBeforeTheEnd() throws {
        let (connection, peer) = try pair(sendBuffer: 4096)
        try peer.send("all")
        loop.turn { connection.text == "all" }
        let text = String(repeating: "0123456789abcdef", count: 40 * 1024)
        connection.send(text)
        connection.finish()
        loop.settle()
        #expect(connection.connection.isBlocked && connection.connection.outputBytes > 0)
        peer.receiveToEnd()
        #expect(peer.text == text)
        #expect(peer.failure == nil, "it is notified of the end")
    }

    @Test func anEndIsNotifiedToAPeerThatHasEndedToo() throws {
        let (connection, peer) = try pair()
        try peer.send("all")
        peer.stream.shutdownSending()
        loop.turn { connection.offered.last?.hasSuffix("$") == true }
        connection.send("done")
        connection.finish()
        peer.receiveToEnd()
        #expect(peer.text == "done" && peer.failure == nil)
        loop.turn { connection.ending == "finished" }
    }

    @Test func aCutStreamIsNoEnd() throws {
        let (connection, peer) = try pair()
        try peer.send("half of")
        loop.turn { connection.text == "half of" }
        peer.stream.withSocket { $0.shutdownSending() }
        loop.turn { !connection.endings.isEmpty }
        #expect(connection.ending == "failed: the TLS stream was cut off")
        #expect(!connection.offered.contains { $0.hasSuffix("$") })
    }

    /// A client of the original protocol takes an orderly end for success, encrypted or not.
    @Test func aResetNotifiesOfNoEnd() throws {
        let listener = try Descriptor.listener(at: try .loopback(), backlog: 1)
        let client = try TestConnection(to: try listener.localAddress())
        try #require(try Poll.wait(for: listener, toWrite: false, until: Patience.deadline))
        var address: SocketAddress?
        let accepted = try listener.accept(from: &address)
        let peer = Encrypted(
            TLSStream(Descriptor(owning: dup(client.number)), connecting: trust, to: "localhost"), loop)
        client.close()
        let connection = RecordingConnection(loop.loop, accepted, peer: try #require(address))
        connection.connection.start(connection, certificate: certificate)
        try peer.send("u")
        loop.turn { connection.text == "u" }
        connection.connection.setResetsOnClose(true)
        connection.close(.reset)
        loop.settle()
        peer.receiveToEnd()
        #expect(peer.failure == .system(Errno(code: ECONNRESET)))
    }

    /// A step of a handshake takes half a millisecond: a flood of them must not stall the other connections.
    @Test func aTurnDoesFewHandshakes() throws {
        loop.makePartsTake(microseconds: 300)
        let pairs = try (0..<8).map { _ in try pair() }
        for (_, peer) in pairs { try peer.begin() }
        loop.turn()
        let begun = pairs.filter { $0.peer.hasAnswer }.count
        #expect((1...2).contains(begun))
        for (_, peer) in pairs { try peer.send("x") }
        for (connection, _) in pairs { loop.turn { connection.text == "x" } }
    }

    /// A client that hangs up has cost as much: its handshake fails in the same read that answers its first message.
    @Test func aTurnDoesFewHandshakesOfClientsThatHangUp() throws {
        loop.makePartsTake(microseconds: 300)
        let pairs = try (0..<8).map { _ in try pair() }
        for (_, peer) in pairs {
            try peer.begin()
            shutdown(peer.stream.number, CInt(SHUT_WR))
        }
        loop.turn()
        let ended = pairs.filter { !$0.connection.endings.isEmpty }.count
        #expect((1...2).contains(ended))
        loop.turn { pairs.allSatisfy { !$0.connection.endings.isEmpty } }
    }

    /// A read that only takes a piece of the client's message, and answers nothing, takes time, too.
    @Test func aTurnReadsFewPiecesOfHandshakes() throws {
        let pairs = try (0..<8).map { _ in try loop.pair() }
        for (connection, peer) in pairs {
            connection.connection.start(connection, certificate: certificate)
            try peer.send("\u{16}\u{3}\u{1}\u{1}")
        }
        loop.turn { pairs.allSatisfy { $0.connection.connection.isInHandshake } }
        loop.settle()
        #expect(loop.loop.connections.waitingForTurn == 0)
        loop.makePartsTake(microseconds: 300)
        for (_, peer) in pairs { try peer.send("\u{0}") }
        loop.turn()
        #expect((6...7).contains(loop.loop.connections.waitingForTurn))
        loop.turn { loop.loop.connections.waitingForTurn == 0 }
    }

    /// The end of held bytes ends the output, and with it the deadline.
    @Test func outputThatWasHeldIsDrainedAndNotStalled() throws {
        let (connection, peer) = try pair(sendBuffer: 4096)
        try peer.send("all")
        loop.turn { connection.text == "all" }
        var parts = 0
        connection.onDrained = { this in
            parts += 1
            if parts < 50 { this.send(String(repeating: "x", count: 16 * 1024)) }
        }
        connection.send(String(repeating: "x", count: 16 * 1024))
        loop.settle()
        #expect(connection.connection.isBlocked)
        peer.receive(until: String(repeating: "x", count: 50 * 16 * 1024))
        #expect(parts == 50 && connection.connection.outputBytes == 0)
        loop.pass(ConnectionLimits.stalledOutput * 2)
        #expect(connection.endings.isEmpty)
    }

    /// Many connections with input wait for their turn: the loop does not spin, and serves each of them once.
    @Test func handshakesThatWaitAreQueuedOnce() throws {
        let pairs = try (0..<20).map { _ in try pair() }
        for (_, peer) in pairs { try peer.begin() }
        for _ in 0..<40 {
            loop.settle()
            #expect(loop.loop.connections.waitingForTurn <= pairs.count)
        }
        #expect(loop.loop.connections.waitingForTurn == 0)
        #expect(pairs.allSatisfy { $0.peer.hasAnswer })
        for (_, peer) in pairs { try peer.send("x") }
        for (connection, _) in pairs { loop.turn { connection.text == "x" } }
    }

    /// Each request for new keys gets an answer and costs as much as many requests.
    @Test func aFloodOfRequestsForNewKeysIsRefused() throws {
        let (connection, peer) = try pair()
        try peer.send("x")
        loop.turn { connection.text == "x" }
        for _ in 0..<4 {
            peer.stream.requestNewKeys()
            try peer.send("y")
        }
        loop.turn { connection.text == "xyyyy" }
        for _ in 0..<200 { peer.stream.requestNewKeys() }
        loop.turn { !connection.endings.isEmpty }
        #expect(connection.ending == "failed: too many TLS messages without data")
    }

    /// A follower gets whole lines of the ring in each record.
    @Test(arguments: [false, true], [false, true])
    func linesOfARingAreEncrypted(takesPrefix: Bool, areAllWanted: Bool) throws {
        let ring = LineRing(bytes: 1 << 20, lines: 4096, takesPrefix: takesPrefix)
        let (connection, peer) = try pair()
        connection.onWantsAllLines = { _ in areAllWanted }
        connection.onPrefix = { $0 % 2 == 0 ? "even " : "odd " }
        try peer.send("follow")
        loop.turn { connection.text == "follow" }
        connection.attach(ring)
        var all = ""
        for number in 0..<1000 {
            let line = "line \(number) " + String(repeating: "x", count: number % 90) + "\n"
            if takesPrefix { all += number % 2 == 0 ? "even " : "odd " }
            all += line
            connection.noteLine(ring.append(Array(line.utf8)))
        }
        peer.receive(until: all)
        #expect(peer.text == all)
    }

    /// A turn takes a follower some records, and leaves the rest of many lines to the next ones.
    @Test(arguments: [(1, 1), (2, 1), (4, 1), (5, 2), (8, 2), (9, 3)], [false, true])
    func aTurnSendsSomeRecordsOfLines(records: (count: Int, turns: Int), areAllWanted: Bool) throws {
        let (records, turns) = records
        let ring = LineRing(bytes: 1 << 20, lines: 4096)
        let (connection, peer) = try pair(sendBuffer: 1 << 20)
        connection.onWantsAllLines = { _ in areAllWanted }
        try peer.send("follow")
        loop.turn { connection.text == "follow" }
        connection.attach(ring)
        let line = String(repeating: "x", count: 1023) + "\n"
        let linesPerRecord = TLSStream.recordBytes / 1024
        for _ in 0..<records * linesPerRecord { connection.noteLine(ring.append(Array(line.utf8))) }
        for turn in 1...turns {
            #expect(connection.connection.feedCursor != nil)
            connection.connection.lineTurnCame()
            let sent = min(records, turn * Connection.recordsPerTurn)
            #expect(connection.connection.feedCursor ?? ring.end == ring.start + UInt64(sent * linesPerRecord))
        }
        #expect(connection.connection.feedCursor == nil && !connection.connection.isBlocked)
        let all = String(repeating: line, count: records * linesPerRecord)
        peer.receive(until: all)
        #expect(peer.text == all)
    }
}

/// A client's end of an encrypted stream; it turns the loop while it waits.
private final class Encrypted {
    let stream: TLSStream
    private let loop: TestLoop
    private(set) var bytes: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var failure: TLSFailure?

    init(_ stream: TLSStream, _ loop: TestLoop) {
        self.stream = stream
        self.loop = loop
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the server has answered the first message of the handshake.
    var hasAnswer: Bool {
        var entry = pollfd(fd: stream.number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Sends the first message of the handshake.
    func begin() throws {
        receive()
        try #require(stream.isInHandshake && failure == nil)
    }

    /// Sends a text, and turns the loop for the handshake.
    ///
    /// - Parameter isTurning: whether to turn the loop also while the socket has no room.
    func send(_ text: String, whileTurning isTurning: Bool = false) throws {
        var rest = Array(text.utf8)[...]
        var turns = 0
        while !rest.isEmpty, turns < 10_000 {
            let transfer = try rest.withUnsafeBufferPointer { try stream.send(UnsafeRawBufferPointer($0)) }
            if case .bytes(let count) = transfer {
                rest.removeFirst(count)
            } else {
                try #require(isTurning || stream.isInHandshake)
                loop.settle()
            }
            turns += 1
        }
        while isTurning, try !stream.flush(), turns < 10_000 {
            loop.settle()
            turns += 1
        }
        try #require(rest.isEmpty)
    }

    /// Reads the bytes that have arrived.
    func receive() {
        guard failure == nil, !hasEnded else { return }
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            do throws(TLSFailure) {
                while true {
                    switch try stream.read(into: buffer) {
                    case .bytes(let count): bytes += buffer[..<count]
                    case .ended:
                        hasEnded = true
                        return
                    case .blocked: return
                    }
                }
            } catch {
                failure = error
            }
        }
    }

    func receive(until text: String) {
        var turns = 0
        while bytes.count < text.utf8.count, failure == nil, turns < 10_000 {
            loop.settle()
            receive()
            turns += 1
        }
    }

    func receiveToEnd() {
        var turns = 0
        while !hasEnded, failure == nil, turns < 10_000 {
            loop.settle()
            receive()
            turns += 1
        }
        #expect(turns < 10_000, "the end has not come")
    }
}
