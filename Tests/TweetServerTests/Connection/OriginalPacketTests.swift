import TweetWire
import Testing

@testable import TweetServer

/// The packets of the original protocol: `u` LF and a text up to the end of the stream, or `d` LF.
struct OriginalPacketTests {
    @Test(arguments: [
        ("u\nhello", #"original upload "hello""#),
        ("u\nhello\n", #"original upload "hello""#),
        ("u\n", "original upload reset"),
        ("u\n\n", "original upload reset"),
        ("u\n[\"d\",\"\"]", #"original upload "["d",""]""#),
        ("u\nd", #"original upload "d""#),
        ("u\nhello\n\n", "reset forbidden_character"),
        ("u\nhello\r\n", "reset forbidden_character"),
        ("u\ntwo\nlines", "reset forbidden_character"),
        ("u\na bell \u{7}", "reset forbidden_character"),
        ("u\n\0", "reset forbidden_character"),
        ("u\n" + String(repeating: "x", count: 150), "original upload \"\(String(repeating: "x", count: 150))\""),
        ("u\n" + String(repeating: "x", count: 151), "reset too_long"),
        ("u\n" + String(repeating: "x", count: 100_000), "reset too_long"),
    ])
    func anUploadIsTheTextUpToTheEndOfTheStream(stream: String, action: String) {
        #expect(ConversationDriver.actions(for: stream) == [action])
    }

    @Test func invalidUTF8IsRefused() {
        #expect(ConversationDriver.actions(for: Array("u\n".utf8) + [0xC3]) == ["reset bad_body"])
    }

    @Test func anUploadIsNotBegunBeforeTheStreamEnds() {
        var driver = ConversationDriver()
        driver.receive("u\nhello\n")
        #expect(driver.actions == [])
        driver.receive("there")
        #expect(driver.actions == [])
        driver.end()
        #expect(driver.actions == ["reset forbidden_character"])
    }

    @Test func anUploadLongerThanALineIsRefusedBeforeItsEndComes() {
        var driver = ConversationDriver()
        driver.receive("u\n" + String(repeating: "x", count: WireLimits.lineBytes - 3))
        #expect(driver.actions == [])
        driver.receive("x")
        #expect(driver.actions == ["reset too_long"])
    }

    @Test(arguments: ["d\n", "d\n\n", "d\nu\nhello"])
    func aDownloadNeedsNoEndOfTheStream(stream: String) {
        var driver = ConversationDriver()
        driver.receive(stream)
        #expect(driver.actions == ["original download"])
        #expect(driver.unread.isEmpty)
    }

    @Test func anUploadIsUnderWayUntilItIsAnswered() {
        var driver = ConversationDriver()
        driver.receive("u\nhello")
        driver.end()
        #expect(!driver.conversation.isAnswered)
        driver.answerUploads(1)
        #expect(driver.conversation.isAnswered)
    }

    @Test(arguments: ["u\n", "d\n"])
    func behindAPacketItIsNoPacketOfTheOriginal(stream: String) {
        #expect(ConversationDriver.actions(for: "[\"d\",\"\"]\n" + stream) == ["last message", "end not_json"])
    }
}
