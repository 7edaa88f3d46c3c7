import TweetModel
import TweetStore
import TweetWire

/// The session of this run, as it is in memory: what a download of the last message is answered with.
struct RunningSession {
    let number: Int
    /// The entry from which the session's tweets count: its opening, or the last reset.
    private(set) var floor: SequenceNumber
    private(set) var lastMessage: LastMessage
    /// The sequence of the last tweet, or of the reset behind it.
    var sequence: SequenceNumber {
        if case .tweet(let tweet) = lastMessage { return tweet.sequence }
        return floor
    }
    /// The last message as an answer, ready to be sent.
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

    /// A tweet has become durable.
    ///
    /// - Parameter line: the tweet as an answer.
    mutating func stored(_ tweet: Tweet, line: [UInt8]) {
        lastMessage = .tweet(tweet)
        lastMessageLine = line
    }

    /// A reset has become durable.
    mutating func reset(at sequence: SequenceNumber, line: [UInt8]) {
        floor = sequence
        lastMessage = .empty
        lastMessageLine = line
    }
}
