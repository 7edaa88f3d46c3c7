import TweetSystem

/// The networks that are connected, or whose allowances are not full again.
struct Visitors {
    private var known: [String: Visitor] = [:]
    private var sites: [String: Site] = [:]
    /// The number of networks above which some are forgotten.
    private var mostKnown = ServerLimits.visitors
    private var mostPassing = CachedLargest()
    private var mostStaying = CachedLargest()
    /// The number of connections that have a name or follow something.
    private(set) var stays = 0

    var count: Int { known.count }

    /// The network of an address.
    mutating func visitor(_ peer: SocketAddress, now: Instant) -> Visitor {
        let network = peer.network
        if let visitor = known[network] { return visitor }
        if known.count >= mostKnown { forget(now) }
        let name = peer.site
        let site = sites[name] ?? Site(now: now)
        sites[name] = site
        let visitor = Visitor(network, at: site, now: now)
        known[network] = visitor
        return visitor
    }

    /// Makes room: forgets those that lack nothing, and if that is not enough, half of those without a connection.
    private mutating func forget(_ now: Instant) {
        known = known.filter { !$0.value.isBlank(now: now) }
        if known.count >= ServerLimits.visitors {
            var isKept = false
            known = known.filter { _, visitor in
                isKept.toggle()
                return isKept || visitor.isConnected
            }
        }
        // If nearly all are connected, the next one must not look at all of them again.
        mostKnown = max(ServerLimits.visitors, known.count + known.count / 2)
        let used = Set(known.values.map { ObjectIdentifier($0.site) })
        // The others have made accounts lately: no more than can be hashed until one comes back.
        sites = sites.filter { used.contains(ObjectIdentifier($0.value)) || !$0.value.signUps.isFull(now: now) }
    }

    // MARK: Connections

    mutating func noteStay(_ client: ClientHandler) {
        guard let visitor = client.visitor, !client.isStaying else { return }
        visitor.noteStay(client)
        stays += 1
    }

    mutating func remove(_ client: ClientHandler) {
        client.visitor?.remove(client)
        if client.isStaying { stays -= 1 }
    }

    /// A connection for one request that may be closed to make room: of the site that has most connections, even if its
    /// requests wait for their turn, or if all are under way, an idle one of some other site.
    ///
    /// - Returns: nil if there is none.
    mutating func mostIdlePassing() -> ClientHandler? {
        let largest = mostPassing.find(in: known.values) { ($0.site.connections, $0.passing.count) }
        if let client = largest?.passing.mostIdle(evenWaiting: true) { return client }
        for visitor in known.values.prefix(ServerLimits.networkLooks) {
            if let client = visitor.passing.mostIdle() { return client }
        }
        return nil
    }

    /// A connection that stays and may be closed for one of another site: of the site that has most, if it has at least
    /// two more, so that none closes the other's in turn.
    mutating func mostIdleStay(for site: Site) -> ClientHandler? {
        let largest = mostStaying.find(in: known.values) { ($0.site.stays, $0.staying.count) }
        guard let largest, largest.site.stays >= site.stays + 2 else { return nil }
        return largest.staying.mostIdle()
    }

    /// Those with reports that were left out.
    var withOmitted: [Visitor] { known.values.filter { $0.omitted > 0 } }
}

/// The network that has most of something, or one that had most a moment ago: to look at all of them for each connection
/// of a flood would be a flood of its own.
private struct CachedLargest {
    /// The number of times that a result is used.
    private static let uses = 64

    private var found: (visitor: Visitor, ofSite: Int)?
    private var usesLeft = 0

    /// The network of the site that has most, and there the one that has most of its own.
    ///
    /// - Parameter count: what the network's site has, and what it has itself.
    /// - Returns: nil if none has any.
    mutating func find(in visitors: some Sequence<Visitor>, by count: (Visitor) -> (ofSite: Int, own: Int)) -> Visitor?
    {
        if let found, usesLeft > 0 {
            let now = count(found.visitor)
            if now.own > 0, now.ofSite > found.ofSite * 9 / 10 {
                usesLeft -= 1
                return found.visitor
            }
        }
        found = nil
        var most = (ofSite: 0, own: 0)
        for visitor in visitors {
            let counts = count(visitor)
            guard counts.own > 0, counts > most else { continue }
            most = counts
            found = (visitor, counts.ofSite)
        }
        usesLeft = Self.uses
        return found?.visitor
    }
}
