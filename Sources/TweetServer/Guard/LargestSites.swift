/// The connections of a kind of all sites, by the number that each site has; finds one to evict.
///
/// Nothing here looks at all sites, since a flood of more sites than there are places evicts one for each connection.
struct LargestSites {
    /// The sites that have as many connections as the index; the first is always empty, the last one is not.
    private var sites: [[EvictableClients]] = [[]]
    /// The number of looks at sites so far: the next search continues there.
    private var hand = 0

    /// The most connections that a site has.
    var most: Int { sites.count - 1 }

    mutating func add(_ client: ClientHandler, to site: EvictableClients) {
        takeOut(site)
        site.add(client)
        putIn(site)
    }

    mutating func remove(_ client: ClientHandler, from site: EvictableClients) {
        takeOut(site)
        site.remove(client)
        putIn(site)
        while sites.count > 1, sites[sites.count - 1].isEmpty { sites.removeLast() }
    }

    private mutating func putIn(_ site: EvictableClients) {
        let count = site.count
        if count == 0 { return }
        if count == sites.count { sites.append([]) }
        site.index = sites[count].count
        sites[count].append(site)
    }

    private mutating func takeOut(_ site: EvictableClients) {
        let count = site.count
        if count == 0 { return }
        let last = sites[count].removeLast()
        if last !== site {
            sites[count][site.index] = last
            last.index = site.index
        }
        // Otherwise sites that grow together would leave memory for all of them at each number.
        if sites[count].capacity > max(4 * sites[count].count, ServerLimits.siteLooks) {
            sites[count] = sites[count].map(\.self)
        }
    }

    /// The connection whose loss hurts least, of the sites that have most; if all of these have requests under way, of
    /// those that have fewer.
    ///
    /// Only some sites are looked at, from where the last search ended.
    ///
    /// - Parameters:
    ///   - least: the number of connections of a site from which on it gives one.
    ///   - evenWaiting: whether sites that do not have most also give one whose work waits for its turn.
    mutating func clientToEvict(ofAtLeast least: Int, evenWaiting: Bool) -> ClientHandler? {
        var looks = 0
        for count in stride(from: most, through: least, by: -1) {
            var found: ClientHandler?
            // A site with many connections is looked at for as long as as many sites with one.
            let enough = looks + ServerLimits.idleLooks / count
            for _ in sites[count] {
                if looks == ServerLimits.siteLooks || found != nil && looks >= enough { break }
                looks += 1
                hand += 1
                let site = sites[count][hand % sites[count].count]
                let client = site.clientToEvict(evenWaiting: evenWaiting || count == most)
                if let client, client.isDispensable(before: found) { found = client }
            }
            if found != nil || looks == ServerLimits.siteLooks { return found }
        }
        return nil
    }
}
