import Testing
import TweetModel

@testable import TweetChat

/// A paste is text, never commands; several lines are asked about, and nothing of a password is shown.
struct PasteTests {
    private static let time = ChatDriver.time
    private let status = ChatStatus(server: "here")

    private func paste(_ bytes: some Sequence<UInt8>) -> Paste {
        var paste = Paste()
        for byte in bytes { paste.append(byte) }
        return paste
    }

    private func desk(_ question: Question? = nil) -> ChatDesk {
        var desk = ChatDesk(size: ScreenSize(rows: 12, columns: 99))
        desk.update(status, question, resets: 0, at: Self.time)
        return desk
    }

    private func paste(_ text: String, into desk: inout ChatDesk) {
        desk.beginPaste()
        desk.paste(paste(text.utf8), at: Self.time)
        desk.wasDrawn()
    }

    private func press(_ keys: Key..., in desk: inout ChatDesk) -> ChatDesk.Outcome {
        var outcome = ChatDesk.Outcome.nothing
        for key in keys { outcome = desk.press(key, at: Self.time, names: [], tags: []) }
        return outcome
    }

    private func type(_ text: String, in desk: inout ChatDesk) {
        for scalar in text.unicodeScalars { _ = press(.scalar(scalar), in: &desk) }
    }

    /// The whole screen as text.
    private func seen(_ desk: ChatDesk) -> String {
        desk.image(status, now: 0).rows.map(\.text).joined(separator: "\n")
    }

    private func texts(_ lines: String...) throws -> [TweetText] { try lines.map { try TweetText($0) } }

    // MARK: Lines

    @Test(arguments: [
        ("one", ["one"]), ("one\r", ["one"]), ("one\rtwo", ["one", "two"]),
        ("one\ntwo\r\nthree\r", ["one", "two", "three"]),
        ("\r\r one  \r \r\t\rtwo", [" one", "two"]), ("a\tb", ["a b"]), ("", []), ("\r\n", []),
        ("/quit\r@bob hi\r!exit", ["/quit", "@bob hi", "!exit"]),
    ])
    func aPasteHasTheLinesThatAreNotBlank(text: String, lines: [String]) throws {
        #expect(try paste(text.utf8).lines() == lines)
    }

    @Test func aPasteThatIsNoTextIsRefused() {
        #expect(throws: Paste.Refusal.notUTF8) { try paste([0x61, 0xFF]).lines() }
        var desk = desk()
        desk.beginPaste()
        desk.paste(paste([0x61, 0xFF]), at: Self.time)
        #expect(seen(desk).contains("! the paste is dropped: it is not valid UTF-8"))
        #expect(desk.input.isEmpty)
    }

    // MARK: One line

    @Test func oneLineGoesIntoTheLineThatIsTyped() {
        var desk = desk()
        type("see end", in: &desk)
        _ = press(.left, .left, .left, in: &desk)
        paste("this 日本\r", into: &desk)
        #expect(desk.input.text == "see this 日本end")
        #expect(press(.enter, in: &desk) == .submit("see this 日本end"))
    }

    @Test(arguments: [
        ("a\u{1B}[31mb", "ESCAPE"), ("a\u{202E}b", "U+202E"),
        (String(repeating: "x", count: 1001), "1000 characters"),
    ])
    func aLineThatDoesNotGoInIsNamedAndNotRepaired(text: String, reason: String) {
        var desk = desk()
        type("before", in: &desk)
        paste(text, into: &desk)
        #expect(desk.input.text == "before")
        #expect(seen(desk).contains("! the paste is dropped: "))
        #expect(seen(desk).contains(reason), "\(seen(desk))")
    }

    // MARK: Several lines

    @Test func severalLinesAreAskedAboutOnce() throws {
        var desk = desk()
        type("draft", in: &desk)
        paste("one\r/quit\r\rhunter2hunter2\r", into: &desk)
        #expect(seen(desk).contains("Send the 3 pasted lines as messages? y/n"))
        #expect(!seen(desk).contains("hunter2"))
        #expect(press(.enter, .scalar("x"), .tab, .up, .backspace, in: &desk) == .nothing)
        #expect(press(.scalar("y"), in: &desk) == .say(try texts("one", "/quit", "hunter2hunter2")))
        #expect(desk.input.text == "draft")
        #expect(press(.scalar("y"), .enter, in: &desk) == .submit("drafty"))
    }

