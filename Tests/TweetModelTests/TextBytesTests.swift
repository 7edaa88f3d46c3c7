import Testing
import TweetModel

/// Texts and passwords are compared by their bytes, not by what they look like.
struct TextBytesTests {
    @Test(
        arguments: [
            ("caf\u{E9}", "cafe\u{301}"), ("\u{212B}", "\u{C5}"), ("\u{AC00}", "\u{1100}\u{1161}"),
            ("a\u{323}\u{307}", "a\u{307}\u{323}"),
        ])
    func anotherNormalFormIsAnotherText(one: String, other: String) throws {
        #expect(one == other, "Swift's strings are equal")
        #expect(try TweetText(one) != TweetText(other))
        #expect(try Set([TweetText(one), TweetText(other), TweetText(one)]).count == 2)
        #expect(Password("12345678" + one) != Password("12345678" + other))
        #expect(Set([Password("12345678" + one), Password("12345678" + other)]).count == 2)
    }

    @Test func theSameBytesAreTheSameText() throws {
        #expect(try TweetText("caf\u{E9}") == TweetText("caf\u{E9}"))
        #expect(Password("12345678\u{E9}") == Password("12345678\u{E9}"))
    }
}
