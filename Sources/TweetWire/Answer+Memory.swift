import TweetModel

/// Memory that a client needs to keep items of an answer, so that it can bound what a server sends.
extension Answer.Item {
    /// Bytes of memory, rounded up: the value with room for an array to grow, and its strings.
    public var memoryBytes: Int {
        switch self {
        case .tweet(let tweet): tweet.memoryBytes
        case .message(let message): message.memoryBytes
        case .person(let person): person.memoryBytes
        case .block(let block): block.memoryBytes
        case .token(let token): token.memoryBytes
        case .tag(let tag): tag.memoryBytes
        }
    }
}

extension WireTweet {
    public var memoryBytes: Int {
        2 * MemoryLayout<Self>.stride + text.memoryBytes + (author?.memoryBytes ?? 0) + tags.memoryBytes
    }
}

extension WireMessage {
    public var memoryBytes: Int {
        2 * MemoryLayout<Self>.stride + text.memoryBytes + sender.memoryBytes + recipients.memoryBytes
    }
}

extension WirePerson {
    public var memoryBytes: Int { 2 * MemoryLayout<Self>.stride + name.memoryBytes + status.memoryBytes }
}

extension WireBlock {
    public var memoryBytes: Int { 2 * MemoryLayout<Self>.stride + name.memoryBytes }
}

extension WireTag {
    public var memoryBytes: Int { 2 * MemoryLayout<Self>.stride + tag.memoryBytes }
}

extension WireToken {
    public var memoryBytes: Int {
        let strings = [may, tag, label, secret?.string]
        return 2 * MemoryLayout<Self>.stride + strings.reduce(0) { $0 + ($1?.memoryBytes ?? 0) }
    }
}

extension String {
    /// Bytes besides the value itself: a short string has none.
    fileprivate var memoryBytes: Int { utf8.count < MemoryLayout<Self>.size ? 0 : utf8.count + 48 }
}

extension [String] {
    fileprivate var memoryBytes: Int {
        reduce(isEmpty ? 0 : 48) { $0 + 2 * MemoryLayout<String>.stride + $1.memoryBytes }
    }
}
