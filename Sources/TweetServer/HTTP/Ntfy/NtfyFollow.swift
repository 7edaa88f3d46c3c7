import TweetModel
import TweetReactor
import TweetWire

/// The request of a follower of ntfy's: its topics, in one of the forms.
final class NtfyFollow {
    let form: NtfyForm
    let topics: [NtfyTopic]
    let since: NtfySince
    /// Whether it ends once the messages that are there are sent.
    let polls: Bool
    /// The start of the WebSocket; nil for a stream by HTTP.
    let upgrade: WebSocketUpgrade?
    /// All topics as one string of JSON.
    private let allTopics: [UInt8]
    /// The beginning of each topic's messages; connections write them from here.
    private let prefixes: [UnsafeMutableRawBufferPointer]

    init(
        _ form: NtfyForm, _ topics: [NtfyTopic], since: NtfySince, polls: Bool, upgrade: WebSocketUpgrade? = nil
    ) {
        precondition(!topics.isEmpty, "a follower has a topic")
        self.form = form
        self.topics = topics
        self.since = since
        self.polls = polls
        self.upgrade = upgrade
        allTopics = Self.json(topics.map(\.written).joined(separator: ","))
        prefixes = topics.map { topic in
            let prefix = form.prefix(topic: Self.json(topic.written))
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: prefix.count, alignment: 1)
            memory.copyBytes(from: prefix)
            return memory
        }
    }

    deinit {
        for prefix in prefixes { prefix.deallocate() }
    }

    /// A topic as a string of JSON, with its quotes.
    static func json(_ topic: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendJSON(topic)
        return bytes
    }

    var tags: [Hashtag] { topics.map(\.tag) }

    /// The beginning of a message that some feeds carry; valid as long as this object.
    ///
    /// The topic is the client's first one that the message has.
    func prefix(among feeds: [Feed]) -> UnsafeRawBufferPointer {
        prefix { topic in feeds.contains { $0.isFeed(of: topic.tag) } }
    }

    /// A message that is there already.
    func message(_ tweet: Tweet) -> [UInt8] {
        let tags = topics.count > 1 ? tweet.text.hashtags : []
        return prefix { tags.contains($0.tag) } + Framing.ntfy(form).bytes(of: PacketWriter.push(tweet))
    }

    private func prefix(where isMeant: (NtfyTopic) -> Bool) -> UnsafeRawBufferPointer {
        let index = topics.count == 1 ? 0 : topics.firstIndex(where: isMeant) ?? 0
        return UnsafeRawBufferPointer(prefixes[index])
    }

    /// An event that is no message.
    ///
    /// - Parameter newest: the sequence of the newest tweet.
    func event(_ name: StaticString, newest: SequenceNumber, at time: Timestamp) -> [UInt8] {
        form.event(name, topic: allTopics, sequence: newest, time: time.milliseconds / 1000)
    }
}

extension NtfyFollow: Equatable {
    static func == (one: NtfyFollow, other: NtfyFollow) -> Bool { one === other }
}

extension NtfyFollow: CustomStringConvertible {
    var description: String {
        "\(form) of \(topics.map(\.written)) since \(since)" + (polls ? ", polled" : "")
            + (upgrade == nil ? "" : ", upgraded")
    }
}
