import CSQLite
import CSystem
import Foundation
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetStore
import TweetSystem
import TweetTLS

@testable import TweetReactor
@testable import TweetServer

/// A server on the test's own thread: the test drives its loop turn by turn, and its clients are pairs of sockets.
///
/// If no event comes for a turn, the test fails after a while instead of hanging. Work takes no time that
/// counts: on a busy machine any connection could be heavy, and leave its work to another turn than the test expects.
final class ServerFixture {
    private final class Time {
        var monotonic = Instant(milliseconds: 1_000_000)
        /// The time on the wall clock.
        var now: Timestamp

        private var work: UInt64 = 0
        var nanosecondsPerLook: UInt64 = 1

        init(now: Timestamp) { self.now = now }

        /// The time that measures work: a nanosecond later at each look, so that of two connections one was served last.
        func precise() -> PreciseInstant {
            work += nanosecondsPerLook
            return PreciseInstant(nanoseconds: monotonic.milliseconds * 1_000_000 + work)
        }
    }

    let server: Server
    private let directory: TemporaryDirectory
    private let time: Time
    private var outcomes: Event?
    let journal: SharedJournal

    init(
        requiresAccount: Bool = false, http: HTTPPolicy = HTTPPolicy(), encryption: Encryption? = nil,
        observers: [String] = [], maximumStoreBytes: Int64? = nil,
        keep: Duration? = nil, allowance: ConnectionAllowance = ConnectionAllowance(total: .max)
    ) throws {
        _ = csystem_raise_descriptor_limit()
        let directory = try TemporaryDirectory()
        self.directory = directory
        let start = try #require(Timestamp("2026-11-21T05:03:00.123Z"))
        let time = Time(now: start)
        self.time = time
        let store = try OpenStore(
            try DataDirectory(path: directory.path + "/data"), durability: .normal, resume: false, time: start,
            maximumBytes: maximumStoreBytes)
        journal = SharedJournal(store.journal)
        server = try Server(
            listeners: [], store: store, journal: journal, log: ReportLog(file: try directory.open(), streams: []),
            requiresAccount: requiresAccount, encryption: encryption ?? Encryption(allowsPlainLogin: true), http: http,
            observers: observers.map { Name(stored: $0) }, keep: keep, allowance: allowance,
            feedLines: 1024,
            clock: { time.now },
            monotonicClock: { time.monotonic },
            workClock: { time.precise() })
        takeOutcomes()
    }

    deinit {
        outcomes = nil
        server.loop.connections.forEach { $0.close(.serverStopped) }
        // Entries that are held for the next turn, too.
        server.journal.submit()
        server.journal.close()
        // Waiting requests hold their connections, which hold the server; so does the table until the turn is over.
        // Followers have their turns before they are answered.
        server.loop.connections.writeLines()
        server.takeNews()
        server.loop.connections.writeAnswers()
        server.loop.connections.releaseClosed()
    }

    /// Changes the store without the server's knowledge.
    func changeStore(_ statements: String) throws {
        var database: OpaquePointer?
        try #require(sqlite3_open(directory.path + "/data/store.sqlite", &database) == SQLITE_OK)
        defer { sqlite3_close(database) }
        try #require(sqlite3_exec(database, statements, nil, nil, nil) == SQLITE_OK)
    }

    /// Whether the store's files have a text anywhere.
    func storeContains(_ text: String) -> Bool {
        ["store.sqlite", "store.sqlite-wal"].contains { name in
            FileManager.default.contents(atPath: directory.path + "/data/" + name)?.range(of: Data(text.utf8)) != nil
        }
    }

    /// The reports up to now.
    var reports: String {
        server.log.flush()
        return directory.content() ?? ""
    }

    // MARK: Time

    /// Lets time pass for throttles and deadlines.
    func pass(_ span: Duration) { time.monotonic += span }

    /// Makes each part of the connections' work take some time.
    func makePartsTake(milliseconds: UInt64) { time.nanosecondsPerLook = milliseconds * 1_000_000 }

    /// Sets the wall clock forwards or back, without a change to the passing of time.
    func setClock(aheadBy milliseconds: Int64) { time.now.milliseconds += milliseconds }

    func setClock(to time: Timestamp) { self.time.now = time }

