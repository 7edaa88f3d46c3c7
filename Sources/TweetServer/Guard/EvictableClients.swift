import TweetReactor

/// One site's connections of a kind, in ``LargestSites``; finds one to evict.
final class EvictableClients {
    private var clients = ClientTable(index: \.siteIndex)
    /// The index from which on the next search starts.
    private var hand = 0
    /// Its index among the sites with as many connections; belongs to ``LargestSites``.
    var index = 0

    var count: Int { clients.all.count }

    func add(_ client: ClientHandler) { clients.add(client) }
    func remove(_ client: ClientHandler) { clients.remove(client) }

    /// The connection whose loss hurts least; see ``ClientHandler/isDispensable(before:)``.
    ///
    /// Only some connections are looked at, from where the last search ended.
    ///
    /// - Parameter evenWaiting: whether it may be one with work that waits for its turn, if there is no other.
    /// - Returns: nil if each of them has a request under way.
    func clientToEvict(evenWaiting: Bool) -> ClientHandler? {
        var found: ClientHandler?
        for _ in 0..<min(count, ServerLimits.idleLooks) {
            hand = hand + 1 < count ? hand + 1 : 0
            let client = clients.all[hand]
            guard client.canBeEvicted, evenWaiting || !client.connection.isQueuedForTurn else { continue }
            if client.isDispensable(before: found) { found = client }
        }
        return found
    }
}
