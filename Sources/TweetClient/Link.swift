import CSystem
import TweetModel
public import TweetSystem

/// Rules that say what to do on a connection, are told what came of it, and say what to do next.
///
/// All times are milliseconds of one monotonic clock.
protocol ConnectionRules {
    associatedtype Action

    mutating func connected(at now: UInt64) -> Action
    mutating func connectFailed(_ reason: String, at now: UInt64) -> Action
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: UInt64) -> Action
    mutating func broken(_ reason: String, at now: UInt64) -> Action
    mutating func timePassed(at now: UInt64) -> Action
}

/// A client's way to a server, one connection at a time: here and nowhere else rules meet the clock and the sockets.
public struct Link: ~Copyable {
    let addresses: [SocketAddress]
    let reporter: Reporter
    /// Whether the kernel watches a connection on which nothing comes.
    private let keepsAlive: Bool
    /// The address of the connection, or of the last try.
    private(set) var address = 0
    private var connection: ClientConnection?

    /// - Parameter addresses: the server's, at least one.
    public init(to addresses: [SocketAddress], keepsAlive: Bool = false, reporter: Reporter) {
        self.addresses = addresses
        self.keepsAlive = keepsAlive
        self.reporter = reporter
    }

    var isConnected: Bool {
        switch connection {
        case .some: true
        case .none: false
        }
    }

    /// Closes what is open and connects.
    mutating func connect<Rules: ConnectionRules>(
        to index: Int, until moment: UInt64, _ rules: inout Rules
    ) -> Rules.Action {
        connection = nil
        address = index
        let address = addresses[index]
        do throws(Errno) {
            let opened = try ClientConnection(to: address, until: moment)
            if keepsAlive { opened.keepAlive() }
            connection = consume opened
            reporter.note(.connection, "connected to \(address)")
            return rules.connected(at: Clock.monotonicMilliseconds)
        } catch {
            return rules.connectFailed("\(address) (\(error))", at: Clock.monotonicMilliseconds)
        }
    }

    /// Sends all bytes, and then receives.
    mutating func send<Rules: ConnectionRules>(
        _ bytes: [UInt8], until moment: UInt64, _ rules: inout Rules
    ) -> Rules.Action {
        switch connection {
        case .some(let open): Self.send(bytes, over: open, until: moment, &rules)
        case .none: preconditionFailure("who sends is connected")
        }
    }

    private static func send<Rules: ConnectionRules>(
        _ bytes: [UInt8], over connection: borrowing ClientConnection, until moment: UInt64, _ rules: inout Rules
    ) -> Rules.Action {
        do throws(Errno) {
            guard try connection.send(bytes, until: moment) else {
                return rules.timePassed(at: Clock.monotonicMilliseconds)
            }
        } catch {
            // The server may have said why it closes: reading gives that first, and then the end.
            guard error.code == EPIPE || error.code == ECONNRESET else {
                return rules.broken("\(error)", at: Clock.monotonicMilliseconds)
            }
        }
        return receive(from: connection, until: moment, &rules)
    }

    /// Waits for bytes and takes what is there.
    mutating func receive<Rules: ConnectionRules>(until moment: UInt64, _ rules: inout Rules) -> Rules.Action {
        switch connection {
        case .some(let open): Self.receive(from: open, until: moment, &rules)
        case .none: preconditionFailure("who receives is connected")
        }
    }

    private static func receive<Rules: ConnectionRules>(
        from connection: borrowing ClientConnection, until moment: UInt64, _ rules: inout Rules
    ) -> Rules.Action {
        withUnsafeTemporaryAllocation(byteCount: Limits.readBytes, alignment: 16) { buffer in
            do throws(Errno) {
                let count = try connection.receive(into: buffer, until: moment)
                let now = Clock.monotonicMilliseconds
                guard let count else { return rules.timePassed(at: now) }
                if count == 0 { return rules.broken("the server closed the connection", at: now) }
                return rules.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: now)
            } catch {
                return rules.broken("\(error)", at: Clock.monotonicMilliseconds)
            }
        }
    }

    /// Waits for bytes no longer than somebody reads a stream of this process; false when nobody does any more.
    func wait(until moment: UInt64, orEndOf stream: StandardStream) -> Bool {
        switch connection {
        // What is wrong with the connection, receiving tells.
        case .some(let open): (try? open.wait(until: moment, orEndOf: stream)) ?? true
        case .none: true
        }
    }

    /// Closes what is open and waits.
    ///
    /// - Parameter report: why, for the log.
    mutating func pause<Rules: ConnectionRules>(
        until moment: UInt64, report: String, _ rules: inout Rules
    ) -> Rules.Action {
        connection = nil
        reporter.note(.connection, report)
        while true {
            let now = Clock.monotonicMilliseconds
            guard now < moment else { break }
            poll(nil, 0, CInt(clamping: moment - now))
        }
        return rules.timePassed(at: Clock.monotonicMilliseconds)
    }
}
