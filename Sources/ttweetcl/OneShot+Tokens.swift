import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// Tokens of an account, searches and hashtags.
extension OneShot {
    func makeToken(_ token: NewToken) throws(ClientError) {
        var dialogue = try dialogue()
        for token in try dialogue.ask(.makeToken(token)).tokens {
            reporter.note(.general, "token \(token.id) made")
            try write(invocation.form.bytes(forNew: token), note: "; the token \(token.id) is made")
        }
    }

    func printTokens() throws(ClientError) {
        var dialogue = try dialogue()
        let tokens = try dialogue.ask(.tokens).tokens
        reporter.note(.general, "\(tokens.count) tokens downloaded")
        try write(tokens) { invocation.form.bytes(for: $0, isTerminal: isTerminal) }
    }

    func removeToken(_ id: SequenceNumber) throws(ClientError) {
        var dialogue = try dialogue()
        _ = try dialogue.ask(.removeToken(id))
        let deed = "token \(id) is removed"
        reporter.note(.general, deed)
        try write(invocation.form.bytes(forDone: deed), note: "; \(deed)")
    }

    /// Prints the tweets that a search finds, the newest first.
    func print(_ search: Search) throws(ClientError) {
        var dialogue = try dialogue()
        let tweets = try dialogue.ask(.search(search)).tweets
        reporter.note(.general, "\(tweets.count) messages found")
        try write(tweets) { invocation.form.lines(for: $0, isTerminal: isTerminal) }
        try write(invocation.form.doneBytes)
    }

    func printTags(_ count: Int?) throws(ClientError) {
        var dialogue = try dialogue()
        let tags = try dialogue.ask(.tags(count: count)).tags
        reporter.note(.general, "\(tags.count) hashtags downloaded")
        try write(tags) { invocation.form.bytes(for: $0, isTerminal: isTerminal) }
    }
}
