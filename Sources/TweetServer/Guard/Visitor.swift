import TweetReactor
import TweetSystem

/// The allowances of one network: an IPv4 address, or the first half of an IPv6 address.
///
/// Nobody is kept out for what another network does, and one network cannot take what all need.
final class Visitor {
    let network: String
    /// Its connections take turns with those of other networks while they are heavy.
    let turns = TurnGroup()
    /// The bytes that it may store.
    var storage: TokenBucket
    /// Reports of requests and connections that were refused; when it is empty, the reports about its connections are
    /// left out as well.
    private var refusalReports: TokenBucket
    /// Reports about accounts, which no other refusal may hide: log-ins, and the names whose passwords were tried.
    private var accountReports: TokenBucket
    private var connectionReports: TokenBucket
    /// The reports that were left out and are not summed up yet, and the text of one of them.
    private(set) var omitted = 0
    private var omittedExample: [UInt8] = []
    /// Its open connections, in no order.
    private(set) var clients: [ClientHandler] = []
    /// How many of them have a name or follow something, and so stay for long.
    var stays = 0
    /// The index in ``clients`` from which on the next search for an idle one starts.
    private var hand = 0

    init(_ network: String, now: Instant) {
        self.network = network
        storage = TokenBucket(ServerLimits.storedBytes, now: now)
        refusalReports = TokenBucket(ServerLimits.refusalReports, now: now)
        accountReports = TokenBucket(ServerLimits.accountReports, now: now)
        connectionReports = TokenBucket(ServerLimits.connectionReports, now: now)
    }

    /// Whether forgetting it makes no difference.
    func isBlank(now: Instant) -> Bool {
        clients.isEmpty && omitted == 0 && storage.isFull(now: now) && refusalReports.isFull(now: now)
            && accountReports.isFull(now: now) && connectionReports.isFull(now: now)
    }

    // MARK: Connections

    func add(_ client: ClientHandler) {
        client.visitorIndex = clients.count
        clients.append(client)
    }

    /// Removes a connection; the last one moves to its index.
    func remove(_ client: ClientHandler) {
        let last = clients.removeLast()
        guard last !== client else { return }
        clients[client.visitorIndex] = last
        last.visitorIndex = client.visitorIndex
    }

    /// The connection to close first when there is no room: one that is done and waits for its peer's end, else of those
    /// without a name the one that has been idle longest; one that follows something only if there is no other.
    ///
    /// Only some connections are looked at, from where the last search ended.
    ///
    /// - Returns: nil if each has a name or a request under way.
    func mostIdle() -> ClientHandler? {
        var found: ClientHandler?
        var follower: ClientHandler?
        for _ in 0..<min(clients.count, ServerLimits.idleLooks) {
            hand = hand + 1 < clients.count ? hand + 1 : 0
            let client = clients[hand]
            guard client.canBeEvicted else { continue }
            if client.connection.isFinishing { return client }
            if client.subscriber.followsTweets {
                if client.isIdle(longerThan: follower) { follower = client }
            } else if client.isIdle(longerThan: found) {
                found = client
            }
        }
        return found ?? follower
    }

    // MARK: Reports

    /// The subjects of reports, each with an allowance.
    enum Subject {
        case connection, refusal, account
    }

    /// Decides whether to report something.
    func reports(_ subject: Subject, now: Instant) -> Bool {
        switch subject {
        case .connection: refusalReports.hasToken(now: now) && connectionReports.take(now: now) == nil
        case .refusal: refusalReports.take(now: now) == nil
        case .account: accountReports.take(now: now) == nil
        }
    }

    /// Notes a report that is left out.
    ///
    /// - Parameter text: appends the text.
    func omit(_ text: (inout [UInt8]) -> Void) {
        omitted += 1
        guard omitted == 1 else { return }
        omittedExample = []
        text(&omittedExample)
    }

    /// Takes the sum of the omitted reports.
    func takeOmitted() -> (count: Int, example: [UInt8]) {
        defer { omitted = 0 }
        return (omitted, omittedExample)
    }
}

/// The networks that are connected, or whose allowances are not full again.
struct Visitors {
    private var known: [String: Visitor] = [:]
    private var largestFound: (visitor: Visitor, count: Int, uses: Int)?

    var count: Int { known.count }

    /// - Parameter network: ``TweetSystem/SocketAddress/network``.
    mutating func visitor(_ network: String, now: Instant) -> Visitor {
        if let visitor = known[network] { return visitor }
        if known.count >= ServerLimits.visitors { forget(now) }
        let visitor = Visitor(network, now: now)
        known[network] = visitor
        return visitor
    }

    /// Makes room: forgets those that lack nothing, and if that is not enough, half of those without a connection.
    private mutating func forget(_ now: Instant) {
        known = known.filter { !$0.value.isBlank(now: now) }
        guard known.count >= ServerLimits.visitors else { return }
        var isKept = false
        known = known.filter { _, visitor in
            isKept.toggle()
            return isKept || !visitor.clients.isEmpty
        }
    }

    /// The one with most connections, or one that had most a moment ago; nil if there is none.
    mutating func largest() -> Visitor? {
        if let (visitor, count, uses) = largestFound, visitor.clients.count > count * 9 / 10, uses < 64 {
            largestFound?.uses += 1
            return visitor
        }
        // Linear in the networks, and so not done for each connection of a flood.
        let largest = known.values.max { $0.clients.count < $1.clients.count }
        largestFound = largest.map { ($0, $0.clients.count, 0) }
        return largest
    }

    /// The most idle connection of some networks, when the largest one has none that may be closed.
    func mostIdleOfAny() -> ClientHandler? {
        for visitor in known.values.prefix(ServerLimits.networkLooks) {
            if let client = visitor.mostIdle() { return client }
        }
        return nil
    }

    /// Those with reports that were left out.
    var withOmitted: [Visitor] { known.values.filter { $0.omitted > 0 } }
}
