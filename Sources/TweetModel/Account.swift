/// A name with a password, reserved for its owner even while the owner is away.
public struct Account: Hashable, Sendable {
    public let name: Name
    /// The entry that created it: messages to or from an earlier account of the same name do not belong to it.
    public let created: SequenceNumber
    public let password: PasswordHash
    /// Whether the directory omits it.
    public let isHidden: Bool

    public init(name: Name, created: SequenceNumber, password: PasswordHash, isHidden: Bool) {
        self.name = name
        self.created = created
        self.password = password
        self.isHidden = isHidden
    }
}

/// The stored form of a password: an encoded Argon2id hash with its salt and its costs (RFC 9106), one line of ASCII.
public struct PasswordHash: Hashable, Sendable {
    public let string: String

    public init(_ string: String) {
        self.string = string
    }
}

/// A password as entered: 8 to 128 bytes of UTF-8.
///
/// Its description hides it: printing one prints `Password(…)`.
public struct Password: Sendable, CustomStringConvertible, CustomReflectable {
    public let string: String

    /// The rule for a password, as told to a user whose password breaks it.
    public static var rule: String {
        "a password has \(TextLimits.passwordBytes.lowerBound) to \(TextLimits.passwordBytes.upperBound) bytes of UTF-8"
    }

    /// - Returns: nil if it is too short or too long.
    public init?(_ string: String) {
        guard TextLimits.passwordBytes.contains(string.utf8.count) else { return nil }
        self.string = string
    }

    /// - Returns: nil if it is too short, too long or invalid UTF-8, which is never repaired.
    public init?(_ bytes: [UInt8]) {
        guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
        self.init(string)
    }

    public var description: String { "Password(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Password: Hashable {
    /// Compares bytes, as its hash does: another normal form is another password.
    public static func == (one: Password, other: Password) -> Bool { one.string.hasBytes(of: other.string) }

    public func hash(into hasher: inout Hasher) { string.hashBytes(into: &hasher) }
}

/// A name and the password that proves it.
public struct Credentials: Hashable, Sendable {
    public let name: Name
    public let password: Password

    public init(name: Name, password: Password) {
        self.name = name
        self.password = password
    }
}
