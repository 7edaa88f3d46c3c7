import Testing
import TweetModel

struct ResumeSecretTests {
    @Test(arguments: [
        (15, false), (16, true), (64, true), (65, false),
    ])
    func aSecretHas16To64Characters(count: Int, isSecret: Bool) {
        #expect((ResumeSecret(String(repeating: "x", count: count)) != nil) == isSecret)
    }

    @Test(arguments: ["0123456789abcde-", "0123456789abcde ", "0123456789abcdé", "0123456789abcde\n"])
    func aSecretIsASCIILettersAndDigits(text: String) {
        #expect(ResumeSecret(text) == nil)
    }

    @Test func aNewSecretIsOneAndAnotherEachTime() {
        var generator = SystemRandomNumberGenerator()
        let (one, other) = (ResumeSecret(using: &generator), ResumeSecret(using: &generator))
        #expect(one != other)
        #expect(one.string.utf8.count == 32)
        #expect(ResumeSecret(one.string) == one)
    }

    @Test func aSecretNeverShowsItself() throws {
        let secret = try #require(ResumeSecret("0123456789abcdef"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("0123456789abcdef"))
    }

    @Test(arguments: [("0123456789abcdef", "0123456789abcdeg"), ("0123456789abcdef", "0123456789abcdef0")])
    func secretsThatDifferAreNotEqual(one: String, other: String) {
        #expect(ResumeSecret(one) != ResumeSecret(other))
    }
}
