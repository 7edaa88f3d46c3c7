import TweetSystem

/// The reports that may be made about one ``Site``: nobody drowns the others' reports.
struct ReportAllowance {
    /// The subjects of reports, each with an allowance.
    enum Subject {
        case connection
        /// A request or a connection that was refused.
        case refusal
        /// Log-ins, and the names whose passwords were tried, which no other refusal may hide.
        case account
    }

    private var connections: TokenBucket
    /// When it is empty, reports about connections are left out as well.
    private var refusals: TokenBucket
    private var accounts: TokenBucket

    init(now: Instant) {
        connections = TokenBucket(ServerLimits.connectionReports, now: now)
        refusals = TokenBucket(ServerLimits.refusalReports, now: now)
        accounts = TokenBucket(ServerLimits.accountReports, now: now)
    }

    /// Takes a report from the allowance; false if there is none.
    mutating func take(_ subject: Subject, now: Instant) -> Bool {
        switch subject {
        case .connection: refusals.hasToken(now: now) && connections.take(now: now) == nil
        case .refusal: refusals.take(now: now) == nil
        case .account: accounts.take(now: now) == nil
        }
    }

    /// Whether there is a report for a sum of those that were left out.
    mutating func hasSum(now: Instant) -> Bool { refusals.hasToken(now: now) }

    mutating func isFull(now: Instant) -> Bool {
        connections.isFull(now: now) && refusals.isFull(now: now) && accounts.isFull(now: now)
    }
}
