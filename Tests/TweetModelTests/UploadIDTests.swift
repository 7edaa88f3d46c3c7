import Testing
import TweetModel

/// The id that marks a repeated upload as the same upload.
struct UploadIDTests {
    @Test(arguments: [
        "a", "0", "-", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "host:4711.2026_11", String(repeating: "x", count: 64),
    ])
    func lettersDigitsAndFourSignsAreAnID(string: String) {
        #expect(UploadID(string)?.string == string)
    }

    @Test(arguments: ["", " ", "a b", "é", "a/b", "a#", "a\n", "\0", "a\"", String(repeating: "x", count: 65)])
    func anythingElseIsNone(string: String) {
        #expect(UploadID(string) == nil)
    }

    /// Returns the given numbers in order.
    private struct Numbers: RandomNumberGenerator {
        var values: [UInt64]

        mutating func next() -> UInt64 { values.removeFirst() }
    }

    @Test(
        arguments: [
            // The example of RFC 9562, A.6.
            (0x017F_22E2_79B0, [0xCC3, 0x18C4_DC0C_0C07_398F << 2], "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
            (0, [0, 0], "00000000-0000-7000-8000-000000000000"),
            (0xFFFF_FFFF_FFFF, [.max, .max], "ffffffff-ffff-7fff-bfff-ffffffffffff"),
            (0x0123_4567_89AB, [.max, 0], "01234567-89ab-7fff-8000-000000000000"),
            (-1, [0, 0], "ffffffff-ffff-7000-8000-000000000000"),
        ] as [(Int64, [UInt64], String)])
    func aNewIDIsAUUIDOfVersion7(milliseconds: Int64, random: [UInt64], expected: String) {
        var generator = Numbers(values: random)
        let id = UploadID(time: Timestamp(milliseconds: milliseconds), using: &generator)
        #expect(id.string == expected)
        #expect(UploadID(id.string) == id)
    }

    @Test func laterIDsSortBehindEarlierOnes() {
        var generator = SystemRandomNumberGenerator()
        let times: [Int64] = [0, 1, 255, 65_536, 1_700_000_000_000, 1_700_000_000_001, 0xFFFF_FFFF_FFFF]
        let ids = times.map { UploadID(time: Timestamp(milliseconds: $0), using: &generator).string }
        #expect(ids == ids.sorted())
    }

    @Test func twoIDsOfOneMomentDiffer() {
        var generator = SystemRandomNumberGenerator()
        let ids = (0..<1000).map { _ in UploadID(time: Timestamp(milliseconds: 0), using: &generator) }
        #expect(Set(ids).count == ids.count)
    }
}
