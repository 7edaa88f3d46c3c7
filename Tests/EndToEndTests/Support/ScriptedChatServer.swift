import TestSupport
import TweetSystem

/// A server for chats; the test makes up the answer to each request.
///
/// Unlike a ``ScriptedServer``, it answers each line by itself, on all connections at once: a chat chooses the order of
/// its requests, and reconnects while an earlier connection may still be open.
final class ScriptedChatServer: Sendable {
    /// The server's reaction to a request's line.
    enum Reply {
        case lines([String])
        /// Closes the connection without an answer.
        case close

        static func line(_ line: String) -> Reply { .lines([line]) }
    }

    /// Every line that was received, in order.
    let requests: Monitor<[String]>
    private let listener: LoopbackListener
    /// All connections so far; they stay open until the client ends them.
    private let connections: Monitor<[TestConnection]>

    var port: UInt16 { listener.port }

    /// The answer of an empty server, for tests that need no other.
    static func plainAnswer(_ line: String) -> Reply {
        let operation = line.split(separator: "\"").dropFirst().first ?? ""
        switch operation {
        case "d": return .line(#"["ok",{"text":"Empty Message"}]"#)
        case "name", "login", "signup": return .line(#"["ok",{"name":"ana","pending":0}]"#)
        case "who", "inbox", "read", "tags": return .line(#"["ok",{"count":0}]"#)
        case "follow": return .line(#"["ok",{"seq":10}]"#)
        case "message":
            return .line(#"["ok",{"seq":null,"time":null,"from":"ana","to":["bob"],"text":"stored","read":null}]"#)
        case "u": return .line(#"["ok",{"seq":11,"text":"stored"}]"#)
        default: return .line(#"["ok",{}]"#)
        }
    }

    /// - Parameters:
    ///   - port: 0 picks a free one.
    ///   - answer: gets the connection's number, counted from 0, and the line; nil gives the plain answer.
    init(port: UInt16 = 0, answer: @escaping @Sendable (Int, String) -> Reply? = { _, _ in nil }) throws {
        let requests = Monitor<[String]>([])
        let connections = Monitor<[TestConnection]>([])
        self.requests = requests
        self.connections = connections
        listener = try LoopbackListener(port: port, .atOnce) { index, connection in
            connections.access { $0.append(connection) }
            while let line = try? connection.readLine() {
                let reply = answer(index, line) ?? Self.plainAnswer(line)
                if case .lines(let lines) = reply { for line in lines { try? connection.send(line + "\n") } }
                // Records the request after its answer, so that a test that waits for it pushes after the answer.
                requests.access { $0.append(line) }
                if case .close = reply { return connection.disconnect() }
            }
        }
    }

    deinit {
        disconnectAll()
    }

    /// Sends a line to all connected clients.
    func push(_ line: String) {
        for connection in connections.access({ $0 }) { try? connection.send(line + "\n") }
    }

    /// Disconnects all clients; new connections are served as before.
    func disconnectAll() {
        for connection in connections.access({ $0 }) { connection.disconnect() }
    }

    /// Waits until the given number of requests contain a text, and returns them.
    @discardableResult
    func awaitRequest(_ text: String, count: Int = 1) throws -> [String] {
        let found = requests.wait { requests -> [String]? in
            let matching = requests.filter { $0.contains(text) }
            return matching.count >= count ? matching : nil
        }
        guard let found else { throw HarnessError("no \(count) requests with \(text): \(requests.access { $0 })") }
        return found
    }
}
