import CSystem
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// The front for a person or a script.
protocol ChatFront {
    /// The descriptor to poll for input; nil while nothing is read.
    func inputNumber(_ view: ChatView) -> CInt?
    /// Handles input that is available, or its end.
    mutating func readInput()
    /// The next input event; nil if there is none now.
    mutating func nextEvent(_ view: ChatView) -> ChatMachine.Event?
    /// Tells the front about each event before its results are shown.
    mutating func notice(_ view: ChatView)
    mutating func show(_ line: ChatLine) throws(Errno)
    /// Updates the front with the chat's state.
    mutating func refresh(_ view: ChatView, now: Instant) throws(Errno)
    mutating func resize()
    /// The time when the front needs to be called even without input.
    var wakeAt: Instant { get }
    mutating func timePassed(at now: Instant)
    /// Restores the terminal for a while, and takes it over again.
    mutating func suspend()
    mutating func resume()
    /// A report on pasted lines that are unsent because the chat ends; nil if there are none.
    var unsentPaste: String? { get }
    /// Restores the terminal.
    ///
    /// - Returns: the lines of a script that were not handled: they will not be sent.
    mutating func end() -> [String]
}

/// The result of a run.
struct ChatEnd: Error {
    var exit: ChatExit
    var reason: String?
    /// The signal that ended it.
    var signal: CInt?
}

/// The loop of a chat: only here does the machine meet the clock, the socket and the terminal.
struct ChatLoop<Front: ChatFront> {
    private var machine: ChatMachine
    private var front: Front
    private let terminal: TerminalGuard
    private let connector: Connector
    private let server: ServerName
    /// Whether the connector has something to do.
    private var isConnecting = false
    private var connection: ChatConnection? {
        willSet { if connection?.speaksTLS == true { hasSpokenTLS = true } }
    }
    private var hasSpokenTLS = false
    /// Events that resulted from carrying out actions.
    private var events: [ChatMachine.Event] = []
    /// Actions that were not carried out when the run ended.
    private var undone: [ChatMachine.Action] = []

    init(_ machine: ChatMachine, front: Front, connector: Connector, terminal: TerminalGuard) {
        self.machine = machine
        self.front = front
        self.connector = connector
        server = connector.server
        self.terminal = terminal
    }

    mutating func run() -> ChatEnd {
        do throws(ChatEnd) {
            try handle(.started)
            while true {
                // Each event may make room for the next one: a script's lines wait for answers.
                while let event = front.nextEvent(machine.view) { try handle(event) }
                try refresh()
                try turn()
            }
        } catch {
            return end(error)
        }
    }

    /// Updates the front; the view is released before the machine changes, since shared storage would be copied.
    private mutating func refresh() throws(ChatEnd) {
        let view = machine.view
        try writing { () throws(Errno) in try front.refresh(view, now: .now) }
    }

    /// Names the unsent lines of a script: those that the chat has already taken come first.
    private mutating func end(_ end: ChatEnd) -> ChatEnd {
        var end = end
        for case .show(let line) in machine.abandon(undone) where line.kind == .failure { try? front.show(line) }
        if let paste = front.unsentPaste { end.reason = (end.reason.map { "\($0); " } ?? "") + paste }
        let lines = front.end()
        for text in machine.reports(ofUnsent: lines) { try? front.show(ChatLine(.failure, Timestamp.now, text)) }
        if !lines.isEmpty, end.exit == .done { end.exit = .usage }
        return end
    }

    // MARK: Waiting

    /// The time of the next refresh of a countdown, which the screen shows while there is no connection.
    private var countdownDeadline: Instant {
        if case .pausing = machine.connection.phase { .now + .seconds(1) } else { .never }
    }

