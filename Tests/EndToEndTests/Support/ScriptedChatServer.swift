import CSystem
import Foundation
import TweetSystem

/// A server for chats whose answers a test makes up, one request after the other.
final class ScriptedChatServer: Sendable {
    /// The server's reaction to a request's line.
    enum Reply {
        case lines([String])
        /// The connection is closed without a word.
        case close

        static func line(_ line: String) -> Reply { .lines([line]) }
    }

    let port: UInt16
    /// Every line that came, in order.
    let requests = Monitor<[String]>([])
    private let connections = Monitor<[WireClient]>([])
    private let listener: CInt

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
    ///   - answer: given the connection's number from 0, and the line; none is the plain answer.
    init(port: UInt16 = 0, answer: @escaping @Sendable (Int, String) -> Reply? = { _, _ in nil }) throws {
        guard let address = try SocketAddress.lookup(host: "127.0.0.1", port: port).first else {
            throw HarnessError("127.0.0.1 has no address")
        }
        let opened = try Descriptor.listener(at: address, backlog: 16)
        self.port = try opened.localAddress().port
        let listener = dup(opened.number)
        self.listener = listener
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK)
        _ = csystem_set_close_on_exec(listener)
        Thread.detachNewThread { [requests, connections] in
            defer { close(listener) }
            for index in 0... {
                let number = accept(listener, nil, nil)
                guard number >= 0 else { return }
                _ = csystem_set_close_on_exec(number)
                let client = WireClient(accepted: number)
                connections.access { $0.append(client) }
                Thread.detachNewThread {
                    while let line = try? client.readLine() {
                        let reply = answer(index, line) ?? Self.plainAnswer(line)
                        if case .lines(let lines) = reply { for line in lines { try? client.send(line + "\n") } }
                        // Written down once it is answered: what is pushed then comes behind the answer.
                        requests.access { $0.append(line) }
                        if case .close = reply {
                            shutdown(client.number, CInt(SHUT_RDWR))
                            return
                        }
                    }
                }
            }
        }
    }

    deinit {
        // The thread that accepts closes it: the number may be another's as soon as it is closed.
        cutOff()
        shutdown(listener, CInt(SHUT_RDWR))
    }

    /// Says something to all who are connected.
    func push(_ line: String) {
        for client in connections.access({ $0 }) { try? client.send(line + "\n") }
    }

    /// Ends all connections; new ones are served as before.
    func cutOff() {
        for client in connections.access({ $0 }) { shutdown(client.number, CInt(SHUT_RDWR)) }
    }

    /// Waits for a request that contains a text.
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
