import CSystem
import TweetHTTP
import TweetModel
import TweetReactor
import TweetSystem
import TweetHTTP
import TweetWire

/// How many connections there may be.
public struct ConnectionAllowance: Sendable {
    /// All connections together.
    public let total: Int
    /// The connections that have a name or follow something; the other places are for requests.
    public let stays: Int
    /// How many of them one ``Site`` may have.
    public let staysOfSite: Int

    /// - Parameters:
    ///   - total: at least one.
    ///   - stays: four fifths of all by default, so that there is always room for requests.
    ///   - staysOfSite: half of all by default.
    public init(total: Int, stays: Int? = nil, staysOfSite: Int? = nil) {
        self.total = max(1, total)
        self.stays = max(1, stays ?? self.total - max(1, self.total / 5))
        self.staysOfSite = max(1, staysOfSite ?? self.total / 2)
    }

    /// As many as the process's descriptors allow, apart from those for the store, the log and the operator.
    ///
    /// - Parameter most: a lower limit, if there is one.
    public init(descriptors: Int, atMost most: Int? = nil) {
        let total = max(descriptors / 2, descriptors - ServerLimits.reservedDescriptors)
        self.init(total: min(total, most ?? .max))
    }
}

/// Admission of new connections when places run short.
extension Server {
    /// Serves a new connection, for which another one may have to go.
    ///
    /// - Returns: nil if there is no room.
    @discardableResult
    func admit(
        _ descriptor: consuming Descriptor, _ peer: SocketAddress, speaksOnlyHTTP: Bool = false
    ) -> ClientHandler? {
        if peer.isUnix { return ClientHandler(Connection(loop, descriptor, peer: peer), server: self) }
        let visitor = visitors.visitor(peer, now: now)
        if loop.connections.count >= allowance.total, !makeRoom() {
            turnAway(descriptor, peer, visitor, speaksOnlyHTTP: speaksOnlyHTTP)
            return nil
        }
        counts.accepted += 1
        return ClientHandler(
            Connection(loop, descriptor, peer: peer, group: visitor.site.turns), server: self, visitor: visitor,
            speaksOnlyHTTP: speaksOnlyHTTP)
    }

    /// Closes a connection that is for one request; those that stay leave enough places for these.
    ///
    /// - Returns: false if none can be closed.
    func makeRoom() -> Bool { evict(visitors.passingToEvict()) }

    private func evict(_ client: ClientHandler?) -> Bool {
        guard let client else { return false }
        client.evict()
        counts.evicted += 1
        return true
    }

    /// Checks whether another connection of a site may stay for long, perhaps in the place of another site's.
    ///
    /// - Throws: `busy` if there are too many.
    func checkStay(at site: Site) throws(WireError) {
        try checkBound(of: site)
        if visitors.stays >= allowance.stays, !visitors.areUneven(for: site) { throw .noRoomToStay }
    }

    /// Makes room for another connection that stays, if it takes closing one of another site.
    ///
    /// - Throws: `busy` if none can be closed.
    func makeRoomToStay(at site: Site) throws(WireError) {
        try checkBound(of: site)
        if visitors.stays >= allowance.stays, !evict(visitors.stayToEvict(for: site)) { throw .noRoomToStay }
    }

    /// Checks whether a site may have one more connection that stays, as far as its own bound goes.
    func checkBound(of site: Site) throws(WireError) {
        guard site.staying.count < allowance.staysOfSite else { throw .tooManyStay(site.staying.count) }
    }

    /// Answers a new client that there is no room, and closes its connection.
    private func turnAway(
        _ descriptor: consuming Descriptor, _ peer: SocketAddress, _ visitor: Visitor, speaksOnlyHTTP: Bool
    ) {
        counts.turnedAway += 1
        report(.error, of: visitor, .refusal) { line in
            line.appendEscaped("client \(peer) was refused: busy, no connection can be closed for it")
        }
        Listener.turnAway(
            descriptor, saying: farewell(speaksOnlyHTTP: speaksOnlyHTTP), offersTLS: encryption.certificate != nil)
    }

    /// The answer to a client for which there is no room, in what it speaks as far as that is known.
    func farewell(speaksOnlyHTTP: Bool) -> [UInt8] {
        guard speaksOnlyHTTP else { return PacketWriter.error(.noRoom) }
        let problem = HTTPProblem(.noRoom, closes: true)
        var bytes: [UInt8] = []
        problem.body.withUnsafeBytes { body in
            ResponseWriter.append(problem.head, body: body, .close, isHead: false, at: httpDate, to: &bytes)
        }
        return bytes
    }
}

extension ClientHandler {
    /// Takes a stored text from the allowance of the client's site.
    func spendStorage(on text: TweetText?) {
        visitor?.site.spendStorage((text?.string.utf8.count ?? 0) + ServerLimits.storedOverhead)
    }

    /// Whether the connection may be closed to make room.
    var canBeEvicted: Bool {
        guard connection.isOpen else { return false }
        // A peer that does not read must not keep its place for what it is sent, nor with lists without end.
        if connection.isBlocked || list != nil && connection.isQueuedForTurn { return true }
        return connection.isFinishing ? onlyAwaitsEnd : conversation.isAnswered
    }

    /// Whether everything is answered and sent, and only the peer's end is missing.
    var onlyAwaitsEnd: Bool { connection.isFinishing && connection.outputBytes == 0 }

    /// Whether it is to be closed rather than another one: one whose work waits for its turn least of all, then one of
    /// an account, then one with a guest's name, then the one that was served last; first one that only awaits its end.
    func isDispensable(before other: ClientHandler?) -> Bool {
        guard let other else { return true }
        let (rank, otherRank) = (evictionRank, other.evictionRank)
        return rank == otherRank ? connection.lastWork < other.connection.lastWork : rank < otherRank
    }

    private var evictionRank: Int {
        if connection.isQueuedForTurn { return .max }
        return onlyAwaitsEnd ? -1 : conversation.identity.evictionRank
    }

    /// Closes the connection to make room for another one.
    func evict() {
        if onlyAwaitsEnd { return connection.close(.finished) }
        // An orderly end would tell that the answer is whole.
        if connection.outputBytes > 0 { connection.setResetsOnClose(true) }
        connection.close(.evicted, saying: farewell(.evicted, .tryAgainLater))
    }

    /// Checks whether the connection may stay for long.
    ///
    /// - Throws: `busy` if its site, or all together, have too many connections that do.
    func checkStay() throws(WireError) {
        guard let visitor, !isStaying else { return }
        try server.checkStay(at: visitor.site)
    }

    /// Checks whether the connection's site may have one more that stays, in the place of another site's connection.
    ///
    /// - Throws: `busy` if it may not.
    func checkStayOfSite() throws(WireError) {
        guard let visitor, !isStaying else { return }
        try server.checkBound(of: visitor.site)
    }

    /// Makes room for this connection to stay for long; another client may lose its place.
    ///
    /// - Throws: `busy` if there is none.
    func makeRoomToStay() throws(WireError) {
        // Nobody has to go for a client that is gone before its log-in is done.
        guard let visitor, !isStaying, takesAnswers else { return }
        try server.makeRoomToStay(at: visitor.site)
    }

    /// Counts the connection among those that stay for long.
    func noteStay() { server.visitors.noteStay(self) }
}
