/// A set of ASCII characters as 128 bits: a byte is tested without a branch or a table in memory.
struct ByteSet {
    private let low: UInt64
    private let high: UInt64

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        // Shifted out by `>>` if the byte is not one of the word's 64.
        (low >> UInt64(byte) | (byte < 64 ? 0 : high >> UInt64(byte &- 64))) & 1 != 0
    }

    // The words are written out, since a set that is computed from its characters is made when it is first used, which
    // every later use has to check. A test compares them with the characters.

    /// The characters of a token (RFC 9110, 5.6.2).
    static let token = ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    /// The characters of a path and a query, `%` included (RFC 3986, 3.3 and 3.4).
    static let target = ByteSet(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF)
    /// The characters of a host's name: those of DNS, and the underscore that container networks use.
    static let hostName = ByteSet(low: 0x03FF_6000_0000_0000, high: 0x07FF_FFFE_87FF_FFFE)
    /// The characters of base64 (RFC 4648, 4), without the padding.
    static let base64 = ByteSet(low: 0x03FF_8800_0000_0000, high: 0x07FF_FFFE_07FF_FFFE)
}
