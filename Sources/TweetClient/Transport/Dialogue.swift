import TweetModel
import TweetSystem
public import TweetWire

/// A series of requests to a server, on one connection as long as it lasts.
public struct Dialogue: ~Copyable {
    private let prelude: [Request]
    private let limit: TimeLimit
    private var link: Link

    /// - Parameters:
    ///   - prelude: requests to send first on each connection, such as a login.
    ///   - limit: the time limit for all requests together.
    public init(after prelude: [Request] = [], over connector: Connector, limit: TimeLimit, reporter: Reporter) {
        self.prelude = prelude
        self.limit = limit
        // An attempt that times out before the kernel would notice a vanished server does not need that option.
        let now = Instant.now
        link = Link(
            connector, isLong: limit.deadline(ofTryAt: now) - now > SocketLimits.vanishedPeer, reporter: reporter)
    }

    /// Sends a request and returns its answer.
    public mutating func ask(_ request: Request) throws(ClientError) -> WholeAnswer {
        var exchange = Exchange(request, after: prelude, to: link.server, limit: limit, jitter: .system)
        return try exchange.run(over: &link).get()
    }

    /// Delivers private messages page by page, and marks each page as read after it is delivered.
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
                    throw ClientError(error.exitCode, "\(error.text); the messages are printed")
                }
            }
        }
    }
}
