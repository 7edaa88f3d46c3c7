import TweetModel
public import TweetWire

/// The complete answer to a request.
public enum WholeAnswer: Hashable, Sendable {
    /// One tweet, or those of a list; for a single tweet that does not exist, the empty message.
    case tweets([WireTweet])
    case messages([WireMessage])
    case people([WirePerson])
    case blocks([WireBlock])
    case tags([WireTag])
    case tokens([WireToken])
    /// The number of items that the request affected.
    case count(Int)
    /// Done, without a value; after taking a name, with the number of pending messages.
    case done(pending: Int?)
}

extension WholeAnswer {
    public var tweets: [WireTweet] { if case .tweets(let tweets) = self { tweets } else { [] } }
    public var messages: [WireMessage] { if case .messages(let messages) = self { messages } else { [] } }
    public var people: [WirePerson] { if case .people(let people) = self { people } else { [] } }
    public var blocks: [WireBlock] { if case .blocks(let blocks) = self { blocks } else { [] } }
    public var tags: [WireTag] { if case .tags(let tags) = self { tags } else { [] } }
    public var tokens: [WireToken] { if case .tokens(let tokens) = self { tokens } else { [] } }
    public var pending: Int? { if case .done(let pending) = self { pending } else { nil } }
}

/// The lines that answer one request, combined.
struct WholeAnswerReader: Sendable {
    private enum Form: Sendable {
        case tweet(onlyFresh: Bool)
        case tweets(onlyFresh: Bool)
        case message, messages
        case person, people
        case blocks
        case tags
        case token, tokens
        case count
        case done
    }

    private let form: Form
    /// The maximum number of parts of a list; a list of names has only the bound on memory.
    private let limit: Int
    /// Bytes of memory of the parts.
    private var bytes = 0
    private var tweets: [WireTweet] = []
    private var messages: [WireMessage] = []
    private var people: [WirePerson] = []
    private var blocks: [WireBlock] = []
    private var tags: [WireTag] = []
    private var tokens: [WireToken] = []

    init(_ request: Request) {
        switch request {
        case .lastMessage, .upload: (form, limit) = (.tweet(onlyFresh: false), 0)
        case .download(let download):
            let onlyFresh = download.maxAge != nil
            form = download.isList ? .tweets(onlyFresh: onlyFresh) : .tweet(onlyFresh: onlyFresh)
            limit = download.limit
        case .search(let search): (form, limit) = (.tweets(onlyFresh: false), search.limit)
        case .tags(let count): (form, limit) = (.tags, count ?? WireLimits.downloadCount)
        case .makeToken: (form, limit) = (.token, 0)
        case .tokens: (form, limit) = (.tokens, .max)
        case .message: (form, limit) = (.message, 0)
        case .inbox(let query), .sent(let query): (form, limit) = (.messages, query.limit)
        case .directory(.one): (form, limit) = (.person, 0)
        case .directory: (form, limit) = (.people, .max)
        case .blocked: (form, limit) = (.blocks, .max)
        case .markRead: (form, limit) = (.count, 0)
        case .follow, .unfollow: preconditionFailure("a feed has no one answer: a Following asks for it")
        default: (form, limit) = (.done, 0)
        }
    }

    /// Takes the next line of the answer, which is neither an error nor a push.
    ///
    /// - Returns: nil until the answer is complete.
    /// - Throws: `notUnderstood` for a line that does not fit the request, `notFresh` if no message is new enough.
    mutating func take(_ answer: Answer) throws(ClientError) -> WholeAnswer? {
        let partCount = tweets.count + messages.count + people.count + blocks.count + tags.count + tokens.count
        if case .part(let item) = answer {
            bytes += item.memoryBytes
            guard bytes <= ClientLimits.answerBytes else {
                throw .notUnderstood("it takes more than \(ClientLimits.answerBytes >> 20) MiB of memory")
            }
        }
        switch (form, answer) {
        case (.tweet(let onlyFresh), .one(.tweet(let tweet))):
            if tweet.sequence == nil, onlyFresh { throw Self.notFresh }
            return .tweets([tweet])
        case (.tweets, .part(.tweet(let tweet))) where partCount < limit: tweets.append(tweet)
        case (.tweets(let onlyFresh), .end(count: partCount)):
            if tweets.isEmpty, onlyFresh { throw Self.notFresh }
            return .tweets(tweets)
        case (.message, .one(.message(let message))): return .messages([message])
        case (.messages, .part(.message(let message))) where partCount < limit: messages.append(message)
        case (.messages, .end(count: partCount)): return .messages(messages)
        case (.person, .one(.person(let person))): return .people([person])
        case (.people, .part(.person(let person))) where partCount < limit: people.append(person)
        case (.people, .end(count: partCount)): return .people(people)
        case (.blocks, .part(.block(let block))) where partCount < limit: blocks.append(block)
        case (.blocks, .end(count: partCount)): return .blocks(blocks)
        case (.tags, .part(.tag(let tag))) where partCount < limit: tags.append(tag)
        case (.tags, .end(count: partCount)): return .tags(tags)
        case (.token, .one(.token(let token))): return .tokens([token])
        case (.tokens, .part(.token(let token))) where partCount < limit: tokens.append(token)
        case (.tokens, .end(count: partCount)): return .tokens(tokens)
        case (.count, .end(let count)): return .count(count)
        case (.done, .done(_, _, let pending)): return .done(pending: pending)
        default: throw .notUnderstood("it does not fit the request")
        }
        return nil
    }

    private static var notFresh: ClientError { ClientError(.notFresh, "no message is newer than --max-age") }
}
