import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// A loop that the test drives turn by turn, with a clock that the test sets.
///
/// If no event comes for a turn, the test fails after a while instead of hanging.
final class TestLoop {
    private final class Time {
        var now = Instant(milliseconds: 1_000_000)
        var looks = 0
        /// Microseconds of work.
        var work: UInt64 = 0
        var workPerLook: UInt64 = 0

        var precise: PreciseInstant { PreciseInstant(nanoseconds: now.milliseconds * 1_000_000 + work * 1000) }

        func look() -> PreciseInstant {
            work += workPerLook
            return precise
        }
    }

    let loop: EventLoop
    private let time: Time

    init() throws {
        let time = Time()
        self.time = time
        loop = try EventLoop(
            clock: {
                time.looks += 1
                return time.now
            },
            workClock: { time.look() })
    }

    var preciseNow: PreciseInstant { time.precise }

    /// Makes what is being done take some time.
    func work(microseconds: UInt64) { time.work += microseconds }

    /// Makes each part of the connections' work take some time.
    func makePartsTake(microseconds: UInt64) { time.workPerLook = microseconds }

    /// The number of looks at the clock.
    var clockLooks: Int { time.looks }

    /// Turns the loop once.
    func turn() {
        let guardian = Event(loop, after: Patience.span) { Issue.record("nothing has come") }
        withExtendedLifetime(guardian) { #expect(loop.turn()) }
    }

    /// Turns the loop until a condition holds.
    func turn(until isDone: () throws -> Bool) rethrows {
        var isOver = false
        let guardian = Event(loop, after: Patience.span) {
            isOver = true
            Issue.record("what the test waits for has not come")
        }
        while try !isDone(), !isOver { #expect(loop.turn()) }
        withExtendedLifetime(guardian) {}
    }

    /// Handles all events that are ready and those that follow from them, without waiting.
    func settle(turns: Int = 3) {
        for _ in 0..<turns {
            let timer = Event(loop, after: .zero) {}
            withExtendedLifetime(timer) { #expect(loop.turn()) }
        }
    }

    /// Lets time pass for the deadlines.
    func pass(_ span: Duration) {
        time.now += span
        while case .isUnderWay = loop.connections.sweep(now: time.now) {}
        loop.connections.writeAnswers()
        loop.connections.writeLines()
        loop.connections.releaseClosed()
    }

    /// Sets the clock alone: the loop must look at it by itself.
    func setClock(ahead span: Duration) {
        time.now += span
    }

    // MARK: Connections

    /// A connection on one end of a pair of sockets, and the other end.
    ///
    /// - Parameters:
    ///   - kind: `SOCK_SEQPACKET` keeps the bytes of one write together, so that tests can count writes.
    ///   - sendBuffer: the approximate number of the connection's bytes that the kernel buffers.
    func pair(
        _ kind: __socket_type = SOCK_STREAM, sendBuffer: CInt? = nil, group: TurnGroup? = nil
    ) throws -> (connection: RecordingConnection, peer: TestConnection) {
        let pair = try ConnectedPair(kind, sendBuffer: sendBuffer)
        let peer = pair.test
        return (RecordingConnection(loop, pair.tested, peer: try .loopback(port: 1), group: group), peer)
    }

    /// A connection and its peer over TCP.
    func pairOverTCP() throws -> (connection: RecordingConnection, peer: TestConnection) {
        let listener = try Descriptor.listener(at: try .loopback(), backlog: 1)
        let peer = try TestConnection(to: try listener.localAddress())
        try #require(try Poll.wait(for: listener, toWrite: false, until: Patience.deadline))
        var address: SocketAddress?
        let accepted = try listener.accept(from: &address)
        return (RecordingConnection(loop, accepted, peer: try #require(address)), peer)
    }
}

/// A connection whose handler records its calls and acts as the test says.
@dynamicMemberLookup
final class RecordingConnection: ConnectionHandler {
    let connection: Connection
    /// The bytes of each offer, with `$` behind them at the end of the stream.
    private(set) var offered: [String] = []
    /// The bytes that the handler has taken from the offers.
    private(set) var taken: [UInt8] = []
    private(set) var drained = 0
    private(set) var turns = 0
    private(set) var timedOut = 0
    private(set) var endings: [Connection.Ending] = []
    /// The lines of the ring that the connection has asked about.
    private(set) var asked: [UInt64] = []
    /// The lines at which the ring has overtaken the connection.
    private(set) var overtaken: [UInt64] = []
    /// Takes bytes; all of them by default.
    var onReceived: (RecordingConnection, UnsafeRawBufferPointer, Bool) -> Int = { _, bytes, _ in bytes.count }
    var onDrained: (RecordingConnection) -> Void = { _ in }
    var onTimedOut: (RecordingConnection) -> Void = { _ in }
    var onTurn: (RecordingConnection) -> Void = { _ in }
    /// Whether the handler wants a line of the ring; it wants every line by default.
    var onWants: (RecordingConnection, UInt64) -> Bool = { _, _ in true }
    /// Whether the handler knows that it wants every line from one on.
    var onWantsAllLines: (UInt64) -> Bool = { _ in false }
    var onOvertaken: (RecordingConnection) -> Void = { _ in }
    /// The bytes before a line of a ring that takes a prefix.
    var onPrefix: (UInt64) -> StaticString = { _ in "" }
    var onClosed: (RecordingConnection) -> Void = { _ in }

    init(_ loop: EventLoop, _ descriptor: consuming Descriptor, peer: SocketAddress, group: TurnGroup? = nil) {
        connection = Connection(loop, descriptor, peer: peer, group: group)
        // The handler is set even if the connection never starts to read.
        connection.handler = self
    }

    subscript<Value>(dynamicMember path: KeyPath<Connection, Value>) -> Value { connection[keyPath: path] }

    // MARK: Calls from the connection

    func received(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Int {
        if bytes.count < 100 { offered.append(String(decoding: bytes, as: UTF8.self) + (atEnd ? "$" : "")) }
        let count = onReceived(self, bytes, atEnd)
        // The bytes must still be there after the call, whatever it did.
        taken += bytes[..<count]
        return count
    }

    func outputDrained() {
        drained += 1
        onDrained(self)
    }

    func takeTurn() {
        turns += 1
        onTurn(self)
    }

    func inputTimedOut() {
        timedOut += 1
        onTimedOut(self)
    }

    func wantsAllLines(from number: UInt64) -> Bool { onWantsAllLines(number) }

    func wants(line number: UInt64) -> Bool {
        asked.append(number)
        return onWants(self, number)
    }

    func prefix(ofLine number: UInt64) -> UnsafeRawBufferPointer {
        let prefix = onPrefix(number)
        return UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    }

    func feedAdvanced(to number: UInt64) {}

    func overtaken(at number: UInt64) {
        overtaken.append(number)
        onOvertaken(self)
    }

    func closed(_ ending: Connection.Ending) {
        endings.append(ending)
        onClosed(self)
        // This breaks the cycles between connections that refer to each other.
        onReceived = { _, bytes, _ in bytes.count }
        onDrained = { _ in }
        onTimedOut = { _ in }
        onTurn = { _ in }
        onWants = { _, _ in true }
        onOvertaken = { _ in }
        onClosed = { _ in }
    }

    // MARK: Calls to the connection

    func start() { connection.start(self) }
    func send(_ text: String) { send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) { connection.send(bytes) }
    func finish() { connection.finish() }
    func close(_ ending: Connection.Ending) { connection.close(ending) }
    func pauseInput() { connection.pauseInput() }
    func resumeInput() { connection.resumeInput() }
    func setInputDeadline(after span: Duration?) { connection.setInputDeadline(after: span) }
    func attach(_ ring: LineRing) { connection.attach(ring) }
    func detach() { connection.detach() }
    func noteLine(_ number: UInt64) { connection.noteLine(number) }

    /// Makes the handler take whole lines only.
    func takeLines() {
        onReceived = { _, bytes, _ in bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0 }
    }

    /// The text that the handler has taken.
    var text: String { String(decoding: taken, as: UTF8.self) }

    var ending: String { endings.map(\.word).joined(separator: " ") }
}

extension Connection.Ending {
    var word: String {
        switch self {
        case .finished: "finished"
        case .failed(let error): "failed: \(error)"
        case .stalled: "stalled"
        case .silent: "silent"
        case .superseded: "superseded"
        case .evicted: "evicted"
        case .reset: "reset"
        case .serverStopped: "stopped"
        }
    }
}