    /// Turns the loop once.
    func turn() {
        let guardian = Event(server.loop, after: Patience.span) { Issue.record("nothing has come") }
        withExtendedLifetime(guardian) { #expect(turnOnce()) }
    }

    /// Turns the loop until a condition holds.
    func turn(until isDone: () throws -> Bool) rethrows {
        var isOver = false
        let guardian = Event(server.loop, after: Patience.span) {
            isOver = true
            Issue.record("what the test waits for has not come")
        }
        while try !isDone(), !isOver { #expect(turnOnce()) }
        withExtendedLifetime(guardian) {}
    }

    private func turnOnce() -> Bool {
        server.loop.turn(beforeWriting: server.submit, afterWriting: server.endTurn)
    }

    // MARK: The journal

    /// Withholds the journal's outcomes from the loop, so that it does not know of commits.
    func holdOutcomes() { outcomes = nil }

    func takeOutcomes() {
        outcomes = Event(server.loop, readable: server.journal.newsDescriptor) { [unowned server] in
            server.takeNews()
        }
    }

    /// Waits until the journal has an outcome that the loop has not taken.
    func awaitCommit() throws {
        let number = server.journal.newsDescriptor
        try #require(try Poll.wait(number: number, toWrite: false, until: Patience.deadline))
    }

    // MARK: Clients

    /// - Parameters:
    ///   - host: the client's apparent address; nil for the operator's socket.
    ///   - sendBuffer: the approximate number of the server's bytes that the kernel buffers.
    ///   - speaksOnlyHTTP: whether it connects to a port for HTTP.
    func connect(
        from host: String? = "127.0.0.1", sendBuffer: CInt? = nil, speaksOnlyHTTP: Bool = false
    ) throws -> FixtureClient {
        let pair = try ConnectedPair(sendBuffer: sendBuffer)
        let end = pair.test
        let address =
            if let host { try #require(try SocketAddress.lookup(host: host, port: 1).first) } else {
                try SocketAddress.unix(path: "control")
            }
        return FixtureClient(self, server.admit(pair.tested, address, speaksOnlyHTTP: speaksOnlyHTTP), end: end)
    }

    /// A client that is signed in as a guest.
    func guest(_ name: String, from host: String = "127.0.0.1") throws -> FixtureClient {
        let client = try connect(from: host)
        try client.expect(#"["name","\#(name)"]"#, "ok")
        try client.expect(#"["join",""]"#, "ok")
        return client
    }

    /// A client that is logged in to an account, a new one by default.
    func account(_ name: String, isNew: Bool = true) throws -> FixtureClient {
        let client = try connect()
        let operation = isNew ? "signup" : "login"
        try client.expect(#"["\#(operation)",{"name":"\#(name)","password":"correct horse"}]"#, "ok")
        return client
    }
}

/// The other end of a server's connection; it waits only by turning the server's loop.
///
/// The bytes belong to a ``TestConnection``, whose waiting calls would never return, since the server runs on this
/// thread.
final class FixtureClient {
    private unowned let fixture: ServerFixture
    /// The server's handler for this connection.
    private(set) weak var handler: ClientHandler?
    var connection: Connection? { handler?.connection }
    private let end: TestConnection
    /// The lines that have arrived and that the test has not taken.
    private var lines: [String] = []
    var isAtEnd: Bool { end.isAtEnd }

    init(_ fixture: ServerFixture, _ handler: ClientHandler?, end: TestConnection) {
        self.fixture = fixture
        self.handler = handler
        self.end = end
    }

    func send(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        try #require(try end.sendSome(bytes[...]) == bytes.count)
    }

    /// Whether the server has read all that this end has sent.
    var hasTakenInput: Bool { csystem_unread_bytes(connection?.transport?.number ?? -1) == 0 }

    func send(bytes: [UInt8]) throws { try #require(try end.sendSome(bytes[...]) == bytes.count) }

    /// Takes the bytes that have arrived by now.
    func takeBytes() -> [UInt8] {
        end.receive()
        return end.takeBytes()
    }

    /// Closes the connection from this side; the server notices in its next turn.
    func finishSending() { end.finishSending() }

    /// Takes the lines that have arrived by now.
    func takeLines() -> [String] {
        read()
        defer { lines = [] }
        return lines
    }

    /// The next line, after as many turns as needed; nil at the end of the stream.
    func next() throws -> String? {
        fixture.turn {
            read()
            return !lines.isEmpty || isAtEnd
        }
        return lines.isEmpty ? nil : lines.removeFirst()
    }

    /// The next lines, as many as asked for.
    func next(_ count: Int) throws -> [String] {
        try (0..<count).map { _ in try #require(try next()) }
    }

    /// Sends a line and returns the next one that arrives.
    func request(_ line: String) throws -> String? {
        try send(line)
        return try next()
    }

    /// Sends a line, and expects an answer with this operation or error code; pushes before the answer stay unread.
    func expect(_ line: String, _ word: String) throws {
        try send(line)
        fixture.turn {
            read()
            return isAtEnd || lines.contains { $0.isAnswer }
        }
        let index = lines.firstIndex { $0.isAnswer }
        let answer = lines.remove(at: try #require(index))
        #expect(answer.hasPrefix("[\"\(word)\"") || answer.contains("{\"code\":\"\(word)\""), "\(line): \(answer)")
    }

    private func read() {
        end.receive()
        lines += end.takeLines()
    }
}

extension String {
    /// Whether a line is an answer and not a push.
    fileprivate var isAnswer: Bool { ["[\"ok\"", "[\"part\"", "[\"error\""].contains { hasPrefix($0) } }
}

extension [String] {
    /// The names in the lines of one operation, in order.
    func names(_ operation: String) -> [String] {
        compactMap { line in
            guard line.hasPrefix("[\"\(operation)\",") else { return nil }
            return line.firstMatch(of: /"name":"(\w+)"/).map { String($0.1) }
        }
    }

    /// The sequences in the lines of one operation, in order.
    func sequences(_ operation: String) -> [Int] {
        compactMap { line in
            guard line.hasPrefix("[\"\(operation)\",") else { return nil }
            return line.firstMatch(of: /"seq":(\d+)/).flatMap { Int($0.1) }
        }
    }
}

extension FixtureClient: CustomReflectable {
    /// Without children: a failed expectation that shows a client reflects on it, and the children lead to the server's
    /// connection, whose unowned references may have ended.
    var customMirror: Mirror { Mirror(self, children: []) }
}
