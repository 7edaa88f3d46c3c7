import TweetWire

/// Authors and hashtags of the latest messages, for Tab completion.
struct RecentWords: Sendable {
    private(set) var names: [String] = []
    private(set) var tags: [String] = []

    mutating func add(_ tweet: WireTweet) {
        if let author = tweet.author { Self.add(author.harmlessName, to: &names) }
        for tag in tweet.tags.prefix(ChatLimits.recentWords) { Self.add(tag.harmless, to: &tags) }
    }

    mutating func add(name: String) { Self.add(name.harmlessName, to: &names) }
    mutating func add(tag: String) { Self.add(tag.harmless, to: &tags) }

    /// The newest word is the last one.
    private static func add(_ word: String, to words: inout [String]) {
        words.removeAll { $0 == word }
        words.append(word)
        if words.count > ChatLimits.recentWords { words.removeFirst() }
    }
}
