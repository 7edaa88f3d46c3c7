import TweetSystem

extension Exchange: ConnectionRules {
    /// Carries out the exchange's actions until it is finished, on the open connection or on a new one.
    mutating func run(over link: inout Link) -> Result<WholeAnswer, ClientError> {
        let now = Instant.now
        var action = link.isConnected ? startConnected(at: now) : start(at: now)
        while true {
            // A send sets it itself, once its bytes may leave.
            if case .send = action {} else { RunTimer.setOutcome(openClause) }
            switch action {
            case .connect(let moment): action = link.connect(until: moment, &self)
            case .send(let bytes, let moment): action = link.send(bytes, until: moment, &self)
            case .receive(let moment): action = link.receive(until: moment, &self)
            case .pause(let moment, let reason):
                action = link.pause(until: moment, report: "no answer: \(reason); trying again", &self)
            case .finish(let result):
                RunTimer.setOutcome("")
                if case .success = result, mayBeStoredTwice { warnOfSecond(at: link) }
                return result
            }
        }
    }

    /// Warns that two servers may have the message, if the host's addresses belong to different servers.
    private func warnOfSecond(at link: borrowing Link) {
        guard let former = link.formerAddress, let address = link.address else { return }
        link.reporter.warn(
            "the message is stored at \(address); it was sent to \(former) before, which did not answer and may have "
                + "stored it too")
    }
}
