import CSystem
import Foundation
import Synchronization
import TweetSystem

/// Ports for servers that must come back on the same one.
///
/// They lie below those that the system picks by itself, so that no other test's connection gets one in between.
enum Ports {
    private static let next = Mutex(UInt16.random(in: 15_000..<25_000))

    /// A port that nobody listens at.
    static func free() throws -> UInt16 {
        for _ in 0..<100 {
            let port = next.withLock { next in
                next += 1
                return next
            }
            for address in try SocketAddress.lookup(host: "127.0.0.1", port: port) {
                if (try? Descriptor.listener(at: address, backlog: 1)) != nil { return port }
            }
        }
        throw HarnessError("there is no free port")
    }
}