    /// The user typed the answer before the question was on the screen.
    @Test func anAnswerThatIsTypedAheadOfTheQuestionIsNone() throws {
        var desk = desk()
        desk.wasDrawn()
        desk.beginPaste()
        desk.paste(paste("one\rtwo\r".utf8), at: Self.time)
        #expect(desk.hasUndrawnQuestion)
        #expect(press(.scalar("y"), .scalar("n"), in: &desk) == .nothing)
        #expect(press(.interrupt, in: &desk) == .interrupt)
        #expect(seen(desk).contains("Send the 2 pasted lines"))
        desk.wasDrawn()
        #expect(!desk.hasUndrawnQuestion)
        #expect(press(.scalar("y"), in: &desk) == .say(try texts("one", "two")))
        #expect(press(.scalar("y"), .enter, in: &desk) == .submit("y"))
    }

    @Test func noDropsThem() {
        var desk = desk()
        paste("one\rtwo", into: &desk)
        #expect(press(.scalar("N"), in: &desk) == .nothing)
        #expect(!seen(desk).contains("pasted lines"))
        #expect(press(.scalar("y"), .enter, in: &desk) == .submit("y"))
    }

    @Test func linesThatCannotBeSentAreNamedBeforeTheQuestion() throws {
        var desk = desk()
        paste("one\r\(String(repeating: "x", count: 151))\rc\u{7}\rtwo", into: &desk)
        #expect(seen(desk).contains("! line 2 of the paste is left out: the message has 151 characters"))
        #expect(seen(desk).contains("! line 3 of the paste is left out: "))
        #expect(seen(desk).contains("BELL"))
        #expect(seen(desk).contains("Send the 2 pasted lines"))
        #expect(press(.scalar("y"), in: &desk) == .say(try texts("one", "two")))
    }

    @Test func aPasteOfNothingButBadLinesIsDropped() {
        var desk = desk()
        paste(Array(repeating: "\u{7}", count: 40).joined(separator: "\r"), into: &desk)
        #expect(seen(desk).contains("35 more lines of it are left out"))
        #expect(seen(desk).contains("no line of it can be sent"))
        #expect(press(.scalar("y"), .enter, in: &desk) == .submit("y"))
    }

    @Test func aPasteOfAWholeFileIsDropped() {
        var desk = desk()
        paste(Array(repeating: "line", count: ChatLimits.pasteLines + 1).joined(separator: "\r"), into: &desk)
        #expect(seen(desk).contains("it has 51 lines, at most 50 are sent at once"))
    }

    @Test func aSecondPasteWaitsForTheFirstOnesAnswer() throws {
        var desk = desk()
        paste("one\rtwo", into: &desk)
        paste("three", into: &desk)
        #expect(seen(desk).contains("first answer y or n"))
        #expect(press(.scalar("y"), in: &desk) == .say(try texts("one", "two")))
        #expect(desk.input.isEmpty)
    }

    @Test func controlKeysWorkWhileThePasteIsAskedAbout() {
        var desk = desk()
        paste("one\rtwo", into: &desk)
        #expect(press(.interrupt, in: &desk) == .interrupt)
        #expect(press(.endOfInput, in: &desk) == .end)
        #expect(press(.suspend, in: &desk) == .suspend)
    }

    @Test func aPasteThatTheEndOfTheChatCatchesIsNamed() {
        var desk = desk()
        #expect(desk.unsentPaste == nil)
        desk.beginPaste()
        #expect(desk.unsentPaste == "the paste is not sent: its end is missing")
        desk.paste(paste("one\rtwo".utf8), at: Self.time)
        #expect(desk.unsentPaste == "the 2 pasted lines are not sent")
        desk.wasDrawn()
        #expect(press(.scalar("n"), in: &desk) == .nothing)
        #expect(desk.unsentPaste == nil)
        desk.beginPaste()
        desk.update(status, .name, resets: 1, at: Self.time)
        #expect(desk.unsentPaste == nil)
        #expect(seen(desk).contains("the paste is dropped: the chat is asking for something else now"))
    }

    @Test func theRestOfALostPasteIsSaidToBeDropped() {
        var desk = desk()
        desk.beginPaste()
        #expect(seen(desk).contains("A paste is coming in"))
        var torn = paste("one\rtwo".utf8)
        torn.hasEnd = false
        desk.paste(torn, at: Self.time)
        #expect(seen(desk).contains("the paste is dropped: its end is missing"))
        #expect(seen(desk).contains("Paste dropped, Enter continues"))
        #expect(desk.isSecret, "its rest must not reach a shell")
        desk.endLostPaste(byEnter: true)
        #expect(!seen(desk).contains("Enter continues") && !desk.isSecret)
    }

