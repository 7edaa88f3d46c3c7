import Testing
import TweetModel
import TweetSystem

@testable import TweetChat

/// A password that the user is typing stays hidden, whatever happens to the connection and the name meanwhile.
struct HiddenQuestionTests {
    private static let empty = #"["ok",{"text":"Empty Message"}]"#
    private static let named = #"["ok",{"name":"ana","pending":0}]"#
    private static let rest = "rest of it"
    /// The lines that lead a guest, and an account, to each hidden question.
    private static let guestLines = [["/login bob"], ["/signup"], ["/signup", "correct horse"]]
    private static let accountLines = [
        ["/passwd"], ["/passwd", "correct horse"], ["/passwd", "correct horse", "battery staple"],
    ]

    /// A user whose connection breaks at a password prompt, and is open again.
    private func interrupted(_ lines: [String]) -> ChatDriver {
        var driver = ChatDriver(password: lines[0] == "/passwd" ? "correct horse" : nil)
        driver.start()
        driver.answer(Self.empty, Self.named)
        driver.enter()
        for line in lines { driver.type(line) }
        #expect(driver.machine.question?.asksPassword == true)
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty)
        return driver
    }

    /// Expects that the rest of the password became no message, no name and no line on the screen.
    private func expectUnpublished(_ driver: inout ChatDriver, _ location: SourceLocation = #_sourceLocation) {
        let published = driver.takeRequests().filter {
            $0.contains(Self.rest) && !$0.hasPrefix(#"["login""#)
        }
        #expect(published.isEmpty, sourceLocation: location)
        #expect(!driver.takeShown().contains { $0.contains(Self.rest) }, sourceLocation: location)
    }

    @Test(arguments: guestLines + accountLines)
    func aPasswordThatIsTypedWhileTheConnectionComesBackIsNotSaid(lines: [String]) {
        var driver = interrupted(lines)
        let (question, changes) = (driver.machine.question, driver.machine.typeAheadResets)
        driver.answer(Self.named)
        #expect(driver.machine.question == question)
        #expect(driver.machine.typeAheadResets == changes)
        driver.enter()
        driver.type(Self.rest)
        expectUnpublished(&driver)
    }

    @Test(arguments: guestLines + accountLines)
    func aPasswordThatIsTypedWhileTheNameIsLostIsNeitherSaidNorAName(lines: [String]) {
        var driver = interrupted(lines)
        let question = driver.machine.question
        let isAccount = lines[0] == "/passwd"
        driver.answer(#"["error",{"code":"\#(isAccount ? "wrong_password" : "bad_name")","message":"no"}]"#)
        #expect(driver.machine.status.name == nil)
        #expect(driver.machine.question == question)
        driver.type(Self.rest)
        expectUnpublished(&driver)
        // In every case the chat asks for a name in the end.
        while driver.machine.question?.asksPassword == true { driver.type("") }
        if lines[0] != "/login bob" { #expect(driver.machine.question == .name) }
    }

    @Test func aPasswordThatIsTypedWhileAnAccountHasTheNameIsNoName() throws {
        var driver = interrupted(["/signup"])
        driver.answer(#"["error",{"code":"name_taken","message":"taken"}]"#)
        driver.answer(#"["ok",{"name":"ana","status":"online","account":true}]"#)
        #expect(driver.machine.question == .newPassword(try #require(Name("ana"))))
        #expect(driver.takeShown().last == "! the name ana is taken: it belongs to an account")
        driver.type(Self.rest)
        expectUnpublished(&driver)
    }

    @Test func aPasswordWithoutAConnectionIsSaidToBeOfNoUse() {
        var driver = ChatDriver.here()
        driver.type("/signup", "correct horse")
        driver.handle(.broken("gone"))
        _ = driver.takeShown()
        driver.type("correct horse")
        #expect(
            driver.takeShown() == [
                "! there is no connection now; type the password again, or an empty line to cancel"
            ])
        #expect(driver.machine.question?.asksPassword == true)
    }

    @Test func aQuestionThatComesByItselfIsCountedAndOneThatWasTypedForIsNot() {
        var driver = ChatDriver.here()
        let changes = driver.machine.typeAheadResets
        driver.type("/signup", "")
        #expect(driver.machine.typeAheadResets == changes)
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, #"["error",{"code":"bad_name","message":"no"}]"#)
        #expect(driver.machine.question == .name)
        #expect(driver.machine.typeAheadResets == changes + 1)
    }

    /// The user may have typed the password right behind the command; it must not become a message.
    @Test(arguments: ["/login", "/login a b", "/signup a!", "/passwd now", "/passwd"])
    func aCommandThatDoesNotAskForAPasswordHasWhatIsTypedAlreadyDropped(line: String) {
        var driver = ChatDriver.here()
        let changes = driver.machine.typeAheadResets
        driver.type(line)
        #expect(driver.machine.question == .noPassword)
        #expect(driver.machine.typeAheadResets == changes + 1)
    }

    /// The user may type the password without reading the refusal, as often as the command would have asked, however
    /// late.
    @Test(arguments: ["/login ana", "/login", "/signup eve", "/passwd now"])
    func aPasswordBehindARefusedCommandIsDroppedUntilAnEmptyLine(line: String) {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(Self.empty, Self.named)
        driver.enter()
        driver.type(line)
        driver.now += .seconds(60)
        _ = driver.takeShown()
        driver.type("battery staple", "battery staple")
        let dropped = "! dropped: it may be a password, but none is asked for; an empty line continues"
        #expect(driver.takeShown() == [dropped, dropped])
        #expect(driver.machine.question?.isHidden == true)
        driver.type("", "hello")
        #expect(driver.machine.question == nil)
        #expect(driver.requests == [#"["u",{"text":"hello","id":"id-1"}]"#])
    }

    @Test func aPasswordBehindARefusedCommandIsNoName() {
        var driver = ChatDriver(name: nil)
        driver.start()
        driver.type("/signup", "battery")
        #expect(driver.machine.question == .noPassword)
        driver.type("")
        #expect(driver.machine.question == .name)
        #expect(driver.requests == [#"["ping",""]"#])
    }

    @Test func whoIsNotAskedForAPasswordMayQuit() {
        var driver = ChatDriver.here()
        driver.type("/passwd", "/quit")
        #expect(driver.requests == [#"["leave",""]"#])
    }

    // MARK: The line that the user was typing

    private static let time = Timestamp(milliseconds: 1_795_237_380_123)

    private func press(_ text: String, in desk: inout ChatDesk) -> ChatDesk.Outcome {
        for scalar in text.unicodeScalars {
            #expect(desk.press(.scalar(scalar), at: Self.time, names: [], tags: []) == .nothing)
        }
        return desk.press(.enter, at: Self.time, names: [], tags: [])
    }

    @Test func aNameIsNotTakenFromTheMiddleOfAMessage() {
        let status = ChatStatus(server: "here")
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        desk.update(status, nil, resets: 0, at: Self.time)
        for scalar in "half a mess".unicodeScalars {
            _ = desk.press(.scalar(scalar), at: Self.time, names: [], tags: [])
        }
        desk.update(status, .name, resets: 1, at: Self.time)
        #expect(desk.input.isEmpty)
        #expect(press("age", in: &desk) == .nothing)
        #expect(press("eve", in: &desk) == .submit("eve"))
    }

    @Test func aNameThatNobodyWasTypingAgainstIsTakenAtOnce() {
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        desk.update(ChatStatus(server: "here"), .name, resets: 1, at: Self.time)
        #expect(press("eve", in: &desk) == .submit("eve"))
    }

    @Test(arguments: [nil, Question.name])
    func aPasswordWhoseQuestionHasGoneIsDroppedToItsEnd(next: Question?) throws {
        let status = ChatStatus(server: "here")
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        desk.update(status, .password(try #require(Name("ana"))), resets: 0, at: Self.time)
        desk.update(status, next, resets: 1, at: Self.time)
        #expect(press("correct horse", in: &desk) == .nothing)
        #expect(!desk.image(status, now: 0).rows.contains { $0.text.contains("horse") })
        #expect(press("eve", in: &desk) == .submit("eve"))
    }

    // MARK: Words under another name

    @Test func whatWasSaidUnderANameThatIsLostIsNotSaidUnderTheNext() {
        var driver = ChatDriver.here()
        driver.type("sent")
        driver.handle(.broken("gone"))
        driver.type("@bob not sent")
        driver.wake()
        driver.handle(.connected)
        _ = driver.takeShown()
        driver.answer(Self.empty, #"["error",{"code":"bad_name","message":"no"}]"#)
        #expect(
            driver.takeShown() == [
                "! no", "! it is unknown whether this was stored: sent", "! not sent: @bob not sent",
            ])
        #expect(driver.machine.status.unanswered == 0)
        driver.type("eve")
        driver.answer(#"["ok",{"name":"eve","pending":0}]"#)
        driver.enter()
        #expect(driver.requests.isEmpty)
    }

    /// A driver that is connected again with a waiting message, and logs in as bob before the server has confirmed ana.
    private static func backAndLoggingIn() -> ChatDriver {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        driver.type("as ana")
        driver.wake()
        driver.handle(.connected)
        driver.type("/login bob", "correct horse")
        return driver
    }

    @Test func whatWasSaidAsAGuestIsNotSaidUnderAnotherAccount() {
        var driver = Self.backAndLoggingIn()
        driver.answer(Self.empty, #"["error",{"code":"name_taken","message":"taken"}]"#)
        _ = driver.takeShown()
        driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
        #expect(driver.takeShown().first == "! not sent: as ana")
        #expect(!driver.requests.contains { $0.contains("as ana") })
    }

    private static let dropped = "! dropped: the chat takes no input until the server has answered"

    /// A user who waits for the answer may type the password once more.
    @Test(arguments: [["/login bob", "correct horse"], ["/signup bob", "correct horse", "correct horse"]])
    func wordsBehindALogInAreDroppedUnseen(lines: [String]) {
        for answer in [#"["ok",{"name":"bob","pending":0}]"#, #"["error",{"code":"wrong_password","message":"no"}]"#] {
            var driver = ChatDriver.here()
            for line in lines { driver.type(line) }
            #expect(driver.machine.question?.isHidden == true)
            #expect(driver.takeRequests().count == 1)
            _ = driver.takeShown()
            driver.type("correct horse", "hello", "")
            #expect(driver.takeShown() == [Self.dropped, Self.dropped])
            driver.answer(answer)
            #expect(!driver.takeRequests().contains { $0.contains("horse") || $0.contains("hello") })
            #expect(!driver.takeShown().contains { $0.contains("horse") || $0.contains("hello") })
        }
    }

    @Test(arguments: [nil, "correct horse"])
    func wordsBehindTheFirstSignInAreDroppedUnseen(password: String?) {
        var driver = ChatDriver(password: password)
        driver.handle(.started)
        driver.type("battery staple")
        driver.handle(.connected)
        driver.type("battery staple")
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        #expect(driver.requests.isEmpty)
    }

    @Test func aRefusedLogInIsAskedForAgainHidden() throws {
        var driver = ChatDriver.here()
        driver.type("/login bob", "correct horse")
        driver.answer(#"["error",{"code":"wrong_password","message":"wrong"}]"#)
        #expect(driver.takeShown() == ["! wrong; type the password again, or an empty line to cancel"])
        #expect(driver.machine.question == .password(try #require(Name("bob"))))
        driver.type("")
        #expect(driver.machine.question == nil)
        // The user typed the password once more, without reading the prompt; other lines are sent.
        driver.type("correct horse", "as ana")
        #expect(driver.requests == [#"["u",{"text":"as ana","id":"id-1"}]"#])
    }

    @Test(arguments: [
        ("wrong_password", Question.oldPassword, ["correct horse", "battery staple", "battery staple"]),
        (
            "bad_password", Password("correct horse").map { Question.changedPassword(old: $0) },
            ["battery staple", "battery staple"]
        ),
    ])
    func aRefusedChangeIsAskedForAgainHidden(code: String, question: Question?, lines: [String]) {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(Self.empty, Self.named)
        driver.enter()
        driver.type("/passwd", "correct horse", "of no use", "of no use")
        #expect(driver.machine.question == .changingPassword)
        driver.answer(#"["error",{"code":"\#(code)","message":"no"}]"#)
        #expect(driver.machine.question == question)
        for line in lines { driver.type(line) }
        #expect(driver.requests == [#"["passwd",{"old":"correct horse","new":"battery staple"}]"#])
    }

    /// There was no question, so the next line is not dropped.
    @Test func theEndOfAWaitDropsNothingThatIsNotTyped() throws {
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        let status = ChatStatus(server: "here")
        let waiting = Question.signingIn(try #require(Name("ana")))
        desk.update(status, waiting, resets: 0, at: Self.time)
        #expect(desk.wantsUnread(at: 1))
        desk.update(status, nil, resets: 1, at: Self.time)
        #expect(press("hello", in: &desk) == .submit("hello"))
        // A line that the user began in the meantime is dropped to its end.
        desk.update(status, waiting, resets: 1, at: Self.time)
        _ = desk.press(.scalar("x"), at: Self.time, names: [], tags: [])
        desk.update(status, nil, resets: 2, at: Self.time)
        #expect(press("y", in: &desk) == .nothing)
        #expect(press("hello", in: &desk) == .submit("hello"))
    }

    /// The input was read already, but typed before the change was on the screen.
    @Test func whatIsTypedAheadOfAnUnseenChangeIsDropped() {
        let keys = "correct horse".unicodeScalars.map { KeyParser.Input.key(.scalar($0)) }
        let status = ChatStatus(server: "here")
        for (inputs, first) in [
            (keys + [.key(.enter)], ChatDesk.Outcome.submit("next")), (keys, .nothing),
            ([.key(.enter)] + keys, .nothing),
        ] {
            var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
            desk.update(status, nil, resets: 1, unread: inputs, at: Self.time)
            #expect(press("next", in: &desk) == first)
            #expect(!desk.image(status, now: 0).rows.contains { $0.text.contains("horse") })
        }
    }

    @Test func aHiddenPromptIsNotLeftToAShell() throws {
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        let status = ChatStatus(server: "here")
        #expect(desk.press(.suspend, at: Self.time, names: [], tags: []) == .suspend)
        desk.update(status, .password(try #require(Name("ana"))), resets: 0, at: Self.time)
        #expect(desk.isSecret)
        #expect(desk.press(.suspend, at: Self.time, names: [], tags: []) == .nothing)
        #expect(desk.press(.interrupt, at: Self.time, names: [], tags: []) == .interrupt)
        desk.update(status, nil, resets: 1, at: Self.time)
        #expect(desk.isSecret, "the rest of the password may still be typed")
        #expect(desk.press(.suspend, at: Self.time, names: [], tags: []) == .nothing)
    }

    /// A line that could not be stored waits to be sent again, and only under its author's name.
    @Test(arguments: [
        ("unavailable", "! not sent: hello"), ("unknown", "! it is unknown whether this was stored: hello"),
    ])
    func whatWaitsToBeSentAgainIsNotSentByAnother(code: String, shown: String) {
        var driver = ChatDriver.here()
        driver.type("hello")
        driver.answer(#"["error",{"code":"\#(code)","message":"no"}]"#)
        driver.type("/login bob", "correct horse")
        _ = driver.takeShown()
        driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
        #expect(driver.takeShown().first == shown)
        driver.now += ChatLimits.firstPause * 2
        driver.handle(.timePassed)
        #expect(!driver.requests.contains { $0.contains("hello") })
    }

    /// The server grants the old name after the chat has sent the log-in; lines sent then could appear under the other
    /// name.
    @Test(arguments: [true, false])
    func aLogInThatOvertakesTheNameIsWaitedFor(isRight: Bool) {
        var driver = Self.backAndLoggingIn()
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        #expect(driver.requests == [#"["login",{"name":"bob","password":"correct horse"}]"#])
        _ = driver.takeShown()
        if isRight {
            driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
            #expect(driver.takeShown().first == "! not sent: as ana")
            #expect(!driver.requests.contains { $0.contains("as ana") })
        } else {
            driver.answer(#"["error",{"code":"wrong_password","message":"wrong"}]"#)
            #expect(
                driver.takeShown() == [
                    "* connected again to 127.0.0.1:65432 as ana",
                    "! wrong; type the password again, or an empty line to cancel",
                ])
            #expect(driver.requests.last?.contains("as ana") == true)
        }
    }

    @Test func aNameIsNotAskedForAgainBehindALogIn() {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, #"["error",{"code":"busy","message":"busy"}]"#)
        driver.type("/login bob", "correct horse")
        #expect(driver.takeRequests() == [#"["login",{"name":"bob","password":"correct horse"}]"#])
        driver.now += .seconds(5)
        driver.handle(.timePassed)
        #expect(driver.requests.isEmpty)
    }

    /// The owner of the former name no longer matters.
    @Test func aLogInThatOvertakesTheLossOfTheNameIsWaitedFor() {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, #"["error",{"code":"name_taken","message":"taken"}]"#)
        driver.type("/login bob", "correct horse")
        driver.answer(#"["ok",{"name":"ana","status":"online","account":true}]"#)
        #expect(driver.requests == [#"["login",{"name":"bob","password":"correct horse"}]"#])
        driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
        #expect(driver.machine.status.name == "bob")
        #expect(driver.machine.question == nil)
    }

    @Test(arguments: [#"["ok",{"name":"bob","pending":0}]"#, #"["error",{"code":"wrong_password","message":"wrong"}]"#])
    func whoQuitsWhileALogInIsLookedAtIsGone(answer: String) {
        var driver = ChatDriver.here()
        driver.type("/login bob", "correct horse", "/quit")
        _ = driver.takeShown()
        driver.answer(answer)
        #expect(driver.takeShown() == [])
        #expect(driver.requests == [#"["leave",""]"#])
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    @Test func anAccountIsHiddenByItselfAndNotByItsGuest() {
        var driver = ChatDriver.here()
        driver.type("/hide")
        driver.answer(#"["ok",{}]"#)
        #expect(driver.machine.status.isHidden)
        driver.type("/login bob", "correct horse")
        driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
        #expect(!driver.machine.status.isHidden)
    }
}
