import TweetSystem

/// Counts the failed attempts to reach a server, computes the pause before the next one, and words the final error.
///
/// ``Exchange``, ``Following`` and ``LineUploads`` share it. It has no clock and no socket.
struct RetryBackoff: Sendable {
    /// The pause after the first break; each later one is twice as long, up to the longest.
    static let firstPause: Duration = .milliseconds(50)
    /// The longest pause that a server may ask for: a wrong or hostile one must not make a run sleep for years.
    private static let longestRequested: Duration = .seconds(300)

    let server: ServerName
    private let jitter: Jitter
    private var attempts: ConnectAttempts
    /// Whether there has been a connection.
    private(set) var hasConnected = false
    private(set) var isPausing = false
    /// The failure of the last connection attempt; nil if it succeeded.
    private(set) var lastFailure: ConnectFailure?
    /// The number of consecutive failures.
    private(set) var breaks = 0
    private var lastBreak = ""
    /// The time before which the server asked not to come back, if the last break was such a refusal.
    private var lastReturn: Duration?
    /// Whether the server has asked to come back later, and has not worked since.
    private(set) var isPutOff = false

    init(_ server: ServerName, longestPause: Duration, jitter: Jitter) {
        self.server = server
        self.jitter = jitter
        attempts = ConnectAttempts(firstPause: Self.firstPause, longestPause: longestPause)
    }

    /// Begins to connect.
    mutating func connect() { isPausing = false }

    mutating func connected() {
        hasConnected = true
        attempts.connected()
        lastFailure = nil
    }

    /// Whether retrying cannot help: an unknown host is probably misspelled.
    func isHopeless(_ failure: ConnectFailure) -> Bool { attempts.isHopeless(failure) }

    /// Notes a failed connection attempt.
    mutating func failed(_ failure: ConnectFailure) {
        lastFailure = failure
        attempts.failed(failure)
    }

    /// Notes a broken connection, one that could not be made, or a refusal that may pass.
    ///
    /// - Parameter span: the time before which the server asked not to come back; nil if it did not.
    mutating func broke(_ reason: String, returnAfter span: Duration? = nil) {
        breaks += 1
        (lastBreak, lastReturn) = (reason, span)
    }

    /// Notes that the server works and asks to come back later.
    mutating func putOff(_ reason: String, returnAfter span: Duration) {
        isPutOff = true
        (lastBreak, lastReturn) = (reason, span)
    }

    /// Makes the next pause at least as long as the server asked for.
    mutating func comeBack(after span: Duration, at now: Instant, until limit: Instant) {
        attempts.comeBack(after: jitter.extend(min(span, Self.longestRequested), within: limit - now))
    }

    /// Begins a pause and returns its end; see ``ConnectAttempts/pause(at:until:)``.
    mutating func pause(at now: Instant, until limit: Instant) -> Instant {
        isPausing = true
        return attempts.pause(at: now, until: limit)
    }

    /// Resets the failures, since the server works.
    mutating func succeeded() {
        breaks = 0
        isPutOff = false
        attempts.succeeded()
    }

    // MARK: Giving up

    /// The error if the server keeps closing the connection.
    var noAnswer: ClientError {
        ClientError(.unreachable, "no answer from \(server), \(breaks) times; the last time: \(lastBreak)")
    }

    /// - Parameter span: the time spent retrying.
    func timedOut(after span: Duration) -> ClientError {
        var text = "timed out: no answer from \(server) within \(Self.seconds(span))"
        if let lastFailure {
            text += ": \(lastFailure.text)"
        } else if breaks > 0 || isPutOff {
            text += ": \(lastBreak)\(ClientError.advice(onReturnAfter: lastReturn))"
        }
        return ClientError(.timedOut, text)
    }

    /// A span in seconds for a person, to a tenth: `10 s`, `2.5 s`; below a second to a hundredth: `0.25 s`.
    static func seconds(_ span: Duration) -> String {
        let milliseconds = span.inMilliseconds
        let unit: Int64 = milliseconds < 1000 ? 10 : 100
        let rounded = (milliseconds + unit / 2) / unit * unit
        var fraction = String(1000 + rounded % 1000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(rounded / 1000)\(fraction.isEmpty ? "" : ".\(fraction)") s"
    }
}
