import CSystem
import TweetModel
import TweetSystem
import TweetTLS

/// A client's link to a server, one connection at a time: only here do the rules meet the clock and the sockets.
public struct Link: ~Copyable {
    let reporter: Reporter
    private let connector: Connector
    /// Whether the kernel should disconnect from a server that has vanished.
    private let isLong: Bool
    private var connection: ClientConnection?
    /// Whether the server has spoken TLS: from then on, that it does not is a passing fault.
    private var hasSpokenTLS = false
    /// The address of the connection, or of the last one.
    private(set) var address: SocketAddress?
    /// The address of an earlier connection, if it was another one.
    private(set) var formerAddress: SocketAddress?

    var server: ServerName { connector.server }

    /// - Parameter isLong: whether a connection may last longer than the kernel takes to notice that a server has
    ///   vanished.
    public init(_ connector: Connector, isLong: Bool = false, reporter: Reporter) {
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

    /// Closes the open connection, looks up the server's name and connects.
    mutating func connect<Rules: ConnectionRules>(until moment: Instant, _ rules: inout Rules) -> Rules.Action {
        close()
        connector.start(at: .now, until: moment)
        while true {
            let now = Instant.now
            switch connector.step(at: now) {
            case .connected(let transport, let address):
                opened(ClientConnection(transport), address)
                return rules.connected(at: now)
            case .failed(let failure): return rules.connectFailed(failure, at: now)
            case .none: break
            }
            var entries = connector.pollEntries
            // It fails only for lack of memory: the loop polls again at once.
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
    func send<Rules: ConnectionRules>(
        _ bytes: [UInt8], until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action {
        switch connection {
        case .some(let open): send(bytes, over: open, until: moment, &rules)
        case .none: preconditionFailure("whoever sends is connected")
        }
    }

    private func send<Rules: ConnectionRules>(
        _ bytes: [UInt8], over connection: borrowing ClientConnection, until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action {
        do throws(TLSFailure) {
            guard try finishHandshake(of: connection, until: moment, &rules) else { return rules.timePassed(at: .now) }
        } catch {
            return failed(error, &rules)
        }
        do throws(TLSFailure) {
            guard try connection.send(bytes, until: moment) else {
                return rules.timePassed(at: .now)
            }
        } catch {
            // The server may have said why it closes: reading returns that first, and then the end.
            guard error.isClosedByPeer else { return failed(error, &rules) }
        }
        return receive(from: connection, until: moment, &rules)
    }

    /// Does the handshake of a new connection, before which nothing is sent.
    ///
    /// - Returns: false if the time limit was reached first.
    private func finishHandshake<Rules: ConnectionRules>(
        of connection: borrowing ClientConnection, until moment: Instant, _ rules: inout Rules
    ) throws(TLSFailure) -> Bool {
        if connection.isInHandshake {
            do throws(TLSFailure) {
                guard try connection.finishHandshake(until: moment) else {
                    rules.nothingSent()
                    return false
                }
            } catch {
                rules.nothingSent()
                throw error
            }
        }
        RunTimer.setOutcome(rules.openClause)
        return true
    }

    /// Sends all bytes and waits for nothing else.
    ///
    /// - Returns: the rules' action if the connection is broken or cannot be used; otherwise nil.
    func transmit<Rules: ConnectionRules>(
        _ bytes: [UInt8], until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action? {
        switch connection {
        case .some(let open):
            do throws(TLSFailure) {
                guard try finishHandshake(of: open, until: moment, &rules) else {
                    return rules.broken("the server does not finish the TLS handshake", at: .now)
                }
            } catch {
                return failed(error, &rules)
            }
            do throws(TLSFailure) {
                return try open.send(bytes, until: moment) ? nil : rules.broken("the server accepts no data", at: .now)
            } catch {
                // Reading returns the server's last words first, and then the end.
                return error.isClosedByPeer ? nil : failed(error, &rules)
            }
        case .none: preconditionFailure("whoever sends is connected")
        }
    }

    /// Closes the connection.
    mutating func close() {
        if isSecured { hasSpokenTLS = true }
        connection = nil
    }

    private var isSecured: Bool {
        switch connection {
        case .some(let open): open.isSecured
        case .none: false
        }
    }

    private func failed<Rules: ConnectionRules>(_ failure: TLSFailure, _ rules: inout Rules) -> Rules.Action {
        failure.isLasting(hasSpokenTLS: hasSpokenTLS || isSecured)
            ? rules.refused(failure, at: .now) : rules.broken("\(failure)", at: .now)
    }

    /// Waits for bytes and handles the available ones.
    func receive<Rules: ConnectionRules>(until moment: Instant, _ rules: inout Rules) -> Rules.Action {
        switch connection {
        case .some(let open): receive(from: open, until: moment, &rules)
        case .none: preconditionFailure("whoever receives is connected")
        }
    }

    private func receive<Rules: ConnectionRules>(
        from connection: borrowing ClientConnection, until moment: Instant, _ rules: inout Rules
    ) -> Rules.Action {
        withUnsafeTemporaryAllocation(byteCount: SocketLimits.readBytes, alignment: 16) { buffer in
            do throws(TLSFailure) {
                let count = try connection.receive(into: buffer, until: moment)
                let now = Instant.now
                guard let count else { return rules.timePassed(at: now) }
                if count == 0 { return rules.broken("the server closed the connection", at: now) }
                return rules.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: now)
            } catch {
                return failed(error, &rules)
            }
        }
    }

    /// The reason why a wait ended.
    enum Wakening {
        case server, input, interruption, time
    }

    /// Waits for bytes from the server, if connected, for a stream of this process and for an interruption.
    ///
    /// - Parameter input: the stream; nil to wait for none.
    func wait(until moment: Instant, input: StandardStream?, interruption: WakeUp) -> Wakening {
        let number: CInt
        let hasInput: Bool
        switch connection {
        case .some(let open): (number, hasInput) = (open.number, open.hasInput)
        case .none: (number, hasInput) = (-1, false)
        }
        // poll(2) ignores a negative number.
        let watched = [number, input?.rawValue ?? -1, interruption.descriptorNumber]
        var entries = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // It fails only for lack of memory: the rules check the clock and wait again.
        try? Poll.wait(forAnyOf: &entries, until: hasInput ? .now : moment)
        if entries[2].revents != 0 { return .interruption }
        // Events that make room come before those that need it.
        if hasInput || entries[0].revents != 0 { return .server }
        return entries[1].revents != 0 ? .input : .time
    }

    /// Waits for bytes as long as a stream of this process has a reader; false if it has none.
    func wait(until moment: Instant, orEndOf stream: StandardStream) -> Bool {
        switch connection {
        // A failure of the connection is reported by the next receive.
        case .some(let open): (try? open.wait(until: moment, orEndOf: stream)) ?? true
        case .none: true
        }
    }

    /// Closes the connection and waits.
    ///
    /// - Parameter report: the reason, for the log.
    mutating func pause<Rules: ConnectionRules>(
        until moment: Instant, report: String, _ rules: inout Rules
    ) -> Rules.Action {
        close()
        reporter.note(.connection, report)
        Poll.pause(until: moment)
        return rules.timePassed(at: .now)
    }
}