    private mutating func turn() throws(ChatEnd) {
        let input = front.inputNumber(machine.view)
        // poll(2) ignores a negative descriptor.
        var entries = [
            pollfd(fd: terminal.descriptorNumber, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input ?? -1, events: Int16(POLLIN), revents: 0),
            connection?.pollEntry ?? pollfd(fd: -1, events: 0, revents: 0),
        ]
        if isConnecting { entries += connector.pollEntries }
        // Bytes that are decrypted already make no descriptor readable.
        let hasInput = connection?.hasInput == true
        let deadline =
            hasInput
            ? .now : min(machine.wakeAt, front.wakeAt, isConnecting ? connector.wakeAt : .never, countdownDeadline)
        do throws(Errno) {
            try Poll.wait(forAnyOf: &entries, until: deadline)
        } catch {
            throw ChatEnd(exit: .streamFailed, reason: "poll: \(error)")
        }
        if entries[0].revents != 0 { try signalsCame() }
        // The server first: data from it is no silence, whatever the clock says.
        let ready = Int32(entries[2].revents) | (hasInput ? POLLIN : 0)
        if ready != 0 { try socketIsReady(ready) }
        if entries[1].revents != 0 { front.readInput() }
        front.timePassed(at: .now)
        if isConnecting { try connect() }
        if Instant.now >= machine.wakeAt { try handle(.timePassed) }
    }

    private mutating func signalsCame() throws(ChatEnd) {
        for request in terminal.requests() {
            switch request {
            case .resize: front.resize()
            case .suspend:
                front.suspend()
                terminal.suspend()
                front.resume()
            case .stop(let signal):
                do throws(ChatEnd) {
                    try handle(.stopped)
                } catch {
                    throw ChatEnd(exit: error.exit, reason: error.reason, signal: signal)
                }
                throw ChatEnd(exit: .done, signal: signal)
            }
        }
    }

    private mutating func socketIsReady(_ ready: Int32) throws(ChatEnd) {
        guard let connection else { return }
        if ready & POLLOUT != 0 { connection.flush() }
        guard ready & ~POLLOUT != 0 else { return }
        var end: ChatEnd?
        let event = connection.receive { event in
            do throws(ChatEnd) {
                try handle(event)
            } catch {
                end = error
            }
            // The machine may have closed this connection or opened another.
            return end == nil && self.connection === connection
        }
        if let end { throw end }
        if let event, self.connection === connection { try handle(event) }
    }

    /// Continues to connect.
    private mutating func connect() throws(ChatEnd) {
        takeConnectorStep()
        while !events.isEmpty { try handle(events.removeFirst()) }
    }

    private mutating func takeConnectorStep() {
        switch connector.step(at: .now) {
        case .connected(let transport, _):
            connection = ChatConnection(transport, to: server, hasSpokenTLS: hasSpokenTLS)
            events.append(.connected)
        case .failed(let failure): events.append(.connectFailed(failure))
        case .none: return
        }
        isConnecting = false
    }

    // MARK: Carrying out actions

    private mutating func handle(_ event: ChatMachine.Event) throws(ChatEnd) {
        events.append(event)
        while !events.isEmpty {
            let event = events.removeFirst()
            let moment = Moment(monotonic: .now, time: Timestamp.now)
            let actions = machine.handle(event, at: moment)
            front.notice(machine.view)
            for (index, action) in actions.enumerated() {
                do throws(ChatEnd) {
                    try perform(action)
                } catch {
                    undone = Array(actions[(index + 1)...])
                    throw error
                }
            }
        }
    }

    private mutating func perform(_ action: ChatMachine.Action) throws(ChatEnd) {
        switch action {
        case .connect(let moment):
            connection = nil
            connector.start(at: .now, until: moment)
            isConnecting = true
            takeConnectorStep()
        case .disconnect:
            connection = nil
            connector.stop()
            isConnecting = false
        case .send(let bytes): connection?.send(bytes)
        case .show(let line): try writing { () throws(Errno) in try front.show(line) }
        case .quit(let exit, let reason):
            connection = nil
            throw ChatEnd(exit: exit, reason: reason)
        }
    }
}

/// Writes to a front; a failure ends the run, without a report if the output was closed, since whoever closed it knows.
private func writing(_ body: () throws(Errno) -> Void) throws(ChatEnd) {
    do throws(Errno) {
        try body()
    } catch {
        throw ChatEnd(
            exit: .streamFailed, reason: error.code == EPIPE ? nil : "cannot write standard output: \(error)")
    }
}
