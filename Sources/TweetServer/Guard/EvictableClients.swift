import TweetReactor

/// One site's connections of a kind; finds one to evict.
struct EvictableClients {
    private var clients = ClientTable(index: \.siteIndex)
    /// The index from which on the next search starts.
    private var hand = 0

    var count: Int { clients.all.count }

    mutating func add(_ client: ClientHandler) { clients.add(client) }
    mutating func remove(_ client: ClientHandler) { clients.remove(client) }

    /// The connection to close first: one that only waits for its peer's end, else the one whose loss hurts least, and of
    /// those the one that has been idle longest.
    ///
    /// Only some connections are looked at, from where the last search ended.
    ///
    /// - Parameter evenWaiting: whether it may be one with work that waits for its turn, if there is no other.
    /// - Returns: nil if each of them has a request under way.
    mutating func clientToEvict(evenWaiting: Bool) -> ClientHandler? {
        var found: ClientHandler?
        var waiting: ClientHandler?
        for _ in 0..<min(count, ServerLimits.idleLooks) {
            hand = hand + 1 < count ? hand + 1 : 0
            let client = clients.all[hand]
            guard client.canBeEvicted else { continue }
            if client.connection.isQueuedForTurn {
                waiting = client
            } else if client.onlyAwaitsEnd {
                return client
            } else if client.isDispensable(before: found) {
                found = client
            }
        }
        return found ?? (evenWaiting ? waiting : nil)
    }
}
