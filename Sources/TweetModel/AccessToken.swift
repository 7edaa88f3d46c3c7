/// A token of an account: it logs in without the password, and does what its scope permits.
public struct AccessToken: Hashable, Sendable {
    /// The entry that created it; by this number its owner removes it.
    public let id: SequenceNumber
    /// The account's name.
    public let owner: Name
    public let scope: TokenScope
    public let label: TokenLabel?
    public let created: Timestamp
    /// The time from which on it is refused; nil if it lasts until it is removed.
    public let expires: Timestamp?

    public init(
        id: SequenceNumber, owner: Name, scope: TokenScope, label: TokenLabel?, created: Timestamp, expires: Timestamp?
    ) {
        self.id = id
        self.owner = owner
        self.scope = scope
        self.label = label
        self.created = created
        self.expires = expires
    }

    public func isExpired(at time: Timestamp) -> Bool { expires.map { $0 <= time } ?? false }
}

/// The requests that a token permits.
public enum TokenScope: Hashable, Sendable {
    /// Uploads and private messages.
    case send
    /// Downloads of one hashtag's tweets, and following it.
    case read(Hashtag)
    /// Whatever the account may do: the token of a session, such as a browser's.
    case everything

    /// Whether a change of the account's password removes the token.
    public var isSession: Bool { self == .everything }
}

/// A token as its owner keeps it: `ttw_` and at least 128 random bits.
///
/// Nothing but its hash is ever stored. Printing one prints `TokenSecret(…)`, so that no log ever contains it.
public struct TokenSecret: Sendable, CustomStringConvertible, CustomReflectable {
    public let string: String

    /// The beginning by which people and programs that look for lost secrets recognise one.
    public static let prefix = "ttw_"

    /// The format of every token, as a sentence for somebody who entered something else.
    public static var rule: String {
        let count = TextLimits.tokenSecretCharacters
        return "a token is \(prefix) and \(count.lowerBound) to \(count.upperBound) ASCII letters and digits"
    }

    /// - Returns: nil if the text breaks ``rule``.
    public init?(_ string: String) {
        let body = string.utf8.dropFirst(Self.prefix.utf8.count)
        guard string.utf8.starts(with: Self.prefix.utf8), TextLimits.tokenSecretCharacters.contains(body.count),
            body.allSatisfy(\.isASCIILetterOrDigit)
        else { return nil }
        self.string = string
    }

    /// Creates a token of 128 random bits.
    ///
    /// - Parameter generator: must be cryptographically secure, as the system's generator is.
    public init(using generator: inout some RandomNumberGenerator) {
        string = Self.prefix + ResumeSecret(using: &generator).string
    }

    public var description: String { "TokenSecret(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension TokenSecret: Hashable {
    public static func == (one: TokenSecret, other: TokenSecret) -> Bool { one.string.hasBytes(of: other.string) }

    public func hash(into hasher: inout Hasher) { string.hashBytes(into: &hasher) }
}

/// The stored form of a token: 32 bytes as 64 hexadecimal digits.
///
/// A fast hash is enough, since nobody can guess 128 random bits. A token is looked up by its hash, so that the time
/// which the look-up takes tells nothing about other tokens.
public struct TokenHash: Hashable, Sendable {
    public let string: String

    public init(_ string: String) {
        self.string = string
    }

    /// - Parameter bytes: the hash itself.
    public init(_ bytes: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        for byte in bytes {
            for nibble in [byte >> 4, byte & 0xF] {
                digits.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
        }
        string = String(decoding: digits, as: UTF8.self)
    }
}

/// The words by which an account's owner knows a token again, such as `backup on db1`.
public struct TokenLabel: Sendable {
    public let string: String

    /// The rule for a label, as told to a user whose label breaks it.
    public static var rule: String {
        "a label has 1 to \(TextLimits.tokenLabelBytes) bytes of UTF-8, without control characters"
    }

    /// - Returns: nil if the text breaks ``rule``.
    public init?(_ string: String) {
        guard (1...TextLimits.tokenLabelBytes).contains(string.utf8.count), (try? TweetText(string)) != nil else {
            return nil
        }
        self.string = string
    }

    /// Creates a label from the store, which was validated when it was given, maybe by other rules.
    public init(stored string: String) {
        self.string = string
    }
}

extension TokenLabel: Hashable {
    /// Compares bytes, as its hash does.
    public static func == (one: TokenLabel, other: TokenLabel) -> Bool { one.string.hasBytes(of: other.string) }

    public func hash(into hasher: inout Hasher) { string.hashBytes(into: &hasher) }
}
