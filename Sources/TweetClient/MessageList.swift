import TweetModel
public import TweetWire

/// The choice of private messages to list.
public struct MessageList: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The unread messages, and whether to mark them as read.
        case pending(marksRead: Bool)
        /// The messages already read.
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

/// The paging through a list of private messages: only the rules, without I/O.
///
/// The caller sends ``request``, passes the answer to ``take(_:)``, prints the result, sends ``marks(for:)``, and
/// repeats until there is no request.
public struct MessagePages: Sendable {
    private let list: MessageList
    private var query: MessageQuery?

    public init(_ list: MessageList) {
        self.list = list
        var query = MessageQuery(count: list.count ?? WireLimits.downloadCount)
        // Without a sequence, a list other than the pending one has only the newest messages: 0 starts at the
        // beginning.
        if list.count == nil { query.since = 0 }
        if list.kind == .archive { query.isArchive = true }
        self.query = query
    }

    /// The next request; nil when everything has arrived.
    public var request: Request? {
        guard let query else { return nil }
        return list.kind == .sent ? .sent(query) : .inbox(query)
    }

    /// Takes the answer to the request, and returns the messages that belong to the list.
    public mutating func take(_ page: [WireMessage]) -> [WireMessage] {
        let isLast = list.count != nil || page.count < WireLimits.downloadCount
        guard !isLast, let asked = query?.since, let last = page.last?.sequence else {
            query = nil
            return page
        }
        // A message to several recipients has a line for each: the last lines may be missing, so it is requested again.
        let whole = list.kind == .sent ? Array(page.prefix { $0.sequence != last }) : page
        let next = whole.last?.sequence ?? last
        // A server that makes no progress would be asked forever.
        query?.since = next
        if next <= asked { query = nil }
        return whole.isEmpty ? page : whole
    }

    /// The requests that mark messages as read, to be sent after they are printed.
    public func marks(for messages: [WireMessage]) -> [Request] {
        guard list.kind == .pending(marksRead: true) else { return [] }
        let sequences = messages.compactMap(\.sequence)
        return stride(from: 0, to: sequences.count, by: WireLimits.messagesRead).map { start in
            .markRead(Array(sequences[start..<min(start + WireLimits.messagesRead, sequences.count)]))
        }
    }
}
