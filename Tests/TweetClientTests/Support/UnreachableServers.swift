import CSystem
import TestSupport
import TweetSystem

@testable import TweetClient

/// A connector to a server with the given addresses.
func connector(to addresses: [SocketAddress]) -> Connector {
    let server = ServerName(host: "a.test", port: addresses.first?.port ?? 0)
    return Connector(to: server, at: addresses)
}

/// A listener whose queue is full, so that a connecting client gets no answer at all; see listen(2).
final class FullListener: Sendable {
    let address: SocketAddress
    private let listener: Descriptor
    private let queued: ConnectingSocket
    private let waiting: ConnectingSocket

    init() throws {
        let listener = try Descriptor.listener(at: try .loopback(), backlog: 0)
        address = try listener.localAddress()
        queued = try Descriptor.connecting(to: address)
        waiting = try Descriptor.connecting(to: address)
        self.listener = listener
    }
}

/// A port that is bound without a listener, so that nobody else gets it and connecting clients are refused.
final class RefusingPort: Sendable {
    let address: SocketAddress
    private let holder: Descriptor

    init() throws {
        let any = try SocketAddress.loopback()
        let holder = Descriptor(owning: try valueOrErrno { csystem_stream_socket(any.family) })
        let number = holder.number
        try valueOrErrno { any.withSocketAddress { bind(number, $0, $1) } }
        address = try holder.localAddress()
        self.holder = holder
    }
}
