import Testing
import TweetModel

@testable import TweetChat

/// A password that is being typed stays one, whatever the connection and the name do meanwhile.
struct HiddenQuestionTests {
    private static let empty = #"["ok",{"text":"Empty Message"}]"#
    private static let named = #"["ok",{"name":"ana","pending":0}]"#
    private static let rest = "rest of it"
    /// What leads to each hidden question, of a guest and of an account.
    private static let guestLines = [["/login bob"], ["/signup"], ["/signup", "correct horse"]]
    private static let accountLines = [
        ["/passwd"], ["/passwd", "correct horse"], ["/passwd", "correct horse", "battery staple"],
    ]

    /// Somebody who is asked for a password when the connection breaks, and who has one again.
    private func interrupted(_ lines: [String]) -> ChatDriver {
        var driver = ChatDriver(password: lines[0] == "/passwd" ? "correct horse" : nil)
        driver.start()
        driver.answer(Self.empty, Self.named)
        driver.enter()
        for line in lines { driver.type(line) }
        #expect(driver.machine.question?.isHidden == true)
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty)
        return driver
    }

    /// Whether the rest of the password became a message, a name or a line on the screen.
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
        let question = driver.machine.question
        driver.answer(Self.named)
        #expect(driver.machine.question == question)
        #expect(driver.machine.questionChanges == 0)
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
        // However it goes on, a name is asked for in the end.
        while driver.machine.question?.isHidden == true { driver.type("") }
        if lines[0] != "/login bob" { #expect(driver.machine.question == .name) }
    }

    @Test func aPasswordThatIsTypedWhileAnAccountHasTheNameIsNoName() throws {
        var driver = interrupted(["/signup"])
        while driver.requests == [#"["name","ana"]"#] {
            driver.answer(#"["error",{"code":"name_taken","message":"taken"}]"#)
            if driver.requests.isEmpty { driver.wake() }
        }
        driver.answer(#"["ok",{"name":"ana","status":"online","account":true}]"#)
        #expect(driver.machine.question == .newPassword(try #require(Name("ana"))))
        #expect(driver.takeShown().last == "! the name ana is taken: it is an account's")
        driver.type(Self.rest)
        expectUnpublished(&driver)
    }

    @Test func aPasswordWithoutAConnectionIsSaidToBeOfNoUse() {
        var driver = ChatDriver.here()
        driver.type("/signup", "correct horse")
        driver.handle(.broken("gone"))
        _ = driver.takeShown()
        driver.type("correct horse")
        #expect(driver.takeShown() == ["! there is no connection now", "* nothing was changed"])
    }

    @Test func aQuestionThatComesByItselfIsCountedAndOneThatWasTypedForIsNot() {
        var driver = ChatDriver.here()
        driver.type("/signup", "")
        #expect(driver.machine.questionChanges == 0)
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, #"["error",{"code":"bad_name","message":"no"}]"#)
        #expect(driver.machine.question == .name)
        #expect(driver.machine.questionChanges == 1)
    }

    // MARK: What one typed it into

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
        desk.update(status, nil, changes: 0, at: Self.time)
        for scalar in "half a mess".unicodeScalars {
            _ = desk.press(.scalar(scalar), at: Self.time, names: [], tags: [])
        }
        desk.update(status, .name, changes: 1, at: Self.time)
        #expect(desk.input.isEmpty)
        #expect(press("age", in: &desk) == .nothing)
        #expect(press("eve", in: &desk) == .submit("eve"))
    }

    @Test func aNameThatNobodyWasTypingAgainstIsTakenAtOnce() {
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        desk.update(ChatStatus(server: "here"), .name, changes: 1, at: Self.time)
        #expect(press("eve", in: &desk) == .submit("eve"))
    }

    @Test(arguments: [nil, Question.name])
    func aPasswordWhoseQuestionHasGoneIsDroppedToItsEnd(next: Question?) throws {
        let status = ChatStatus(server: "here")
        var desk = ChatDesk(size: ScreenSize(rows: 6, columns: 80))
        desk.update(status, .password(try #require(Name("ana"))), changes: 0, at: Self.time)
        desk.update(status, next, changes: 1, at: Self.time)
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
                "! no", "! whether it was stored is not known: sent", "! not sent: not sent",
            ])
        #expect(driver.machine.status.unanswered == 0)
        driver.type("eve")
        driver.answer(#"["ok",{"name":"eve","pending":0}]"#)
        driver.enter()
        #expect(driver.requests.isEmpty)
    }

    /// Ana is connected again with words that wait, and asks to be bob before she has her name back.
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

    /// What is typed while the password is looked at waits: nobody knows yet whose words it is.
    @Test func wordsBehindALogInAreForTheOneWhoLogsIn() {
        var driver = ChatDriver.here()
        driver.type("/login bob", "correct horse", "as bob")
        #expect(driver.takeRequests() == [#"["login",{"name":"bob","password":"correct horse"}]"#])
        driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
        #expect(driver.requests.last == #"["u",{"text":"as bob","id":"id-1"}]"#)
    }

    @Test func wordsBehindALogInThatIsRefusedAreNobodys() {
        var driver = ChatDriver.here()
        driver.type("/login bob", "correct horse", "as bob")
        driver.answer(#"["error",{"code":"wrong_password","message":"wrong"}]"#)
        #expect(driver.takeShown() == ["! wrong", "! not sent: as bob"])
        #expect(driver.requests.isEmpty)
        driver.type("as ana")
        #expect(driver.requests == [#"["u",{"text":"as ana","id":"id-1"}]"#])
    }

    @Test(arguments: [["/login bob", "correct horse"], ["/signup bob", "correct horse", "correct horse"]])
    func wordsBehindALogInThatIsCutOffAreNobodys(lines: [String]) {
        var driver = ChatDriver.here()
        for line in lines { driver.type(line) }
        driver.type("as bob")
        driver.handle(.broken("gone"))
        #expect(driver.takeShown().contains("! not sent: as bob"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        #expect(!driver.requests.contains { $0.contains("as bob") })
    }

    /// What could not be stored waits to be sent again: by the one who said it.
    @Test(arguments: [("unavailable", "! not sent: hello"), ("unknown", "! whether it was stored is not known: hello")])
    func whatWaitsToBeSentAgainIsNotSentByAnother(code: String, shown: String) {
        var driver = ChatDriver.here()
        driver.type("hello")
        driver.answer(#"["error",{"code":"\#(code)","message":"no"}]"#)
        driver.type("/login bob", "correct horse", "as bob")
        _ = driver.takeShown()
        driver.answer(#"["ok",{"name":"bob","pending":0}]"#)
        #expect(driver.takeShown().first == shown)
        driver.now += 2 * ChatLimits.firstPause
        driver.handle(.timePassed)
        #expect(!driver.requests.contains { $0.contains("hello") })
        #expect(driver.requests.contains { $0.contains("as bob") })
    }

    /// The name is granted when the log-in is on its way already: what followed would be said by whom that names.
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
            #expect(driver.takeShown() == ["! wrong", "* connected again to 127.0.0.1:65432 as ana"])
            #expect(driver.requests.last?.contains("as ana") == true)
        }
    }

    @Test func aNameIsNotAskedForAgainBehindALogIn() {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, #"["error",{"code":"name_taken","message":"taken"}]"#)
        driver.type("/login bob", "correct horse")
        #expect(driver.takeRequests() == [#"["login",{"name":"bob","password":"correct horse"}]"#])
        driver.now += 5000
        driver.handle(.timePassed)
        #expect(driver.requests.isEmpty)
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
