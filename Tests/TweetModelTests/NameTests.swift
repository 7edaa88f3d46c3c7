import Testing
import TweetModel

/// The rules for a person's name.
struct NameTests {
    @Test(arguments: ["a", "Z", "0", "anna", "R2D2", "12345678901234567890"])
    func lettersAndDigitsAreAName(string: String) {
        #expect(Name(string)?.string == string)
    }

    @Test(arguments: [
        "", "123456789012345678901", " ", "a b", "a_b", "a-b", "anna ", "änna", "٣", "ａ", "a\n", "a\0", "#a", "@a", "[",
        "`", "{", "/", ":",
    ])
    func anythingElseIsNone(string: String) {
        #expect(Name(string) == nil)
    }
}
