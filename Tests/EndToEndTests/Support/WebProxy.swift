import CSystem
import Foundation
import TestSupport

/// A proxy in front of the server, one request a connection; it may stop WebSockets, and may serve the page below a path.
final class WebProxy: Sendable {
    private let listener: LoopbackListener

    var port: UInt16 { listener.port }

    /// - Parameters:
    ///   - target: the port of the server on this machine.
    ///   - prefix: the path of the page, such as `/chat/`; there is nothing else here.
    init(to target: UInt16, below prefix: String = "/", stopsWebSockets: Bool = false) throws {
        listener = try LoopbackListener(.atOnce) { _, near in
            guard let whole = try? Self.readHead(near) else { return }
            let isWebSocket = whole.lowercased().contains("upgrade: websocket")
            guard let head = Self.removing(prefix, from: whole), !(isWebSocket && stopsWebSockets) else {
                _ = try? near.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            }
            guard let far = try? TestConnection(port: target) else { return }
            // The body may have come with the head, and goes behind it.
            guard (try? far.send(isWebSocket ? head : Self.closing(head))) != nil else { return }
            Thread.detachNewThread { Self.forward(near, far) }
            Self.forward(far, near)
        }
    }

    private static func readHead(_ near: TestConnection) throws -> String {
        var head = ""
        while let line = try near.readLine() {
            head += line + "\n"
            if line == "\r" { return head }
        }
        throw HarnessError("the head is cut off")
    }

    /// The head as the server gets it; nil if the path is not below the prefix.
    private static func removing(_ prefix: String, from head: String) -> String? {
        guard let space = head.firstIndex(of: " "), head[head.index(after: space)...].hasPrefix(prefix) else {
            return nil
        }
        return head[...space] + "/" + head[space...].dropFirst(1 + prefix.count)
    }

    /// The head of a request after which the server closes the connection, so that each one comes here with its own.
    private static func closing(_ head: String) -> String {
        // CR and LF are one character.
        head.replacing(/\r\n[Cc]onnection:[^\r]*/, with: "").dropLast() + "Connection: close\r\n\r\n"
    }

    private static func forward(_ from: TestConnection, _ to: TestConnection) {
        let early = from.takeBytes()
        if !early.isEmpty, (try? to.send(early)) == nil { return }
        while let bytes = try? from.readChunk(), !bytes.isEmpty {
            guard (try? to.send(bytes)) != nil else { break }
        }
        to.disconnect()
    }
}
