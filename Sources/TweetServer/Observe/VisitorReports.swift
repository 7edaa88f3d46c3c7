import TweetModel
import TweetReactor

/// Reports about clients, of which each site has an allowance; the rest is summed up by network.
extension Server {
    /// Reports something about a network's connection, unless too much of its site was reported lately.
    ///
    /// - Parameters:
    ///   - visitor: the network; nil for the operator, about whom everything is reported.
    ///   - text: appends the text; parts that come from outside must be escaped.
    func report(
        _ category: Report.Category, of visitor: Visitor?, _ subject: ReportAllowance.Subject = .connection,
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
    ///
    /// - Parameter isLast: whether nothing is left to a later sum, even if its site's allowance is used up.
    func sumUp(isLast: Bool = false) {
        let due = visitors.withOmitted.filter { isLast || $0.mayBeSummedUp(now: now) }.sorted {
            $0.omitted > $1.omitted
        }
        for visitor in due.prefix(ServerLimits.summarizedNetworks) {
            let (count, example) = visitor.takeOmitted(now: now)
            log.report(.error) { line in
                line.appendEscaped("\(count) more reports about \(visitor.network) are left out, the first: ")
                line += example
            }
        }
        let others = due.dropFirst(ServerLimits.summarizedNetworks)
        let count = others.reduce(visitors.takeForgottenReports()) { $0 + $1.takeOmitted(now: now).count }
        if count > 0 { log.report(.error, "\(count) more reports about other networks are left out") }
        if !visitors.withOmitted.isEmpty { sumUpLater() }
    }
}
