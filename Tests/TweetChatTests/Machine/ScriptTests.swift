import CSystem
import Testing
import TweetSystem
import TweetWire

@testable import TweetChat

/// Lines from a script or a pipe: each waits until the chat can carry it out.
struct ScriptTests {
    @Test func linesWaitForTheSignIn() {
        var driver = ChatDriver(canAsk: false, holdsLines: true)
        driver.start()
        driver.type("hello")
        #expect(!driver.machine.wantsInput)
        #expect(driver.requests.count == 2)
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        #expect(driver.requests == [#"["u",{"text":"hello","id":"id-1"}]"#])
        #expect(driver.machine.wantsInput)
    }

    @Test func aCommandWaitsForTheAnswersBeforeIt() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello", "/list", "@bob hi", "bye")
        #expect(driver.requests == [#"["u",{"text":"hello","id":"id-1"}]"#])
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        #expect(driver.requests == [#"["who",{"here":true}]"#])
        driver.answer(#"["ok",{"count":0}]"#, #"["ok",{"count":0}]"#)
        #expect(driver.takeRequests() == [#"["message",{"to":["bob"],"text":"hi","id":"id-2"}]"#])
        driver.answer(#"["ok",{"seq":12,"text":"hi"}]"#)
        #expect(driver.takeRequests() == [#"["u",{"text":"bye","id":"id-3"}]"#])
    }

    @Test func aScriptIsReadOnAsLongAsFewMessagesWait() {
        var driver = ChatDriver.here(holdsLines: true)
        for number in 0..<ChatLimits.outboxMessages { driver.type("message \(number)") }
        #expect(!driver.machine.wantsInput)
        #expect(driver.requests.count == 1)
        driver.answer(#"["ok",{"seq":11,"text":"message"}]"#)
        #expect(driver.machine.wantsInput)
        #expect(driver.requests == [#"["u",{"text":"message 1","id":"id-2"}]"#])
    }

    /// The exit code is that of the first refusal, for each kind of line.
    @Test(arguments: [
        ("x\u{7}", nil, 65, "BELL"), ("/nope x", nil, 64, "/nope x"), ("/list all", nil, 64, "/list all"),
        ("@bob", nil, 65, "@bob"), ("/login bob", nil, 77, "/login bob"), ("/untag a", nil, 65, "/untag a"),
        ("hello", "too_long", 65, "hello"), ("@bob hi", "no_such_name", 67, "@bob hi"),
        ("/who bob", "no_such_name", 67, "/who bob"), ("hello", "not_permitted", 77, "hello"),
        ("/tag x", "too_many", 65, "/tag #x"), ("/inbox", "account_needed", 77, "/inbox"),
        ("/block bob", "too_many", 65, "/block bob"), ("/blocked", "account_needed", 77, "/blocked"),
        ("@bob hi", "blocked", 77, "@bob hi"), ("@bob hi", "inbox_full", 65, "@bob hi"),
    ])
    func aRefusedLineIsNamedAndGivesTheRunItsCode(line: String, code: String?, exit: Int, named: String) {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type(line, "the next one")
        if let code { driver.answer(#"["error",{"code":"\#(code)","message":"refused"}]"#) }
        let shown = driver.takeShown()
        #expect(shown.contains { $0.hasPrefix("! ") && $0.contains(named) }, "\(shown)")
        driver.handle(.inputEnded)
        for _ in 0..<10 where !driver.steps.contains(where: { $0.hasPrefix("quit") }) {
            driver.answer(driver.requests.first?.hasPrefix(#"["u""#) == true ? #"["ok",{"text":"x"}]"# : #"["ok",{}]"#)
        }
        #expect(driver.takeSteps().last == "quit \(exit)")
    }

    @Test func aLineThatCannotBeReadIsARefusal() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.handle(.refusedLine("line 3 is not valid UTF-8"))
        driver.handle(.inputEnded)
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeShown() == ["! line 3 is not valid UTF-8"])
        #expect(driver.takeSteps().last == "quit 65")
    }

    /// Standard output cannot be written, so the chat sends no further lines.
    @Test func wordsThatAreNotSentAnyMoreAreNamed() throws {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("@bob psst", "one", "two")
        var machine = driver.machine
        let answer = Answer.one(.message(WireMessage(sender: "ana", recipients: ["bob"], text: "psst")))
        let actions = machine.handle(.received(answer), at: Moment(monotonic: driver.now, time: ChatDriver.time))
        let shown = try #require(actions.firstIndex { if case .show = $0 { true } else { false } })
        #expect(shown < actions.count - 1)
        for (undone, first) in [
            (Array(actions[(shown + 1)...]), "not sent: one"), ([], "it is unknown whether this was stored: one"),
        ] {
            var machine = machine
            let failures = machine.abandon(undone).compactMap { action -> String? in
                if case .show(let line) = action, line.kind == .failure { line.text } else { nil }
            }
            #expect(failures == [first, "not sent: two"])
        }
    }

    @Test func linesThatWaitWhenTheRunEndsAreNamed() {
        var driver = ChatDriver(canAsk: false, holdsLines: true)
        driver.start()
        driver.type("hello")
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["error",{"code":"bad_name","message":"no"}]"#)
        #expect(driver.takeShown() == ["! not sent: hello"])
        #expect(driver.takeSteps().last == "quit 65: no")
    }

    @Test(arguments: [ChatMachine.Event.stopped, .timePassed])
    func messagesThatWaitAtTheEndAreNamed(end: ChatMachine.Event) {
        var driver = ChatDriver.here(holdsLines: true)
        driver.handle(.broken("gone"))
        driver.type("one", "@bob two", "/list")
        driver.handle(.inputEnded)
        _ = driver.takeShown()
        for _ in 0..<20 where !driver.steps.contains(where: { $0.hasPrefix("quit") }) {
            if end == .stopped { driver.handle(.stopped) } else { driver.wake() }
            driver.refuseConnection()
        }
        #expect(driver.takeShown() == ["! not sent: one", "! not sent: @bob two", "! not sent: /list"])
        #expect(driver.takeSteps().last == "quit 69: 3 messages were not sent")
    }

    @Test func aNameThatIsSomebodyElsesAfterABreakEndsTheRun() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("one")
        driver.handle(.broken("gone"))
        driver.type("two")
        driver.wake()
        driver.handle(.connected)
        _ = driver.takeShown()
        driver.answer(
            #"["ok",{}]"#, #"["error",{"code":"name_taken","message":"taken"}]"#,
            #"["ok",{"name":"ana","status":"online","account":false}]"#)
        #expect(driver.takeShown() == ["! it is unknown whether this was stored: one", "! not sent: two"])
        #expect(driver.takeSteps().last == "quit 77: the name ana is taken: somebody else has it")
    }

    @Test func anAnswerThatABreakTakesAwayIsARefusal() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("/list")
        driver.handle(.broken("gone"))
        #expect(driver.takeShown().contains("! the server's answer to /list was lost"))
        driver.handle(.inputEnded)
        driver.wake()
        driver.handle(.connected)
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 69")
    }

    /// Lines that were read before the failure are still sent.
    @Test func anInputThatFailsIsAFailureAndLosesNothing() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputFailed(Errno(code: EIO)))
        #expect(driver.takeShown() == ["! cannot read standard input: \(Errno(code: EIO))"])
        #expect(!driver.machine.wantsInput)
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#, #"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 74")
    }

    @Test func theEndOfTheInputWaitsForTheAnswers() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello", "/list")
        driver.handle(.inputEnded)
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        driver.answer(#"["ok",{"count":0}]"#, #"["ok",{"count":0}]"#)
        #expect(driver.requests == [#"["leave",""]"#])
        #expect(!driver.takeSteps().contains { $0.hasPrefix("quit") })
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    @Test func quitDropsTheLinesBehindItAndNamesThem() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello", "/quit", "never")
        #expect(driver.requests == [#"["u",{"text":"hello","id":"id-1"}]"#])
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        #expect(driver.requests == [#"["leave",""]"#])
        #expect(driver.takeShown() == ["! not sent: never"])
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 64")
    }

    @Test func aBreakAtTheEndIsWaitedForOnlySoLong() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        driver.handle(.broken("gone"))
        let end = driver.now + ChatLimits.end
        while driver.now < end, !driver.steps.contains(where: { $0.hasPrefix("quit") }) {
            driver.wake()
            driver.refuseConnection()
        }
        #expect(driver.now == end)
        #expect(
            driver.takeSteps().last == "quit 75: a message has no answer: it is unknown whether it was stored")
    }

    @Test func aServerThatBreaksAgainAndAgainIsLeftAtTheEnd() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        for _ in 0...ChatLimits.triesAtEnd {
            driver.handle(.broken("gone"))
            driver.wake()
            driver.handle(.connected)
        }
        #expect(
            driver.takeSteps().last == "quit 75: a message has no answer: it is unknown whether it was stored")
    }

    /// The kernel accepts connections for a stopped process.
    @Test func aServerThatTakesConnectionsAndAnswersNothingIsLeftAsSoon() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        driver.handle(.broken("the server has not answered"))
        let end = driver.now + ChatLimits.end
        while driver.now < end {
            driver.wake()
            driver.handle(.connected)
        }
        #expect(driver.now == end)
        #expect(
            driver.takeSteps().last == "quit 75: a message has no answer: it is unknown whether it was stored")
    }

    @Test func aBreakAtTheEndThatHealsLosesNothing() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#, #"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    /// The waiting line keeps the machine from taking the end of the input.
    @Test func aLineThatWaitsForALostServerIsGivenUpAfterTheEndOfTheScript() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.handle(.broken("gone"))
        driver.type("after")
        #expect(!driver.machine.wantsInput)
        driver.handle(.inputReadAhead(true))
        _ = driver.takeShown()
        let end = driver.now + ChatLimits.end
        while driver.now < end, !driver.steps.contains(where: { $0.hasPrefix("quit") }) {
            driver.wake()
            driver.refuseConnection()
        }
        #expect(driver.now == end)
        #expect(driver.takeShown() == ["! not sent: after"])
        #expect(driver.takeSteps().last == "quit 69: a message was not sent")
    }

    @Test func aScriptThatIsNotReadToItsEndWaitsForTheServer() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.handle(.inputReadAhead(true))
        driver.handle(.inputReadAhead(false))
        driver.handle(.broken("gone"))
        driver.type("after")
        for _ in 0..<20 {
            driver.wake()
            driver.refuseConnection()
        }
        #expect(!driver.takeSteps().contains { $0.hasPrefix("quit") })
    }

    @Test func aStoreThatIsFullIsGivenUpAtTheEndOfAScriptThatWaits() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello", "/list")
        driver.handle(.inputReadAhead(true))
        let start = driver.now
        while !driver.machine.isLeaving, driver.now < start + .seconds(60) {
            driver.answer(#"["error",{"code":"unavailable","message":"full"}]"#)
            if !driver.machine.isLeaving { driver.wake() }
        }
        #expect(driver.now - start < ChatLimits.end)
        #expect(driver.requests == [#"["leave",""]"#])
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 69: 2 messages were not sent")
    }

    /// All lines were sent and answered, so the loss of the server costs only the wait.
    @Test func aBreakBehindTheLastAnswerIsNoFailure() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        driver.handle(.broken("gone"))
        driver.handle(.inputEnded)
        for _ in 0..<20 where !driver.steps.contains(where: { $0.hasPrefix("quit") }) {
            driver.wake()
            driver.refuseConnection()
        }
        #expect(driver.takeSteps().last == "quit 0")
    }

    // MARK: Passwords

    private static let noPassword = "there is no password: TTWEET_PASSWORD is not set"

    /// The line behind the command may be a password, typed for a prompt that does not come.
    @Test(arguments: [
        ("/login bob", "\(noPassword): /login bob", "login", 77), ("/signup", "\(noPassword): /signup", "signup", 77),
        ("/passwd", "\(noPassword): /passwd", "passwd", 77),
        ("/login bob secretpw", "usage: /login NAME: /login", "login", 64),
    ])
    func linesBehindACommandThatWantsAPasswordAreNeitherSentNorShown(
        line: String, refusal: String, word: String, exit: Int32
    ) {
        let withheld = "! the lines after /\(word) are not sent: they may be passwords"
        for isHeld in [false, true] {
            var driver = ChatDriver.here(holdsLines: true)
            if isHeld { driver.type("hello") }
            driver.type(line, "secretpw2", "", "secretpw2", "hi")
            if isHeld { driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#) }
            #expect(driver.takeShown() == ["! " + refusal, withheld])
            #expect(!driver.machine.wantsInput)
            #expect(driver.requests == [#"["leave",""]"#])
            driver.answer(#"["ok",{}]"#)
            #expect(driver.takeSteps().last == "quit \(exit)")
            var machine = driver.machine
            #expect(machine.reports(ofUnsent: ["secretpw2", "hi"]).isEmpty, "it was said")
        }
    }

    @Test func linesBehindSuchACommandThatNobodyHasReadAreNotShownEither() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("/login bob")
        var machine = driver.machine
        #expect(
            machine.reports(ofUnsent: ["secretpw2", "hi"]) == [
                "the lines after /login are not sent: they may be passwords"
            ])
    }

    /// The run ends for another reason before the chat carries out the command.
    @Test func aPasswordBehindACommandThatIsNotCarriedOutIsNotShown() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.handle(.broken("gone"))
        driver.type("hello", "/LOGIN bob secretpw", "secretpw2", "hi")
        _ = driver.takeShown()
        driver.handle(.stopped)
        #expect(
            driver.takeShown() == [
                "! not sent: hello", "! not sent: /login",
                "! the lines after /login are not sent: they may be passwords",
            ])
    }

    @Test func linesBehindASignInThatWantsAPasswordAreCounted() {
        var driver = ChatDriver(canAsk: false, holdsLines: true)
        driver.start()
        driver.type("secretpw2", "hello")
        driver.answer(
            #"["ok",{"text":"Empty Message"}]"#, #"["error",{"code":"name_taken","message":"taken"}]"#,
            #"["ok",{"name":"Ana","status":"offline","account":true}]"#)
        #expect(driver.takeShown() == [])
        #expect(driver.takeSteps().last?.hasPrefix("quit 77: ") == true)
        var machine = driver.machine
        #expect(machine.reports(ofUnsent: ["more"]) == ["3 lines are not sent: they may be passwords"])
    }

    private static let full = #"["error",{"code":"busy","message":"the store is full","retry_after":60}]"#

    /// The server is to be asked again only after the run has given up.
    @Test(arguments: [false, true]) func aScriptDoesNotWaitForATimeAfterItsEnd(endsFirst: Bool) {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("one", "/away", "two")
        if endsFirst { driver.handle(.inputEnded) }
        driver.answer(Self.full)
        if endsFirst {
            #expect(driver.takeShown() == ["! the server says: the store is full; try again in 60 s"])
        } else {
            #expect(driver.takeShown() == ["! the server says: the store is full; trying again in 30 s"])
            #expect(driver.requests.isEmpty)
            driver.handle(.inputEnded)
        }
        #expect(driver.requests == [#"["leave",""]"#])
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeShown() == ["! not sent: one", "! not sent: /away", "! not sent: two"])
        #expect(driver.takeSteps().last == "quit 69: 3 messages were not sent")
    }

    @Test func aScriptWaitsForATimeBeforeItsEnd() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("one")
        driver.handle(.inputEnded)
        driver.answer(#"["error",{"code":"busy","message":"why","retry_after":3}]"#)
        #expect(driver.takeShown() == ["! the server says: why; trying again in 3 s"])
        driver.wake()
        driver.answer(#"["ok",{"seq":11,"text":"one"}]"#)
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    @Test func aScriptWithoutANameDoesNotWaitForATimeAfterItsEnd() {
        var driver = ChatDriver(canAsk: false, holdsLines: true)
        driver.start()
        driver.type("one")
        driver.handle(.inputEnded)
        driver.answer(#"["ok",{}]"#, #"["error",{"code":"busy","message":"why","retry_after":20}]"#)
        #expect(driver.takeShown() == ["* the server says: why; try again in 20 s", "! not sent: one"])
        #expect(driver.takeSteps().last == "quit 69: a message was not sent")
    }

    @Test func aScriptIsNotToldToSetThePasswordThatItHas() {
        var driver = ChatDriver(password: "correct horse", canAsk: false, holdsLines: true)
        driver.start()
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        driver.type("/login bob")
        #expect(driver.takeShown() == ["! the chat cannot ask for a password here: /login bob"])
    }
}
