public import TweetSystem

/// A server that does what a test tells it to, whatever the protocol says: one script for each connection, in order.
///
/// A connection waits until the script of the one before it is over, so that the order of the requests is the test's.
public final class ScriptedServer: Sendable {
    /// Every line that was read, without its line feed; empty where the stream ended instead.
    public let requests: Monitor<[String]>
    private let listener: LoopbackListener
    private let isOver: Monitor<Bool>

    public var address: SocketAddress { listener.address }
    public var port: UInt16 { listener.port }

    /// A server that stops listening when the last script is over.
    public convenience init(_ scripts: [Script]) throws {
        try self.init(scripts, connections: scripts.count)
    }

    /// A server that plays the last script again for each later connection.
    public convenience init(repeatingLast scripts: Script...) throws {
        try self.init(scripts, connections: .max)
    }

    private init(_ scripts: [Script], connections: Int) throws {
        let requests = Monitor<[String]>([])
        let isOver = Monitor(false)
        self.requests = requests
        self.isOver = isOver
        listener = try LoopbackListener(limit: connections, .oneByOne) { index, connection in
            // An error is a client that has gone in the middle of a script: the next one follows.
            try? scripts[min(index, scripts.count - 1)].play(connection, requests)
            // Closed first: whoever waits for the end finds all connections closed.
            connection.close()
            if index == connections - 1 { isOver.access { $0 = true } }
        }
    }

    /// The requests that came, in order, once all scripts are over.
    public func waitForRequests() throws -> [String] {
        guard isOver.wait(for: { $0 ? true : nil }) != nil else {
            throw HarnessError("not all scripts are over; the requests are \(requests.access { $0 })")
        }
        return requests.access { $0 }
    }
}

/// A server's moves on one connection, which it closes behind the last one.
public struct Script: Sendable, ExpressibleByArrayLiteral {
    public enum Move: Sendable {
        /// Waits for a line.
        case read
        case send([UInt8])
        /// Sends one byte at a time, each by itself.
        case trickle([UInt8])
        /// Ends the sending side.
        case finishSending
        /// Waits until the client goes, and drops what it sends.
        case awaitEnd
        /// Closes with a reset.
        case reset
        /// Has a real server answer a line, and does not tell the client.
        case swallow(port: UInt16)
        /// Passes a line on to a real server, and its answer to the client.
        case passOn(port: UInt16)

        public static func send(_ text: String) -> Move { .send(Array(text.utf8)) }
    }

    private let moves: [Move]

    public init(arrayLiteral moves: Move...) {
        self.moves = moves
    }

    /// Plays the script.
    ///
    /// - Throws: where the client goes before its end.
    func play(_ connection: TestConnection, _ requests: Monitor<[String]>) throws {
        func readRequest() throws -> String {
            do {
                let line = try connection.readLine() ?? ""
                requests.access { $0.append(line) }
                return line
            } catch {
                requests.access { $0.append("no whole line: \(connection.text)") }
                throw error
            }
        }
        for move in moves {
            switch move {
            case .read: _ = try readRequest()
            case .send(let bytes): try connection.send(bytes)
            case .trickle(let bytes): for byte in bytes { try connection.send([byte]) }
            case .finishSending: connection.finishSending()
            case .awaitEnd: _ = try connection.readToEnd()
            case .reset: try connection.reset()
            case .swallow(let port): _ = try TestConnection(port: port).request(try readRequest())
            case .passOn(let port):
                guard let answer = try TestConnection(port: port).request(try readRequest()) else { return }
                try connection.send(answer + "\n")
            }
        }
    }
}

// MARK: Common scripts

extension Script {
    /// Reads a line, sends this, and leaves the end to the client.
    public static func answer(_ bytes: [UInt8]) -> Script { [.read, .send(bytes), .awaitEnd] }

    /// Reads a line, sends this, ends its side, and waits for the client's end.
    public static func answerAndFinish(_ bytes: [UInt8]) -> Script {
        [.read, .send(bytes), .finishSending, .awaitEnd]
    }

    public static func answerAndFinish(_ text: String) -> Script { answerAndFinish(Array(text.utf8)) }

    /// Reads a line, sends this one byte at a time, and leaves the end to the client.
    public static func trickle(_ bytes: [UInt8]) -> Script { [.read, .trickle(bytes), .awaitEnd] }

    /// Sends this without being asked, and leaves the end to the client.
    public static func shout(_ text: String) -> Script { [.send(text), .awaitEnd] }

    /// Reads a line, sends this and closes.
    public static func hangUp(after bytes: [UInt8] = []) -> Script { [.read, .send(bytes)] }

    /// Reads a line, sends this and resets the connection.
    public static func reset(after bytes: [UInt8] = []) -> Script { [.read, .send(bytes), .reset] }

    /// Reads what comes and never says anything.
    public static var silence: Script { [.read, .awaitEnd] }

    /// Closes before anything is read.
    public static var slam: Script { [] }

    /// Reads a line, has a real server answer it, and closes without telling the client.
    public static func swallow(port: UInt16) -> Script { [.swallow(port: port)] }

    /// Passes a line on to a real server, and its answer to the client.
    public static func passOn(port: UInt16) -> Script { [.passOn(port: port), .awaitEnd] }
}