    /// A single key ends both the paste and the line.
    @Test func theEnterThatEndsALostPasteEndsALineThatIsDropped() {
        for byEnter in [true, false] {
            var desk = desk()
            type("half", in: &desk)
            desk.update(status, .name, resets: 1, at: Self.time)
            var torn = paste("one".utf8)
            torn.hasEnd = false
            desk.beginPaste()
            desk.paste(torn, at: Self.time)
            desk.endLostPaste(byEnter: byEnter)
            type("ana", in: &desk)
            #expect(press(.enter, in: &desk) == (byEnter ? .submit("ana") : .nothing))
        }
    }

    /// A character may consist of any number of scalars; joining them one by one would take seconds.
    @Test func aLineThatHasNoRoomIsGivenUpAtOnce() {
        var desk = desk()
        paste("a" + String(repeating: "\u{301}", count: 30_000), into: &desk)
        #expect(seen(desk).contains("has room for") && desk.input.isEmpty)
        var line = InputLine()
        #expect(line.insert("a") && !line.insert("\u{202E}"))
    }

    // MARK: Questions

    @Test func aPasswordMayBePastedAndIsNotSeen() throws {
        var desk = desk(.password(try #require(Name("ana"))))
        paste("correct horse \r", into: &desk)
        #expect(!seen(desk).contains("horse"))
        #expect(press(.enter, in: &desk) == .submit("correct horse "))
    }

    @Test(arguments: ["correct\rhorse", "correct\u{7}horse"])
    func aPasswordOfSeveralLinesIsNone(text: String) throws {
        var desk = desk(.password(try #require(Name("ana"))))
        paste(text, into: &desk)
        #expect(seen(desk).contains("the paste is dropped"))
        #expect(!seen(desk).contains("horse"))
        #expect(desk.input.isEmpty)
    }

    /// The paste began as a password, whatever the question is when it ends.
    @Test(arguments: [nil, Question.name])
    func aPasteWhoseQuestionHasGoneIsDropped(next: Question?) throws {
        var desk = desk(.password(try #require(Name("ana"))))
        desk.beginPaste()
        desk.update(status, next, resets: 1, at: Self.time)
        desk.paste(paste("horse".utf8), at: Self.time)
        #expect(desk.input.isEmpty)
        #expect(!seen(desk).contains("horse"))
    }

    @Test func linesThatWaitForAnAnswerAreNoneToAQuestion() {
        var desk = desk()
        paste("one\rtwo", into: &desk)
        desk.update(status, .name, resets: 1, at: Self.time)
        #expect(seen(desk).contains("the paste is dropped"))
        #expect(press(.scalar("y"), .enter, in: &desk) == .submit("y"))
    }

    @Test func aPasteBehindALineThatIsDroppedIsDroppedToo() {
        var desk = desk()
        type("half", in: &desk)
        desk.update(status, .name, resets: 1, at: Self.time)
        paste("way", into: &desk)
        #expect(desk.input.isEmpty)
        #expect(press(.enter, in: &desk) == .nothing)
    }

    // MARK: The chat

    @Test func pastedLinesAreMessagesWhateverTheyLookLike() throws {
        var driver = ChatDriver.here()
        driver.handle(.pasted(try texts("/quit", "@bob hi", "!exit")))
        driver.answer(#"["ok",{"seq":11,"text":"x"}]"#, #"["ok",{"seq":12,"text":"x"}]"#)
        #expect(driver.requests == [#"["u",{"text":"!exit","id":"id-3"}]"#])
        #expect(driver.takeSteps().allSatisfy { !$0.hasPrefix("quit") })
    }

    @Test func aPasteFitsBehindAsManyMessagesAsMayBeTyped() throws {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        for number in 0..<ChatLimits.outboxMessages { driver.type("message \(number)") }
        driver.handle(.pasted(try (0..<ChatLimits.pasteLines).map { try TweetText("line \($0)") }))
        #expect(driver.machine.status.unanswered == ChatLimits.outboxMessagesWithPaste)
        driver.handle(.pasted(try texts("one more")))
        #expect(driver.takeShown().last == "! not sent: 82 messages already wait for the server")
        driver.type("one more")
        #expect(driver.takeShown().last == "! not sent: 82 messages already wait for the server")
    }

    @Test func aPasteWithAPasswordIsNotSentAtAll() throws {
        var driver = ChatDriver.here()
        driver.type("/login bob", "correct horse")
        driver.answer(#"["error",{"code":"wrong_password","message":"wrong"}]"#)
        driver.type("")
        driver.handle(.pasted(try texts("hello", "correct horse", "bye")))
        #expect(driver.requests.isEmpty)
        #expect(driver.machine.status.unanswered == 0)
        #expect(driver.takeShown().last == "! " + TypedPasswords.refusal)
        driver.handle(.pasted(try texts("hello", "bye")))
        #expect(driver.machine.status.unanswered == 2)
    }
}
