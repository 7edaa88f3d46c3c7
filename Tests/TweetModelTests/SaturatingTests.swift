import Testing
import TweetModel

/// Arithmetic that ends at the ends of its type.
struct SaturatingTests {
    @Test(
        arguments: [
            (1, 2, 3), (.max, 1, .max), (.max, .max, .max), (.min, -1, .min), (.min, .min, .min), (.max, .min, -1),
            (.min, .max, -1),
        ] as [(Int64, Int64, Int64)])
    func aSumEndsAtTheEndOfItsType(one: Int64, other: Int64, sum: Int64) {
        #expect(one.addingSaturated(other) == sum)
        #expect(Timestamp(milliseconds: one).adding(milliseconds: other) == Timestamp(milliseconds: sum))
    }

    @Test(
        arguments: [
            (1, 2, -1), (-2, .max, .min), (-1, .max, .min), (0, .min, .max), (.max, -1, .max), (.min, 1, .min),
            (.min, .min, 0), (.max, .max, 0),
        ] as [(Int64, Int64, Int64)])
    func aDifferenceEndsAtTheEndOfItsType(one: Int64, other: Int64, difference: Int64) {
        #expect(one.subtractingSaturated(other) == difference)
        #expect(Timestamp(milliseconds: one).subtracting(milliseconds: other) == Timestamp(milliseconds: difference))
    }

    @Test(
        arguments: [
            (3, -2, -6), (.max, 2, .max), (.max, -2, .min), (.min, 2, .min), (.min, -1, .max), (.min, 1, .min),
            (.max, 0, 0),
        ] as [(Int64, Int64, Int64)])
    func aProductEndsAtTheEndOfItsType(one: Int64, other: Int64, product: Int64) {
        #expect(one.multipliedSaturated(by: other) == product)
    }
}
