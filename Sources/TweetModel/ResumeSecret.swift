/// Proof that a returning guest is the same one: a random word that only its client and the server know.
///
/// The client creates it, keeps it as long as its process runs and sends it with the name. Printing one prints
/// `ResumeSecret(…)`, so that no log ever contains it.
public struct ResumeSecret: Sendable, CustomStringConvertible, CustomReflectable {
    public let string: String

    /// The format of every secret, as a sentence for a client that sent something else.
    public static var rule: String {
        let count = TextLimits.resumeSecretCharacters
        return "a resume secret is \(count.lowerBound) to \(count.upperBound) ASCII letters and digits"
    }

    /// - Returns: nil if the text breaks ``rule``.
    public init?(_ string: String) {
        guard TextLimits.resumeSecretCharacters.contains(string.utf8.count), string.everyByte(\.isASCIILetterOrDigit)
        else {
            return nil
        }
        self.string = string
    }

    /// Creates a secret: 128 random bits as 32 hexadecimal digits.
    ///
    /// - Parameter generator: must be cryptographically secure, as the system's generator is.
    public init(using generator: inout some RandomNumberGenerator) {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for _ in 0..<2 {
            let word: UInt64 = generator.next()
            for nibble in 0..<16 { bytes.append(digits[Int(word >> UInt64(60 - nibble * 4) & 0xF)]) }
        }
        string = String(decoding: bytes, as: UTF8.self)
    }

    public var description: String { "ResumeSecret(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ResumeSecret: Hashable {
    /// Compares in a time that does not depend on where two secrets differ.
    public static func == (one: ResumeSecret, other: ResumeSecret) -> Bool {
        guard one.string.utf8.count == other.string.utf8.count else { return false }
        return zip(one.string.utf8, other.string.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(string) }
}
