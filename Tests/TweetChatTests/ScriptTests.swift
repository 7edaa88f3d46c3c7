import Testing

@testable import TweetChat

/// Lines from a script or a pipe: each waits until it can be carried out.
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
        driver.answer(#"["ok",{"count":0}]"#)
        #expect(
            driver.requests == [
                #"["message",{"to":["bob"],"text":"hi","id":"id-2"}]"#, #"["u",{"text":"bye","id":"id-3"}]"#,
            ])
    }

    @Test func messagesDoNotWaitForEachOtherAsLongAsTheyAreFew() {
        var driver = ChatDriver.here(holdsLines: true)
        for number in 0..<40 { driver.type("message \(number)") }
        #expect(driver.requests.count == ChatLimits.outboxMessages)
        #expect(!driver.machine.wantsInput)
        driver.answer(#"["ok",{"seq":11,"text":"message"}]"#)
        #expect(driver.requests.count == ChatLimits.outboxMessages)
    }

    @Test func theEndOfTheInputWaitsForTheAnswers() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello", "/list")
        driver.handle(.inputEnded)
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        driver.answer(#"["ok",{"count":0}]"#)
        #expect(driver.requests == [#"["leave",""]"#])
        #expect(!driver.takeSteps().contains { $0.hasPrefix("quit") })
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    @Test func quitDropsTheLinesBehindIt() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello", "/quit", "never")
        #expect(driver.requests == [#"["u",{"text":"hello","id":"id-1"}]"#])
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        #expect(driver.requests == [#"["leave",""]"#])
    }

    @Test func aBreakAtTheEndIsWaitedForOnlySoLong() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        driver.handle(.broken("gone"))
        let end = driver.now + ChatLimits.end
        while driver.now < end, !driver.steps.contains(where: { $0.hasPrefix("quit") }) {
            driver.wake()
            driver.handle(.connectFailed("refused"))
        }
        #expect(driver.now == end)
        #expect(
            driver.takeSteps().last == "quit 75: a message has no answer: whether it was stored is not known")
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
            driver.takeSteps().last == "quit 75: a message has no answer: whether it was stored is not known")
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

    @Test func aScriptWithoutAPasswordCannotLogIn() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("/login bob")
        #expect(driver.takeShown() == ["! there is no password: TTWEET_PASSWORD is not set"])
    }

    @Test func whatAPersonTypesBeforeAQuestionIsNotSaid() {
        var driver = ChatDriver()
        driver.start()
        driver.type("typed ahead")
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["error",{"code":"bad_name","message":"no"}]"#)
        #expect(driver.takeShown() == ["! no", "! what was typed before the question is dropped"])
        driver.type("eve")
        driver.answer(#"["ok",{"name":"eve","pending":0}]"#)
        driver.enter()
        #expect(driver.requests.isEmpty)
    }

    @Test func whatAPersonTypesAheadIsSaidOnceTheNameIsThere() {
        var driver = ChatDriver()
        driver.start()
        driver.type("typed ahead")
        driver.signIn()
        #expect(driver.requests == [#"["u",{"text":"typed ahead","id":"id-1"}]"#])
    }
}
