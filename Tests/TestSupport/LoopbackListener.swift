import CSystem
import Foundation
public import TweetSystem

/// A listener on this machine that serves its connections on separate threads until its owner releases it.
public final class LoopbackListener: Sendable {
    /// The order in which connections are served.
    public enum Order: Sendable {
        /// Serves one connection after the other.
        case oneByOne
        /// Serves each connection on a separate thread.
        case atOnce
    }

    public let address: SocketAddress
    /// The listener's descriptor; nil once its thread has closed it, since the number may then be reused.
    private let listener: Monitor<CInt?>

    public var port: UInt16 { address.port }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - port: 0 picks a free one.
    ///   - limit: the number of connections after which the listener accepts no more.
    ///   - serve: gets the connection's number, counted from 0, and the server's end, which closes when it is released.
    public init(
        port: UInt16 = 0, limit: Int = .max, _ order: Order,
        serve: @escaping @Sendable (Int, TestConnection) -> Void
    ) throws {
        let opened = try Descriptor.listener(at: try .loopback(port: port), backlog: 64)
        address = try opened.localAddress()
        // An escaping closure cannot own a `Descriptor`, so the thread owns a duplicate of its number.
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
        // The shutdown wakes the thread, which then closes the listener.
        listener.access { if let number = $0 { shutdown(number, CInt(SHUT_RDWR)) } }
    }

    /// Accepts the next connection; returns nil once the listener is shut down.
    private static func accept(_ listener: CInt) -> TestConnection? {
        while (try? Poll.wait(number: listener, toWrite: false, until: .never)) == true {
            let number = csystem_accept(listener, nil, nil)
            if number >= 0 { return TestConnection(Descriptor(owning: number)) }
            // The client may have closed the connection already; see accept(2).
            guard Errno.current.wouldBlock || Errno.current.code == ECONNABORTED else { return nil }
        }
        return nil
    }
}
