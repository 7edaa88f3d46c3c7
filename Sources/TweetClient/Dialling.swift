/// Which address is tried until when, and how long to wait in between: what an ``Exchange`` and a ``Following`` share.
///
/// The rules alone; all times are milliseconds of one monotonic clock.
struct Dialling: Sendable {
    /// The pause after the first break; each later one is twice as long, up to the longest.
    static let firstPause: UInt64 = 50

    private let addressCount: Int
    private let longestPause: UInt64
    private(set) var address = 0
    /// Why the addresses before did not answer.
    private var failures: [String] = []
    /// Whether it stays with its address: another one may lead to another server, which knows neither what was sent nor
    /// the sequences.
    private(set) var isSettled = false
    private(set) var isPausing = false
    private var nextPause = firstPause
    /// How often in a row the connection has broken.
    private(set) var breaks = 0
    private var lastBreak = ""

    /// - Parameter addressCount: how many addresses the server's host has, at least one.
    init(addressCount: Int, longestPause: UInt64) {
        precondition(addressCount > 0, "a host has an address")
        self.addressCount = addressCount
        self.longestPause = longestPause
    }

    /// Begins to connect.
    ///
    /// - Parameter limit: when to give up altogether, later than now.
    /// - Returns: when to give up the address: each that is left gets the same share of the time, so that a dead one
    ///   does not eat all of it.
    mutating func connect(at now: UInt64, until limit: UInt64) -> UInt64 {
        isPausing = false
        return now + (limit - now) / (isSettled ? 1 : UInt64(addressCount - address))
    }

    mutating func settle() { isSettled = true }

    mutating func settle(on address: Int) {
        self.address = address
        isSettled = true
    }

    /// The address does not answer.
    ///
    /// - Parameter reason: which it is and why, `127.0.0.1:13001 (Connection refused)`.
    mutating func failed(_ reason: String) { failures.append(reason) }

    /// Goes on to the next address; false where that was the last one.
    mutating func advance() -> Bool {
        guard address + 1 < addressCount else { return false }
        address += 1
        return true
    }

    /// The connection has ended.
    mutating func broke(_ reason: String) {
        breaks += 1
        lastBreak = reason
    }

    /// Begins a pause and says until when it lasts.
    mutating func pause(at now: UInt64, until limit: UInt64) -> UInt64 {
        isPausing = true
        defer { nextPause = min(nextPause * 2, longestPause) }
        return min(now + nextPause, limit)
    }

    /// The server is there and does what it should: what happened before is forgotten.
    mutating func succeeded() {
        breaks = 0
        nextPause = Self.firstPause
    }

    // MARK: Giving up

    private var cannotConnect: String { "cannot connect to " + failures.joined(separator: " or ") }

    var unreachable: ClientError { ClientError(.unreachable, cannotConnect) }

    var noAnswer: ClientError {
        ClientError(.unreachable, "there was no answer, \(breaks) times; the last time: \(lastBreak)")
    }

    var timedOut: ClientError {
        var text = "timed out"
        if !isSettled, !failures.isEmpty { text += ": \(cannotConnect)" }
        if breaks > 0 { text += ": \(lastBreak)" }
        return ClientError(.timedOut, text)
    }
}
