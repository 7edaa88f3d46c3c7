public import TweetSystem
public import TweetWire

/// Requests to a server one after the other, on one connection as long as it holds.
public struct Dialogue: ~Copyable {
    private let prelude: [Request]
    private let deadline: UInt64
    private var link: Link

    /// - Parameters:
    ///   - prelude: what is done first on each connection, logging in for one.
    ///   - addresses: the server's, at least one.
    ///   - deadline: when to give up, for all requests together.
    public init(after prelude: [Request] = [], at addresses: [SocketAddress], deadline: UInt64, reporter: Reporter) {
        self.prelude = prelude
        self.deadline = deadline
        link = Link(to: addresses, reporter: reporter)
    }

    /// Sends a request and gives its answer.
    public mutating func ask(_ request: Request) throws(ClientError) -> Reply {
        var exchange = Exchange(request, after: prelude, addressCount: link.addresses.count, deadline: deadline)
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
