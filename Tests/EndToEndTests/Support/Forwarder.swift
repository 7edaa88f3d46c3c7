import CSystem
import Foundation
import TestSupport
import TweetSystem

/// A TCP forwarder such as a proxy or `ssh -L`, whose far side can vanish while the near one goes on.
///
/// Not a ``ScriptedServer``: it passes on bytes, whatever they say, both ways at once.
final class Forwarder: Sendable {
    private let listener: LoopbackListener
    /// Connections that are open; those before the far side vanished carry nothing any more.
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
                        // What comes on a frozen connection is taken and dropped, as a proxy's kernel acknowledges.
                        if frozen.access({ $0 }) >= index { continue }
                        guard (try? to.send(bytes)) != nil else { break }
                    }
                    if frozen.access({ $0 }) < index { to.disconnect() }
                }
            }
        }
    }

    /// Has the far side of all connections vanish without a word; new ones are forwarded.
    func loseFarSide() {
        let count = accepted.access { $0 }
        frozen.access { $0 = count }
    }
}
