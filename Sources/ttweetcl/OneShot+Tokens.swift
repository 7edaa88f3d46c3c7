import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// Tokens of an account, searches and hashtags.
extension OneShot {
    func makeToken(_ token: NewToken, _ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        for token in try dialogue.ask(.makeToken(token)).tokens {
            reporter.note(.general, "token \(token.id) made")
            try write(invocation.form.bytes(forNew: token), note: "; the token \(token.id) is made")
        }
    }

    func printTokens(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        let tokens = try dialogue.ask(.tokens).tokens
        reporter.note(.general, "\(tokens.count) tokens downloaded")
        for part in tokens.printedParts {
            try write(invocation.form.bytes(for: part, isTerminal: StandardStream.output.isTerminal))
        }
    }

    func removeToken(_ id: SequenceNumber, _ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        _ = try dialogue.ask(.removeToken(id))
        let deed = "token \(id) is removed"
        reporter.note(.general, deed)
        try write(invocation.form.bytes(forDone: deed), note: "; \(deed)")
    }

    /// Prints the tweets that a search finds, the newest first.
    func print(_ search: Search, _ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        let tweets = try dialogue.ask(.search(search)).tweets
        reporter.note(.general, "\(tweets.count) messages found")
        for part in tweets.printedParts {
            try write(invocation.form.lines(for: part, isTerminal: StandardStream.output.isTerminal))
        }
        try write(invocation.form.doneBytes)
    }

    func printTags(_ count: Int?, _ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        let tags = try dialogue.ask(.tags(count: count)).tags
        reporter.note(.general, "\(tags.count) hashtags downloaded")
        for part in tags.printedParts {
            try write(invocation.form.bytes(for: part, isTerminal: StandardStream.output.isTerminal))
        }
    }
}
