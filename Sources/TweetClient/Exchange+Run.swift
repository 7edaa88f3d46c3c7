import TweetSystem

extension Exchange: ConnectionRules {
    /// Does the exchange's actions until it is finished, on the connection that is there or on a new one.
    mutating func run(over link: inout Link) -> Result<Reply, ClientError> {
        var action = link.isConnected ? start(on: link.address) : start(at: Clock.monotonicMilliseconds)
        while true {
            switch action {
            case .connect(let index, let moment): action = link.connect(to: index, until: moment, &self)
            case .send(let bytes, let moment): action = link.send(bytes, until: moment, &self)
            case .receive(let moment): action = link.receive(until: moment, &self)
            case .pause(let moment, let reason):
                action = link.pause(until: moment, report: "no answer: \(reason); trying again", &self)
            case .finish(let result): return result
            }
        }
    }
}
