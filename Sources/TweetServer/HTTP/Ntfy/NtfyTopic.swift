import TweetHTTP
import TweetModel
import TweetWire

/// A topic of ntfy: a hashtag, as a client has written it.
struct NtfyTopic: Equatable {
    let written: String
    let tag: Hashtag

    /// The scalars of a topic: ntfy's own limit, which leaves room for a text before the hashtag.
    private static let longest = 64

    /// Parses a topic.
    ///
    /// - Throws: the problem to answer with, if the text is no hashtag, or one of ``HTTPPath/ownNames``.
    init(_ text: String) throws(HTTPProblem) {
        guard text.unicodeScalars.prefix(Self.longest + 1).count <= Self.longest, let tag = Hashtag(text) else {
            throw .ntfy(
                40009,
                "the topic is no hashtag: it has 1 to \(Self.longest) letters, digits or _, and no other character")
        }
        if HTTPPath.isOwnName(tag) { throw .ntfy(40010, "the topic \(tag.written) is a path of this server's own") }
        written = text
        self.tag = tag
    }

    /// Parses topics that are separated by commas; of two that are one hashtag the first one counts.
    ///
    /// - Returns: at least one, and no more than a connection may follow.
    static func list(_ text: String) throws(HTTPProblem) -> [NtfyTopic] {
        var topics: [NtfyTopic] = []
        for part in text.split(separator: ",") {
            guard topics.count < WireLimits.followedTags else {
                throw .ntfy(40009, "there are more than \(WireLimits.followedTags) topics")
            }
            let topic = try NtfyTopic(String(part))
            if !topics.contains(where: { $0.tag == topic.tag }) { topics.append(topic) }
        }
        if topics.isEmpty { throw .ntfy(40009, "a topic is missing") }
        return topics
    }
}
