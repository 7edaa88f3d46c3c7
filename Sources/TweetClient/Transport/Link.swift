import CSystem
import TweetModel
import TweetSystem

/// A client's way to a server, one connection at a time: here and nowhere else rules meet the clock and the sockets.
public struct Link: ~Copyable {
    let reporter: Reporter
    private let connector: Connector
    /// Whether the kernel is to give up a server that has vanished.
    private let isLong: Bool
    private var connection: ClientConnection?
    /// The address of the connection, or of the last one.
    private(set) var address: SocketAddress?
    /// The address of a connection before that led elsewhere.
    private(set) var formerAddress: SocketAddress?

    var server: ServerName { connector.server }

    /// - Parameter isLong: whether a connection may last longer than the kernel takes to notice that a server has
    ///   vanished.
    public init(to server: ServerName, isLong: Bool = false, reporter: Reporter) {
        self.init(Connector(to: server), isLong: isLong, reporter: reporter)
    }

    init(_ connector: Connector, isLong: Bool = false, reporter: Reporter) {
        self.connector = connector
        self.isLong = isLong
        self.reporter = reporter
    }

    var isConnected: Bool {
        switch connection {
        case .some: true
        case .none: false
        }
    }

    /// Closes what is open, looks the server's name up and connects.
    mutating func connect<Rules: ConnectionRules>(until moment: Instant, _ rules: inout Rules) -> Rules.Action {
        connection = nil
        connector.start(at: .now, until: moment)
        while true {
            let now = Instant.now
            switch connector.step(at: now) {
            case .connected(let socket, let address):
                opened(ClientConnection(socket), address)
                return rules.connected(at: now)
            case .failed(let failure): return rules.connectFailed(failure, at: now)
            case .none: break
            }
            var entries = connector.pollEntries
            // It fails only for want of memory: then it looks again at once.
            try? Poll.wait(forAnyOf: &entries, until: connector.wakeAt)
        }
    }

    private mutating func opened(_ opened: consuming ClientConnection, _ address: SocketAddress) {
        if isLong { opened.giveUpVanishedServer() }
        connection = consume opened
        if let former = self.address, !former.isSame(as: address) { formerAddress = former }
        self.address = address
        reporter.note(.connection, "connected to \(address)")
    }

    /// Sends all bytes, and then receives.
    mutating func send<Rules: ConnectionRules>(
        _ bytes: [UInt8], until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action {
        switch connection {
        case .some(let open): Self.send(bytes, over: open, until: moment, &rules)
        case .none: preconditionFailure("whoever sends is connected")
        }
    }

    private static func send<Rules: ConnectionRules>(
        _ bytes: [UInt8], over connection: borrowing ClientConnection, until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action {
        do throws(Errno) {
            guard try connection.send(bytes, until: moment) else {
                return rules.timePassed(at: .now)
            }
        } catch {
            // The server may have said why it closes: reading gives that first, and then the end.
            guard error.code == EPIPE || error.code == ECONNRESET else {
                return rules.broken("\(error)", at: .now)
            }
        }
        return receive(from: connection, until: moment, &rules)
    }

    /// Sends all bytes and waits for nothing else.
    ///
    /// - Returns: why the connection is broken, if it is.
    func transmit(_ bytes: [UInt8], until moment: Instant) -> String? {
        switch connection {
        case .some(let open):
            do throws(Errno) {
                return try open.send(bytes, until: moment) ? nil : "the server takes nothing"
            } catch {
                // Reading gives what the server has said last, and then the end.
                return error.code == EPIPE || error.code == ECONNRESET ? nil : "\(error)"
            }
        case .none: preconditionFailure("whoever sends is connected")
        }
    }

    /// Closes what is open.
    mutating func close() { connection = nil }

    /// Waits for bytes and takes what is there.
    mutating func receive<Rules: ConnectionRules>(until moment: Instant, _ rules: inout Rules) -> Rules.Action {
        switch connection {
        case .some(let open): Self.receive(from: open, until: moment, &rules)
        case .none: preconditionFailure("whoever receives is connected")
        }
    }

    private static func receive<Rules: ConnectionRules>(
        from connection: borrowing ClientConnection, until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action {
        withUnsafeTemporaryAllocation(byteCount: SocketLimits.readBytes, alignment: 16) { buffer in
            do throws(Errno) {
                let count = try connection.receive(into: buffer, until: moment)
                let now = Instant.now
                guard let count else { return rules.timePassed(at: now) }
                if count == 0 { return rules.broken("the server closed the connection", at: now) }
                return rules.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: now)
            } catch {
                return rules.broken("\(error)", at: .now)
            }
        }
    }

    /// The reason that a wait ended.
    enum Wakening {
        case server, input, interruption, time
    }

    /// Waits for bytes from the server, if it is connected, for a stream of this process and for an interruption.
    ///
    /// - Parameter input: nil where the stream is not waited for.
    func wait(until moment: Instant, input: StandardStream?, interruption: WakeUp) -> Wakening {
        let number: CInt =
            switch connection {
            case .some(let open): open.number
            case .none: -1
            }
        // A negative number is passed over: see poll(2).
        let watched = [number, input?.rawValue ?? -1, interruption.descriptorNumber]
        var entries = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // It fails only for want of memory: then the rules look at the clock and wait again.
        try? Poll.wait(forAnyOf: &entries, until: moment)
        if entries[2].revents != 0 { return .interruption }
        // What makes room for more goes before what fills it.
        if entries[0].revents != 0 { return .server }
        return entries[1].revents != 0 ? .input : .time
    }

    /// Waits for bytes no longer than somebody reads a stream of this process; false when nobody does any more.
    func wait(until moment: Instant, orEndOf stream: StandardStream) -> Bool {
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
        until moment: Instant, report: String, _ rules: inout Rules
    ) -> Rules.Action {
        connection = nil
        reporter.note(.connection, report)
        Poll.pause(until: moment)
        return rules.timePassed(at: .now)
    }
}
