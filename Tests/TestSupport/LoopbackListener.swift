import CSystem
import Foundation
public import TweetSystem

/// A listener on this machine whose connections are served by threads of its own, until its owner goes.
public final class LoopbackListener: Sendable {
    /// The order in which connections are served.
    public enum Order: Sendable {
        /// One after the other; the next one waits until the one before it is served.
        case oneByOne
        /// Each on a thread of its own.
        case atOnce
    }

    public let address: SocketAddress
    /// The listener's descriptor; nil once its thread has closed it: the number may be another's from then on.
    private let listener: Monitor<CInt?>

    public var port: UInt16 { address.port }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - port: 0 picks a free one.
    ///   - limit: the number of connections after which nobody can connect any more.
    ///   - serve: given the connection's number from 0, and its end here, which is closed when nothing holds it.
    public init(
        port: UInt16 = 0, limit: Int = .max, _ order: Order,
        serve: @escaping @Sendable (Int, TestConnection) -> Void
    ) throws {
        let opened = try Descriptor.listener(at: try .loopback(port: port), backlog: 64)
        address = try opened.localAddress()
        // A closure that escapes cannot own a descriptor: the thread takes over a number of its own.
        let number = try valueOrErrno { csystem_duplicate(opened.number) }
        let listener = Monitor<CInt?>(number)
        self.listener = listener
        Thread.detachNewThread {
            for index in 0..<limit {
                guard let connection = Self.accept(number) else { break }
                switch order {
                case .oneByOne: serve(index, connection)
                case .atOnce: Thread.detachNewThread { serve(index, connection) }
                }
            }
            listener.access { number in
                if let open = number { close(open) }
                number = nil
            }
        }
    }

    deinit {
        // It wakes the thread, which closes.
        listener.access { if let number = $0 { shutdown(number, CInt(SHUT_RDWR)) } }
    }

    /// The next connection; nil once nobody can connect any more.
    private static func accept(_ listener: CInt) -> TestConnection? {
        while (try? Poll.wait(number: listener, toWrite: false, until: .never)) == true {
            let number = csystem_accept(listener, nil, nil)
            if number >= 0 { return TestConnection(Descriptor(owning: number)) }
            // A client that has gone again; see accept(2).
            guard Errno.current.wouldBlock || Errno.current.code == ECONNABORTED else { return nil }
        }
        return nil
    }
}
