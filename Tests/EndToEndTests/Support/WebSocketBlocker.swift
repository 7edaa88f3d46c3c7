import CSystem
import Foundation
import TestSupport

/// A proxy that stops WebSockets and forwards everything else, one request a connection.
final class WebSocketBlocker: Sendable {
    private let listener: LoopbackListener

    var port: UInt16 { listener.port }

    /// - Parameter target: the port of the server on this machine.
    init(to target: UInt16) throws {
        listener = try LoopbackListener(.atOnce) { _, near in
            guard let head = try? Self.readHead(near) else { return }
            if head.lowercased().contains("upgrade: websocket") {
                _ = try? near.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            }
            guard let far = try? TestConnection(port: target) else { return }
            Thread.detachNewThread { Self.forward(near, far) }
            guard (try? far.send(Self.closing(head))) != nil else { return }
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

    /// The head of a request after which the server closes the connection, so that each one comes here with its own.
    private static func closing(_ head: String) -> String {
        head.replacing(/\r\n[Cc]onnection:[^\r]*/, with: "").dropLast(2) + "Connection: close\r\n\r\n"
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
