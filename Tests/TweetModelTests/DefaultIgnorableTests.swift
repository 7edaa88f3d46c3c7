import Testing

@testable import TweetModel

struct DefaultIgnorableTests {
    @Test func itIsThePropertyOfTheStandardLibrary() {
        let different = (UInt32(0)...0x10FFFF).compactMap(Unicode.Scalar.init).filter {
            $0.isDefaultIgnorable != $0.properties.isDefaultIgnorableCodePoint
        }
        #expect(different.isEmpty)
    }
}
