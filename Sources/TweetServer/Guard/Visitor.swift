import TweetReactor
import TweetSystem

/// One ``TweetSystem/SocketAddress/network``, the reports about it that are left out, and its ``Site``.
final class Visitor {
    let network: String
    let site: Site
    /// The reports that were left out and are not summed up yet, and the text of one of them.
    private(set) var omitted = 0
    private var omittedExample: [UInt8] = []
    /// The number of its open connections.
    var connections = 0

    init(_ network: String, at site: Site) {
        self.network = network
        self.site = site
    }

    /// Whether forgetting it makes no difference.
    var isBlank: Bool { connections == 0 && omitted == 0 }

    // MARK: Reports

    /// Decides whether to report something.
    ///
    /// After a report that is left out, the sum comes first: a flood has one line a second, not a report and a sum.
    func reports(_ subject: ReportAllowance.Subject, now: Instant) -> Bool {
        (subject == .account || omitted == 0) && site.reports.take(subject, now: now)
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
    func mayBeSummedUp(now: Instant) -> Bool { site.reports.hasSum(now: now) }

    /// Takes the sum of the omitted reports, which counts as a report.
    func takeOmitted(now: Instant) -> (count: Int, example: [UInt8]) {
        _ = site.reports.take(.refusal, now: now)
        defer { omitted = 0 }
        return (omitted, omittedExample)
    }
}
