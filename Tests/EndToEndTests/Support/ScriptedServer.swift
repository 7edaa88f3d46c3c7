import CSystem
import Foundation
import TweetSystem

/// A server that does what a test tells it to, whatever the protocol says.
final class ScriptedServer: Sendable {
    /// The server's action on one connection; the last step is also that of all later connections.
    enum Step: Sendable {
        /// Reads a line, sends this, ends its side, and waits for the client's end.
        case answer([UInt8])
        /// Sends this without being asked, and waits for the client's end.
        case shout(String)
        /// Reads a line and closes.
        case hangUp
        /// Reads a line and resets the connection.
        case reset
        /// Reads what comes and never says anything.
        case silence
        /// Reads a line, has the real server answer it, and closes without telling the client.
        case swallow(port: UInt16)
        /// Passes on a line to the real server, and its answer to the client.
        case passOn(port: UInt16)

        static func answer(_ text: String) -> Step { .answer(Array(text.utf8)) }
    }

    let port: UInt16
    /// The first line of each connection, as far as it was read.
    let requests = Monitor<[String]>([])
    private let listener: CInt

    init(_ steps: Step...) throws {
        let listener = csystem_stream_socket(AF_INET)
        self.listener = listener
        guard let any = try SocketAddress.lookup(host: "127.0.0.1", port: 0).first,
            any.withSocketAddress({ bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0
        else { throw HarnessError("cannot listen") }
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(listener, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [requests] in
            defer { close(listener) }
            for index in 0... {
                let number = accept(listener, nil, nil)
                guard number >= 0 else { return }
                _ = csystem_set_close_on_exec(number)
                let client = WireClient(accepted: number)
                Thread.detachNewThread {
                    try? Self.serve(client, steps[min(index, steps.count - 1)], requests)
                }
            }
        }
    }

    deinit {
        // The thread that accepts closes it: the number may be another's as soon as it is closed.
        shutdown(listener, CInt(SHUT_RDWR))
    }

    private static func serve(_ client: WireClient, _ step: Step, _ requests: Monitor<[String]>) throws {
        func readRequest() throws -> String {
            let line = try client.readLine() ?? ""
            requests.access { $0.append(line) }
            return line
        }
        switch step {
        case .answer(let text):
            _ = try readRequest()
            try client.send(text)
            client.finishSending()
            _ = try client.readToEnd()
        case .shout(let text):
            try client.send(text)
            _ = try client.readToEnd()
        case .hangUp: _ = try readRequest()
        case .reset:
            _ = try readRequest()
            client.reset()
        case .silence:
            _ = try readRequest()
            _ = try client.readToEnd()
        case .swallow(let port): _ = try WireClient(port: port).request(try readRequest())
        case .passOn(let port):
            guard let answer = try WireClient(port: port).request(try readRequest()) else { return }
            try client.send(answer + "\n")
            _ = try client.readToEnd()
        }
    }
}
