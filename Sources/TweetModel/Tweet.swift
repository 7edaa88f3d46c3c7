/// The number of a tweet or message, as shown to clients: 1, 2, 3, … across sessions, with gaps, in the journal's
/// order.
public typealias SequenceNumber = Int64

/// A stored public message.
public struct Tweet: Hashable, Sendable {
    public let sequence: SequenceNumber
    public let time: Timestamp
    /// The author; nil if the tweet was uploaded without a name.
    public let author: Name?
    /// Whether the author was logged in to an account; false for a guest, and if it is not known.
    public let isByAccount: Bool
    public let text: TweetText

    public init(
        sequence: SequenceNumber, time: Timestamp, author: Name?, isByAccount: Bool = false, text: TweetText
    ) {
        self.sequence = sequence
        self.time = time
        self.author = author
        self.isByAccount = isByAccount
        self.text = text
    }
}

/// The newest tweet of the running session, or the empty message if there is none.
public enum LastMessage: Sendable {
    case empty
    case tweet(Tweet)

    /// The text of a session's last message before the first upload and after a reset.
    public static let emptyText = "Empty Message"
}

/// An id by which a repeated upload is recognized: 1 to 64 ASCII letters, digits, `-`, `_`, `.` or `:`.
///
/// Ids that grow with time (UUID version 7, RFC 9562) keep the store's index of them compact; any id works.
public struct UploadID: Hashable, Sendable {
    public let string: String

    public init?(_ string: String) {
        guard (1...TextLimits.uploadIDCharacters).contains(string.utf8.count),
            string.everyByte({ $0.isASCIILetterOrDigit || $0.isUploadIDPunctuation })
        else { return nil }
        self.string = string
    }

    /// Creates an id: a UUID of version 7, with the time in milliseconds in its first 48 bits, and 74 random bits.
    public init(time: Timestamp, using generator: inout some RandomNumberGenerator) {
        let random = (generator.next(), generator.next()) as (UInt64, UInt64)
        let high = UInt64(truncatingIfNeeded: time.milliseconds) << 16 | 0x7000 | (random.0 & 0x0FFF)
        let low = 0x8000_0000_0000_0000 | (random.1 >> 2)
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        for (half, word) in [high, low].enumerated() {
            for nibble in 0..<16 {
                let position = half * 16 + nibble
                if [8, 12, 16, 20].contains(position) { bytes.append(UInt8(ascii: "-")) }
                bytes.append(digits[Int(word >> UInt64(60 - nibble * 4) & 0xF)])
            }
        }
        string = String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isUploadIDPunctuation: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
    }

    var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
