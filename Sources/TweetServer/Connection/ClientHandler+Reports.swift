import TweetModel
import TweetWire

/// Reports about one client, of which its site has an allowance.
extension ClientHandler {
    /// Reports an error, except those that are not the client's mistake.
    ///
    /// - Parameter name: the name whose password was tried.
    func reportRefusal(_ error: WireError, attemptAt name: Name? = nil) {
        server.counts.countRefusal(error.code)
        switch error.code {
        case .stopping, .notFresh: break
        case .busy where error.isOfFullStore: break
        default:
            let attempt = name.map { " for \($0.string)" } ?? ""
            report(
                .error, " was refused: ", "\(error.code.rawValue)\(attempt), \(error.message)",
                name == nil ? .refusal : .account)
        }
    }

    /// Reports an upload that the journal or the store has refused.
    func reportRefusedMessage(_ error: WireError) {
        server.counts.countRefusal(error.code)
        if error.isOfFullStore { return }
        server.report(.error, of: visitor, .refusal) { line in
            line.append("message from ")
            line.append(utf8: peerText)
            line.append(" was refused: ")
            line.appendEscaped("\(error.code.rawValue), \(error.message)")
        }
    }

    func report(
        _ category: Report.Category, _ what: StaticString, _ detail: String = "",
        _ subject: ReportAllowance.Subject = .connection
    ) {
        server.report(category, of: visitor, subject) { line in
            line.append("client ")
            line.append(utf8: peerText)
            line.append(what)
            if !detail.isEmpty { line.appendEscaped(detail) }
        }
    }
}
