import TweetModel
public import TweetWire

/// Which private messages are asked for.
public struct MessageList: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The messages that wait to be read, and whether they are read then.
        case pending(marksRead: Bool)
        /// The messages that were read.
        case archive
        case sent
    }

    public let kind: Kind
    /// At most this many: the oldest of the pending, the newest of the others; nil for all.
    public let count: Int?

    public init(_ kind: Kind, count: Int? = nil) {
        self.kind = kind
        self.count = count
    }
}

/// A list of private messages asked for page by page: the rules alone.
///
/// Whoever asks sends ``request``, hands the answer to ``take(_:)``, prints what that gives, sends ``marks(for:)``, and
/// starts again until there is no request.
public struct MessagePages: Sendable {
    private let list: MessageList
    private var query: MessageQuery?

    public init(_ list: MessageList) {
        self.list = list
        var query = MessageQuery(count: list.count ?? WireLimits.downloadCount)
        // All of what is not pending: from its beginning on, as without a sequence it is the newest.
        if list.count == nil { query.since = 0 }
        if list.kind == .archive { query.isArchive = true }
        self.query = query
    }

    /// The next request; nil when everything has arrived.
    public var request: Request? {
        guard let query else { return nil }
        return list.kind == .sent ? .sent(query) : .inbox(query)
    }

    /// Takes the answer to the request, and gives what of it belongs to the list.
    public mutating func take(_ page: [WireMessage]) -> [WireMessage] {
        let isLast = list.count != nil || page.count < WireLimits.downloadCount
        guard !isLast, let asked = query?.since, let last = page.last?.sequence else {
            query = nil
            return page
        }
        // A message that was sent to several has a line for each: the last ones may be missing, so it comes again.
        let whole = list.kind == .sent ? Array(page.prefix { $0.sequence != last }) : page
        let next = whole.last?.sequence ?? last
        // A server that does not get on would be asked without end.
        query?.since = next
        if next <= asked { query = nil }
        return whole.isEmpty ? page : whole
    }

    /// The requests that mark messages as read, for after they are printed.
    public func marks(for messages: [WireMessage]) -> [Request] {
        guard list.kind == .pending(marksRead: true) else { return [] }
        let sequences = messages.compactMap(\.sequence)
        return stride(from: 0, to: sequences.count, by: WireLimits.messagesRead).map { start in
            .markRead(Array(sequences[start..<min(start + WireLimits.messagesRead, sequences.count)]))
        }
    }
}
