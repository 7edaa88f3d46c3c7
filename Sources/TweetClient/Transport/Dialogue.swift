import TweetModel
import TweetSystem
public import TweetWire

/// Requests to a server one after the other, on one connection as long as it holds.
public struct Dialogue: ~Copyable {
    private let prelude: [Request]
    private let limit: TimeLimit
    private var link: Link

    /// - Parameters:
    ///   - prelude: what is done first on each connection, logging in for one.
    ///   - limit: how long it is tried; for all requests together.
    public init(after prelude: [Request] = [], with server: ServerName, limit: TimeLimit, reporter: Reporter) {
        self.init(after: prelude, over: Connector(to: server), limit: limit, reporter: reporter)
    }

    init(after prelude: [Request] = [], over connector: Connector, limit: TimeLimit, reporter: Reporter) {
        self.prelude = prelude
        self.limit = limit
        // A try that is over before the kernel notices anything needs no kernel to notice it.
        let now = Instant.now
        link = Link(
            connector, isLong: limit.deadline(ofTryAt: now) - now > SocketLimits.vanishedPeer, reporter: reporter)
    }

    /// Sends a request and gives its answer.
    public mutating func ask(_ request: Request) throws(ClientError) -> WholeAnswer {
        var exchange = Exchange(request, after: prelude, to: link.server, limit: limit)
        return try exchange.run(over: &link).get()
    }

    /// Hands private messages on page by page, and tells the server that they were read once they are handed on.
    public mutating func deliver(
        _ list: MessageList, to reader: ([WireMessage]) throws(ClientError) -> Void
    ) throws(ClientError) {
        var pages = MessagePages(list)
        while let request = pages.request {
            let messages = pages.take(try ask(request).messages)
            try reader(messages)
            for marks in pages.marks(for: messages) {
                do throws(ClientError) {
                    _ = try ask(marks)
                } catch {
                    throw ClientError(error.exitCode, "\(error.text); they are printed")
                }
            }
        }
    }
}
