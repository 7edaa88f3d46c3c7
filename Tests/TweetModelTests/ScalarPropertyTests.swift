import Testing

@testable import TweetModel

/// Properties of scalars that are decided without the standard library, compared with it for all scalars.
struct ScalarPropertyTests {
    private let scalars = (UInt32(0)...0x10FFFF).compactMap(Unicode.Scalar.init)

    @Test func invisibleScalarsAreThoseOfTheStandardLibrary() {
        let different = scalars.filter { $0.isDefaultIgnorable != $0.properties.isDefaultIgnorableCodePoint }
        #expect(different.isEmpty)
    }

    @Test func marksAreThoseOfTheStandardLibrary() {
        let different = scalars.filter {
            let category = $0.properties.generalCategory
            let isMark = category == .nonspacingMark || category == .spacingMark
            return ($0.hashtagRole == .mark) != (isMark && !$0.isDefaultIgnorable)
        }
        #expect(different.isEmpty)
    }
}
