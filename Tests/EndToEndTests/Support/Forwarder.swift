import CSystem
import Foundation
import TestSupport
import TweetSystem

/// A TCP forwarder such as a proxy or `ssh -L`, whose far side can vanish while the near side stays.
///
/// Unlike a ``ScriptedServer``, it forwards any bytes, in both directions at once.
final class Forwarder: Sendable {
    private let listener: LoopbackListener
    /// The number of connections accepted before the far side vanished; they carry nothing any more.
    private let frozen: Monitor<Int>
    private let accepted: Monitor<Int>

    var port: UInt16 { listener.port }

    /// - Parameter target: the port of the server on this machine.
    init(to target: UInt16) throws {
        let frozen = Monitor(0)
        let accepted = Monitor(0)
        self.frozen = frozen
        self.accepted = accepted
        listener = try LoopbackListener(.oneByOne) { _, near in
            guard let far = try? TestConnection(port: target) else { return }
            let index = accepted.access { count in
                count += 1
                return count
            }
            for (from, to) in [(near, far), (far, near)] {
                Thread.detachNewThread {
                    while let bytes = try? from.readChunk(), !bytes.isEmpty {
                        // A frozen connection still takes bytes and drops them, as a proxy's kernel acknowledges them.
                        if frozen.access({ $0 }) >= index { continue }
                        guard (try? to.send(bytes)) != nil else { break }
                    }
                    if frozen.access({ $0 }) < index { to.disconnect() }
                }
            }
        }
    }

    /// Makes the far side of all current connections vanish silently; new connections are forwarded.
    func loseFarSide() {
        let count = accepted.access { $0 }
        frozen.access { $0 = count }
    }
}
