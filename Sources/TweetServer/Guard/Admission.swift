import CSystem
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// How many connections there may be.
public struct ConnectionAllowance: Sendable {
    /// All connections together.
    public let total: Int
    /// The connections of one network that have a name or follow something; the others are for one request, and are
    /// closed when there is no room.
    public let staysOfNetwork: Int

    /// - Parameter total: at least one.
    public init(total: Int, staysOfNetwork: Int? = nil) {
        self.total = max(1, total)
        // Half, so that a network can always be made to give room.
        self.staysOfNetwork = staysOfNetwork ?? max(1, total / 2)
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
    /// Serves a new connection, for which the connection that is idle longest may have to go.
    ///
    /// - Returns: nil if there is no room.
    @discardableResult
    func admit(_ descriptor: consuming Descriptor, _ peer: SocketAddress) -> ClientHandler? {
        if peer.isUnix { return ClientHandler(Connection(loop, descriptor, peer: peer), server: self) }
        let visitor = visitors.visitor(peer.network, now: now)
        if loop.connections.count >= allowance.total, !makeRoom() {
            turnAway(descriptor, peer, visitor)
            return nil
        }
        counts.accepted += 1
        return ClientHandler(
            Connection(loop, descriptor, peer: peer, group: visitor.turns), server: self, visitor: visitor)
    }

    /// Closes a connection of the network that has most.
    ///
    /// - Returns: false if none can be closed.
    func makeRoom() -> Bool {
        guard let client = visitors.largest()?.mostIdle() ?? visitors.mostIdleOfAny() else { return false }
        client.evict()
        counts.evicted += 1
        return true
    }

    /// Answers a new client that there is no room, and closes its connection.
    private func turnAway(_ descriptor: consuming Descriptor, _ peer: SocketAddress, _ visitor: Visitor) {
        counts.turnedAway += 1
        report(.error, of: visitor, .refusal) { line in
            line.appendEscaped("client \(peer) was refused: busy, no connection can be closed for it")
        }
        Listener.turnAway(
            descriptor, saying: PacketWriter.error(.noRoom), offersTLS: encryption.certificate != nil)
    }

    /// Reports something about a network's connection, unless too much of it was reported lately.
    ///
    /// - Parameters:
    ///   - visitor: the network; nil for the operator, about whom everything is reported.
    ///   - text: appends the text; parts that come from outside must be escaped.
    func report(
        _ category: Report.Category, of visitor: Visitor?, _ subject: Visitor.Subject = .connection,
        _ text: (inout [UInt8]) -> Void
    ) {
        guard let visitor else { return log.report(category, text) }
        if visitor.reports(subject, now: now) { return log.report(category, text) }
        visitor.omit(text)
        sumUpLater()
    }

    /// Reports in a second what is left out until then.
    func sumUpLater() {
        guard summary == nil else { return }
        summary = Event(loop, after: ServerLimits.summaryInterval) { [unowned self] in
            summary = nil
            sumUp()
        }
    }

    /// Reports how many reports were left out: a line for each of the networks with most, and one for the others.
    func sumUp() {
        let visitors = visitors.withOmitted.sorted { $0.omitted > $1.omitted }
        for visitor in visitors.prefix(ServerLimits.summarizedNetworks) {
            let (count, example) = visitor.takeOmitted()
            log.report(.error) { line in
                line.appendEscaped("\(count) more reports about \(visitor.network) are left out, the first: ")
                line += example
            }
        }
        let others = visitors.dropFirst(ServerLimits.summarizedNetworks)
        if others.isEmpty { return }
        let count = others.reduce(0) { $0 + $1.takeOmitted().count }
        log.report(.error, "\(count) more reports about \(others.count) other networks are left out")
    }
}

extension ClientHandler {
    /// Takes a stored text from the allowance of the client's network.
    func spendStorage(on text: TweetText?) {
        visitor?.storage.spend((text?.string.utf8.count ?? 0) + ServerLimits.storedOverhead)
    }

    /// Whether the connection may be closed to make room.
    var canBeEvicted: Bool {
        guard connection.isOpen, !connection.isQueuedForTurn else { return false }
        // A finished connection only waits for its peer to end, too.
        if connection.isFinishing { return connection.outputBytes == 0 }
        return conversation.identity == .nobody && conversation.isAnswered
    }

    /// Whether it has been idle longer than another one.
    func isIdle(longerThan other: ClientHandler?) -> Bool {
        guard let other else { return true }
        return connection.lastWork < other.connection.lastWork
    }

    /// Closes the connection to make room for another one.
    func evict() {
        if connection.isFinishing { return connection.close(.finished) }
        let farewell = conversation.framing == .original ? [] : PacketWriter.error(.evicted)
        connection.close(.evicted, saying: farewell)
    }

    /// Checks whether the connection may stay for long.
    ///
    /// - Throws: `busy` if its network has too many connections that do.
    func checkStay() throws(WireError) {
        guard let visitor, !isStaying, visitor.stays >= server.allowance.staysOfNetwork else { return }
        throw .tooManyStay(server.allowance.staysOfNetwork)
    }

    /// Counts the connection among those that stay for long.
    func noteStay() {
        guard let visitor, !isStaying else { return }
        visitor.stays += 1
        isStaying = true
    }
}
