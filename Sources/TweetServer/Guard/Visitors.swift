import TweetSystem

/// The networks that are connected, or whose allowances are not full again.
struct Visitors {
    private var known: [String: Visitor] = [:]
    private var sites: [String: Site] = [:]
    /// The number of networks above which some are forgotten.
    private var mostKnown = ServerLimits.visitors
    private var passing = LargestSites()
    private var staying = LargestSites()
    /// The number of connections that have a name or follow something.
    private(set) var stays = 0
    /// The reports that were left out about networks that are forgotten by now.
    private(set) var forgottenReports = 0

    var count: Int { known.count }
    var siteCount: Int { sites.count }

    /// The network of an address.
    mutating func visitor(_ peer: SocketAddress, now: Instant) -> Visitor {
        let network = peer.network
        if let visitor = known[network] { return visitor }
        if known.count >= mostKnown { forget(now) }
        let name = peer.site
        let site = sites[name] ?? Site(now: now)
        sites[name] = site
        let visitor = Visitor(network, at: site)
        known[network] = visitor
        return visitor
    }

    /// Makes room: forgets those that lack nothing, and if that is not enough, half of those without a connection.
    private mutating func forget(_ now: Instant) {
        known = known.filter { !$0.value.isBlank }
        if known.count >= ServerLimits.visitors {
            var isKept = false
            known = known.filter { _, visitor in
                isKept.toggle()
                if isKept || visitor.connections > 0 { return true }
                forgottenReports += visitor.omitted
                return false
            }
        }
        // If nearly all are connected, the next one must not look at all of them again.
        mostKnown = max(ServerLimits.visitors, known.count + known.count / 2)
        forgetSites(now)
    }

    /// Forgets sites without a network that lack nothing, and if that is not enough, half of those that only have stored
    /// something or were reported.
    private mutating func forgetSites(_ now: Instant) {
        let used = Set(known.values.map { ObjectIdentifier($0.site) })
        // Those that have made accounts lately are no more than can be hashed until one comes back.
        func isNeeded(_ site: Site) -> Bool {
            used.contains(ObjectIdentifier(site)) || !site.signUps.isFull(now: now)
        }
        sites = sites.filter { isNeeded($0.value) || !$0.value.hasAllowances(now: now) }
        if sites.count < used.count + ServerLimits.visitors { return }
        var isKept = false
        sites = sites.filter { _, site in
            isKept.toggle()
            return isKept || isNeeded(site)
        }
    }

    // MARK: Connections

    mutating func add(_ client: ClientHandler) {
        guard let visitor = client.visitor else { return }
        visitor.connections += 1
        passing.add(client, to: visitor.site.passing)
    }

    /// Counts a connection among those that stay for long.
    mutating func noteStay(_ client: ClientHandler) {
        guard let site = client.visitor?.site, !client.isStaying else { return }
        passing.remove(client, from: site.passing)
        client.isStaying = true
        staying.add(client, to: site.staying)
        stays += 1
    }

    mutating func remove(_ client: ClientHandler) {
        guard let visitor = client.visitor else { return }
        visitor.connections -= 1
        if client.isStaying {
            staying.remove(client, from: visitor.site.staying)
            client.isStaying = false
            stays -= 1
        } else {
            passing.remove(client, from: visitor.site.passing)
        }
    }

    /// A connection for one request that may be closed to make room: of the site that has most of them, even if its
    /// requests wait for their turn, or if all are under way, an idle one of another site.
    ///
    /// - Returns: nil if there is none.
    mutating func passingToEvict() -> ClientHandler? { passing.clientToEvict(ofAtLeast: 1, evenWaiting: false) }

    /// The number of connections that stay from which on a site gives one to another site: so many more that it does
    /// not get it back in turn.
    private func staysToGive(to site: Site) -> Int { site.staying.count + 2 }

    /// Whether some site has to give a place that stays to another one.
    func areUneven(for site: Site) -> Bool { staying.most >= staysToGive(to: site) }

    /// A connection that stays and may be closed for one of another site.
    mutating func stayToEvict(for site: Site) -> ClientHandler? {
        staying.clientToEvict(ofAtLeast: staysToGive(to: site), evenWaiting: true)
    }

    // MARK: Reports

    /// Those with reports that were left out.
    var withOmitted: [Visitor] { known.values.filter { $0.omitted > 0 } }

    mutating func takeForgottenReports() -> Int {
        defer { forgottenReports = 0 }
        return forgottenReports
    }
}
