public import TweetSystem

/// A server that follows a test's scripts, whatever the protocol says: one script for each connection, in order.
///
/// A connection waits until the previous connection's script is over, so that the test decides the order of requests.
public final class ScriptedServer: Sendable {
    /// Every line that was read, without its line feed; an empty string where the stream ended instead.
    public let requests: Monitor<[String]>
    private let listener: LoopbackListener
    private let isOver: Monitor<Bool>

    public var address: SocketAddress { listener.address }
    public var port: UInt16 { listener.port }

    /// Starts a server that stops listening after the last script.
    public convenience init(_ scripts: [Script]) throws {
        try self.init(scripts, connections: scripts.count)
    }

    /// Starts a server that plays the last script again for each later connection.
    public convenience init(repeatingLast scripts: Script...) throws {
        try self.init(scripts, connections: .max)
    }

    private init(_ scripts: [Script], connections: Int) throws {
        let requests = Monitor<[String]>([])
        let isOver = Monitor(false)
        self.requests = requests
        self.isOver = isOver
        listener = try LoopbackListener(limit: connections, .oneByOne) { index, connection in
            // An error means that the client left in the middle of a script; the next script follows.
            try? scripts[min(index, scripts.count - 1)].play(connection, requests)
            // Closes first, so that a test that waits for the end finds all connections closed.
            connection.close()
            if index == connections - 1 { isOver.access { $0 = true } }
        }
    }

    /// Waits until all scripts are over, and returns the requests in order.
    public func waitForRequests() throws -> [String] {
        guard isOver.wait(for: { $0 ? true : nil }) != nil else {
            throw HarnessError("not all scripts are over; the requests are \(requests.access { $0 })")
        }
        return requests.access { $0 }
    }
}

/// A server's moves on one connection; the server closes the connection after the last move.
public struct Script: Sendable, ExpressibleByArrayLiteral {
    public enum Move: Sendable {
        /// Waits for a line.
        case read
        case send([UInt8])
        /// Sends the bytes one at a time.
        case trickle([UInt8])
        /// Sends the bytes again and again until the client leaves.
        case flood([UInt8])
        /// Ends the sending side.
        case finishSending
        /// Waits until the client closes the connection, and drops everything that the client sends.
        case awaitEnd
        /// Closes with a reset.
        case reset
        /// Passes a line on to a real server, and drops the answer.
        case swallow(port: UInt16)
        /// Passes a line on to a real server, and the answer back to the client.
        case passOn(port: UInt16)

        public static func send(_ text: String) -> Move { .send(Array(text.utf8)) }
        public static func flood(_ text: String) -> Move { .flood(Array(text.utf8)) }
    }

    private let moves: [Move]

    public init(arrayLiteral moves: Move...) {
        self.init(moves)
    }

    public init(_ moves: [Move]) {
        self.moves = moves
    }

    /// Plays the script.
    ///
    /// - Throws: an error if the client leaves before the script ends.
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
            case .flood(let bytes): while true { try connection.send(bytes) }
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
    /// Reads a line, sends the bytes, and waits until the client closes.
    public static func answer(_ bytes: [UInt8]) -> Script { [.read, .send(bytes), .awaitEnd] }

    /// Reads a line, sends the bytes, ends the sending side, and waits until the client closes.
    public static func answerAndFinish(_ bytes: [UInt8]) -> Script {
        [.read, .send(bytes), .finishSending, .awaitEnd]
    }

    public static func answerAndFinish(_ text: String) -> Script { answerAndFinish(Array(text.utf8)) }

    /// Reads a line, sends the bytes one at a time, and waits until the client closes.
    public static func trickle(_ bytes: [UInt8]) -> Script { [.read, .trickle(bytes), .awaitEnd] }

    /// Sends the text without a request, and waits until the client closes.
    public static func shout(_ text: String) -> Script { [.send(text), .awaitEnd] }

    /// Reads a line, and sends the bytes again and again.
    public static func flood(_ text: String) -> Script { [.read, .flood(text)] }

    /// Reads a line, sends the bytes and closes the connection.
    public static func hangUp(after bytes: [UInt8] = []) -> Script { [.read, .send(bytes)] }

    /// Reads a line, sends the bytes and resets the connection.
    public static func reset(after bytes: [UInt8] = []) -> Script { [.read, .send(bytes), .reset] }

    /// Reads everything and never answers.
    public static var silence: Script { [.read, .awaitEnd] }

    /// Closes the connection without reading anything.
    public static var slam: Script { [] }

    /// Passes a line on to a real server, drops the answer and closes the connection.
    public static func swallow(port: UInt16) -> Script { [.swallow(port: port)] }

    /// Passes a line on to a real server, and the answer back to the client.
    public static func passOn(port: UInt16) -> Script { [.passOn(port: port), .awaitEnd] }
}
