import TweetModel
import TweetStore
import TweetWire

/// The session of this run in memory; a download of the last message is answered from it.
struct RunningSession {
    let number: Int
    /// The sequence of the session's opening or of its last reset; only tweets after it count.
    private(set) var floor: SequenceNumber
    private(set) var lastMessage: LastMessage
    /// The sequence of the last tweet, or of a later reset.
    var sequence: SequenceNumber {
        if case .tweet(let tweet) = lastMessage { return tweet.sequence }
        return floor
    }
    /// The sequence of the last message; nil while it is empty.
    var lastSequence: SequenceNumber? {
        if case .tweet(let tweet) = lastMessage { tweet.sequence } else { nil }
    }
    /// The last message as an encoded answer.
    private(set) var lastMessageLine: [UInt8]

    init(_ session: Session) {
        number = session.number
        floor = session.floor
        lastMessage = session.lastMessage
        lastMessageLine =
            switch session.lastMessage {
            case .empty: PacketWriter.okEmpty()
            case .tweet(let tweet): PacketWriter.ok(tweet)
            }
    }

    /// The last message alone, as the original's clients want it.
    var lastMessageText: [UInt8] {
        switch lastMessage {
        case .empty: Array(LastMessage.emptyText.utf8)
        case .tweet(let tweet): Array(tweet.text.string.utf8)
        }
    }

    /// Notes a tweet that has become durable.
    ///
    /// - Parameter line: the tweet as an encoded answer.
    mutating func stored(_ tweet: Tweet, line: [UInt8]) {
        lastMessage = .tweet(tweet)
        lastMessageLine = line
    }

    /// Notes the last message that is left after a later one was pruned; nil if there is none.
    mutating func pruned(rest: Tweet?) {
        lastMessage = rest.map(LastMessage.tweet) ?? .empty
        lastMessageLine = rest.map(PacketWriter.ok) ?? PacketWriter.okEmpty()
    }

    /// Notes a reset that has become durable.
    mutating func reset(at sequence: SequenceNumber, line: [UInt8]) {
        floor = sequence
        lastMessage = .empty
        lastMessageLine = line
    }
}
