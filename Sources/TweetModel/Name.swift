/// A person's name: 1 to 20 ASCII letters and digits, compared without regard to case, shown as written.
public struct Name: Sendable {
    public let string: String
    /// The form by which names are compared: `Ana` and `ANA` have the same key.
    public let key: String

    /// The rule for a name, as told to a user whose name breaks it.
    public static var rule: String { "1 to \(TextLimits.nameCharacters) ASCII letters and digits" }

    /// - Returns: nil if it is no valid name.
    public init?(_ string: String) {
        guard (1...TextLimits.nameCharacters).contains(string.utf8.count), string.everyByte(\.isASCIILetterOrDigit)
        else {
            return nil
        }
        self.string = string
        key = string.everyByte(\.isASCIILowercaseOrDigit) ? string : string.lowercased()
    }

    /// Creates a name from the store, which was validated when it was given, maybe by other rules.
    public init(stored string: String) {
        self.string = string
        key = string.lowercased()
    }

    /// Whether it is the server's own name, which nobody can take.
    public var isReserved: Bool { key == "server" }
}

extension Name: Hashable {
    public static func == (one: Name, other: Name) -> Bool { one.key == other.key }

    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Name: Comparable {
    public static func < (one: Name, other: Name) -> Bool { one.key < other.key }
}

extension UInt8 {
    fileprivate var isASCIILowercaseOrDigit: Bool {
        isASCIILetterOrDigit && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
    }
}
