import CSystem
public import TweetSystem
public import TweetWire

extension Following: ConnectionRules {
    /// Carries out the following's actions until it is finished, or until the output has no reader.
    ///
    /// - Parameters:
    ///   - output: the stream that the tweets are written to: if its reader closes it, following ends.
    ///   - deliver: delivers a tweet; an error that it throws ends the following.
    public mutating func run(
        over link: inout Link, output: StandardStream?, deliver: (WireTweet) throws(ClientError) -> Void
    ) throws(ClientError) {
        var action = start(at: .now)
        while true {
            switch action {
            case .connect(let moment): action = link.connect(until: moment, &self)
            case .send(let bytes, let moment): action = link.send(bytes, until: moment, &self)
            case .receive(let moment):
                if let output, !link.wait(until: moment, orEndOf: output) {
                    throw ClientError(output: Errno(code: EPIPE))
                }
                action = link.receive(until: moment, &self)
            case .deliver(let tweet):
                try deliver(tweet)
                action = delivered(at: .now)
            case .pause(let moment, let reason):
                action = link.pause(until: moment, report: "following was interrupted: \(reason); trying again", &self)
            case .say(let text):
                link.reporter.warn(text)
                action = said()
            case .finish(nil): return
            case .finish(let error?): throw error
            }
        }
    }
}
