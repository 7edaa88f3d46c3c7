import TweetReactor
import TweetSystem

/// The reports of one ``TweetSystem/SocketAddress/network``, and its ``Site``: one cannot take what all need.
final class Visitor {
    let network: String
    let site: Site
    /// Reports of requests and connections that were refused; when it is empty, the reports about its connections are
    /// left out as well.
    private var refusalReports: TokenBucket
    /// Reports about accounts, which no other refusal may hide: log-ins, and the names whose passwords were tried.
    private var accountReports: TokenBucket
    private var connectionReports: TokenBucket
    /// The reports that were left out and are not summed up yet, and the text of one of them.
    private(set) var omitted = 0
    private var omittedExample: [UInt8] = []
    /// The number of its open connections.
    var connections = 0

    init(_ network: String, at site: Site, now: Instant) {
        self.network = network
        self.site = site
        refusalReports = TokenBucket(ServerLimits.refusalReports, now: now)
        accountReports = TokenBucket(ServerLimits.accountReports, now: now)
        connectionReports = TokenBucket(ServerLimits.connectionReports, now: now)
    }

    /// Whether forgetting it makes no difference.
    func isBlank(now: Instant) -> Bool {
        connections == 0 && omitted == 0 && refusalReports.isFull(now: now) && accountReports.isFull(now: now)
            && connectionReports.isFull(now: now)
    }

    // MARK: Reports

    /// The subjects of reports, each with an allowance.
    enum Subject {
        case connection, refusal, account
    }

    /// Decides whether to report something.
    ///
    /// After a report that is left out, the sum comes first: a flood has one line a second, not a report and a sum.
    func reports(_ subject: Subject, now: Instant) -> Bool {
        switch subject {
        case .connection: omitted == 0 && refusalReports.hasToken(now: now) && connectionReports.take(now: now) == nil
        case .refusal: omitted == 0 && refusalReports.take(now: now) == nil
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

    /// Whether its allowance has a report for the sum of the omitted ones.
    func mayBeSummedUp(now: Instant) -> Bool { refusalReports.hasToken(now: now) }

    /// Takes the sum of the omitted reports, which counts as a report.
    func takeOmitted(now: Instant) -> (count: Int, example: [UInt8]) {
        _ = refusalReports.take(now: now)
        defer { omitted = 0 }
        return (omitted, omittedExample)
    }
}
