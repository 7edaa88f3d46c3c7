import CSystem
import Foundation
import TweetSystem

/// A TCP forwarder such as a proxy or `ssh -L`, whose far side can vanish while the near one goes on.
final class Forwarder: Sendable {
    let port: UInt16
    private let listener: CInt
    /// Connections that are open; those before the far side vanished carry nothing any more.
    private let frozen = Monitor(0)
    private let accepted = Monitor(0)

    /// - Parameter target: the port of the server on this machine.
    init(to target: UInt16) throws {
        let address = try SocketAddress.lookup(host: "127.0.0.1", port: 0)[0]
        let opened = try Descriptor.listener(at: address, backlog: 16)
        port = try opened.localAddress().port
        let listener = dup(opened.number)
        self.listener = listener
        _ = csystem_set_close_on_exec(listener)
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK)
        Thread.detachNewThread { [frozen, accepted] in
            defer { close(listener) }
            while true {
                let number = accept(listener, nil, nil)
                guard number >= 0 else { return }
                _ = csystem_set_close_on_exec(number)
                let near = WireClient(accepted: number)
                guard let far = try? WireClient(port: target) else { continue }
                let index = accepted.access { count in
                    count += 1
                    return count
                }
                for (from, to) in [(near, far), (far, near)] {
                    Thread.detachNewThread {
                        var buffer = [UInt8](repeating: 0, count: 65_536)
                        while true {
                            let count = read(from.number, &buffer, buffer.count)
                            guard count > 0 else { break }
                            // What comes on a frozen connection is taken and dropped, as a proxy's kernel acknowledges.
                            if frozen.access({ $0 }) >= index { continue }
                            guard (try? to.send(Array(buffer[..<count]))) != nil else { break }
                        }
                        if frozen.access({ $0 }) < index { shutdown(to.number, CInt(SHUT_RDWR)) }
                    }
                }
            }
        }
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
    }

    /// Has the far side of all connections vanish without a word; new ones are forwarded.
    func loseFarSide() {
        let count = accepted.access { $0 }
        frozen.access { $0 = count }
    }
}
