import TweetWire
import Testing
import TweetModel

@testable import TweetServer

/// The order of answers, the server's stop, and a first line that does not arrive.
struct ConversationOrderTests {
    // MARK: Ordering

    @Test func uploadsDoNotWaitForEachOther() {
        var driver = ConversationDriver()
        driver.receive("[\"u\",\"a\"]\n[\"u\",\"b\"]\n[\"u\",\"c\"]\n")
        #expect(driver.actions == ["upload \"a\"", "upload \"b\"", "upload \"c\""])
        #expect(!driver.isWaiting)
    }

    @Test(arguments: [
        (#"["d",""]"#, "last message"), (#"["d","a"]"#, "download tag=a"), (#"["d",{"count":5}]"#, "download count=5"),
        (#"["u"]"#, "refuse not_packet"), (#"["u","\u0007"]"#, "refuse forbidden_character"),
        ("nonsense", "end not_json"),
    ])
    func whateverFollowsUploadsWaitsForTheLastOfThem(line: String, action: String) {
        var driver = ConversationDriver()
        driver.receive("[\"u\",\"a\"]\n[\"u\",\"b\"]\n\(line)\n")
        #expect(driver.actions == ["upload \"a\"", "upload \"b\""])
        #expect(driver.isWaiting)
        driver.answerUploads(1)
        #expect(driver.isWaiting)
        driver.answerUploads(1)
        #expect(driver.actions.last == action)
    }

    @Test func anUploadBehindARequestThatWaitsWaitsToo() {
        var driver = ConversationDriver()
        driver.receive("[\"u\",\"a\"]\n[\"d\",\"\"]\n[\"u\",\"b\"]\n")
        #expect(driver.actions == ["upload \"a\""])
        driver.answerUploads(1)
        #expect(driver.actions == ["upload \"a\"", "last message", "upload \"b\""])
    }

    @Test func nothingIsBegunWhileAListIsSent() {
        var driver = ConversationDriver()
        driver.receive("[\"d\",{\"count\":5}]\n")
        driver.answerBegan()
        driver.receive("[\"u\",\"a\"]\n[\"d\",\"\"]\n")
        #expect(driver.actions == ["download count=5"])
        #expect(driver.isWaiting)
        driver.answerEnded()
        #expect(driver.actions == ["download count=5", "upload \"a\""])
    }

    @Test func theEndOfTheStreamWaitsForTheAnswers() {
        var driver = ConversationDriver()
        driver.receive("[\"u\",\"a\"]\n")
        driver.end()
        #expect(driver.actions == ["upload \"a\""])
        driver.answerUploads(1)
        #expect(driver.actions == ["upload \"a\"", "finish"])
    }

    @Test func theUploadsUnderWayAreCounted() {
        var driver = ConversationDriver()
        let texts = (1000..<1300).map(String.init)
        let atOnce = WireLimits.uploadBytesUnderWay / (WireLimits.uploadOverheadBytes + 4)
        driver.receive(texts.map { "[\"u\",\"\($0)\"]\n" }.joined())
        #expect(driver.uploads.count == atOnce)
        #expect(driver.isWaiting)
        driver.answerUploads(1)
        #expect(driver.uploads.count == atOnce)
        while !driver.uploads.isEmpty { driver.answerUploads(1) }
        #expect(driver.actions == texts.map { "upload \"\($0)\"" })
    }

    @Test func theTextOfTheUploadsUnderWayIsCountedInBytes() {
        var driver = ConversationDriver()
        // One character with combining marks, of 4,091 bytes.
        let text = "e" + String(repeating: "\u{301}", count: 2045)
        let atOnce = WireLimits.uploadBytesUnderWay / (WireLimits.uploadOverheadBytes + text.utf8.count)
        for _ in 0..<atOnce + 2 { driver.receive("[\"u\",\"\(text)\"]\n") }
        #expect(driver.uploads.count == atOnce)
        #expect(driver.isWaiting)
        driver.answerUploads(1)
        #expect(driver.uploads.count == atOnce)
        driver.answerUploads(atOnce)
        #expect(driver.actions.count == atOnce + 2)
    }

    /// A text that exceeded the bound by itself would wait for ever.
    @Test func theLongestTextIsTakenAlone() {
        #expect(TextLimits.textBytes + WireLimits.uploadOverheadBytes <= WireLimits.uploadBytesUnderWay)
    }

    // MARK: Stopping

    @Test func whatWasBegunBeforeTheStopIsAnsweredAndTheRestRefused() {
        var driver = ConversationDriver()
        driver.receive("[\"u\",\"a\"]\n")
        driver.stop()
        driver.receive("[\"u\",\"b\"]\n[\"d\",\"\"]\n")
        #expect(driver.actions == ["upload \"a\""])
        driver.answerUploads(1)
        #expect(driver.actions.dropFirst() == ["end stopping"])
    }

    @Test(arguments: ["d\n", "u\nhello", "u\n"])
    func theOriginalsRequestsAreResetWhileTheServerStops(stream: String) {
        var driver = ConversationDriver()
        driver.stop()
        driver.receive(stream)
        driver.end()
        #expect(driver.actions == ["reset stopping"])
    }

    // MARK: The first line

    @Test(arguments: [
        ("", "end"), ("[", "end"), (#"["d",""]"#, "end"), ("u", "end"), ("d", "end"), ("u\n", "reset"),
        ("u\nhalf a message", "reset"),
    ])
    func aFirstRequestThatDoesNotComeInTimeEndsTheConnection(stream: String, action: String) {
        var driver = ConversationDriver()
        driver.receive(stream)
        #expect(driver.conversation.isSilent)
        driver.timeOut()
        #expect(driver.actions == ["\(action) timed_out"])
        #expect(driver.reason == "no whole line in 10 seconds")
    }

    @Test func afterTheEndNothingIsUnderstoodAndNothingKept() {
        var driver = ConversationDriver()
        driver.receive("nonsense\n")
        var conversation = driver.conversation
        let (action, taken) = Array("[\"d\",\"\"]\n".utf8).withUnsafeBytes { conversation.next($0, atEnd: false) }
        #expect(taken == 9)
        guard case .awaitInput = action else {
            Issue.record("\(action)")
            return
        }
    }
}
