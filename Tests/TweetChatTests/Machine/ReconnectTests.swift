import Testing
import TweetModel
import TweetSystem

@testable import TweetChat

/// Broken connections: no message is lost or sent twice, and input never waits for the server.
struct ReconnectTests {
    private static let empty = #"["ok",{"text":"Empty Message"}]"#
    private static let named = #"["ok",{"name":"ana","pending":0}]"#

    /// Breaks the connection and connects again.
    private func broken(_ driver: inout ChatDriver) {
        driver.handle(.broken("the server closed the connection"))
        driver.wake()
        driver.handle(.connected)
    }

    @Test func aBreakIsSaidAndWhatWasMissedIsShown() {
        var driver = ChatDriver.here()
        driver.say(11, "before")
        _ = driver.takeShown()
        driver.handle(.broken("the server closed the connection"))
        #expect(
            driver.takeShown() == [
                "! the connection to 127.0.0.1:65432 is lost: the server closed the connection; trying again"
            ])
        guard case .pausing = driver.machine.status.connection else {
            Issue.record("\(driver.machine.status.connection)")
            return
        }
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, Self.named)
        #expect(driver.requests.last == #"["follow",{"since":11}]"#)
        driver.answer(#"["ok",{}]"#, #"["ok",{"count":1}]"#)
        driver.say(11, "before")
        driver.say(12, "missed")
        driver.answer(#"["ok",{"seq":12}]"#)
        driver.say(13, "after")
        #expect(
            driver.takeShown() == [
                "* connected again to 127.0.0.1:65432 as ana", "~bob: missed", "~bob: after",
            ])
    }

    @Test func followingBeginsWhereItBeganAlsoWithoutATweet() {
        var driver = ChatDriver.here()
        broken(&driver)
        driver.answer(Self.empty, Self.named)
        #expect(driver.requests.last == #"["follow",{"since":10}]"#)
    }

    @Test func aFeedThatBreaksBeforeItsBeginningLosesNothing() {
        var driver = ChatDriver()
        driver.start()
        driver.answer(Self.empty, Self.named, #"["ok",{}]"#, #"["ok",{"count":1}]"#)
        driver.say(7, "one")
        broken(&driver)
        driver.answer(Self.empty, Self.named)
        #expect(driver.requests.last == #"["follow",{"since":7}]"#)
    }

    @Test func anotherHistoryIsNotTakenForTheOldOne() {
        var driver = ChatDriver.here()
        broken(&driver)
        driver.answer(Self.empty, Self.named)
        driver.enter(following: 2)
        driver.say(3, "a new world")
        #expect(driver.takeShown() == ["~bob: a new world"])
    }

    @Test func thePausesGrowAndStartAgainAfterASteadyConnection() {
        var driver = ChatDriver.here()
        var pauses: [Duration] = []
        func pause() -> Duration { driver.machine.wakeAt - driver.now }
        driver.now += ChatLimits.steady
        driver.handle(.broken("gone"))
        for _ in 0..<9 {
            pauses.append(pause())
            driver.wake()
            driver.refuseConnection()
        }
        #expect(pauses.map(\.inMilliseconds) == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        // Only the first break is reported.
        #expect(driver.takeShown().count == 1)
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, Self.named)
        driver.enter()
        driver.handle(.broken("gone at once"))
        #expect(pause() == .seconds(30))
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, Self.named)
        driver.enter()
        driver.now += ChatLimits.steady
        driver.handle(.broken("gone after a while"))
        #expect(pause() == .milliseconds(500))
    }

    @Test func messagesWithoutAnAnswerAreSentAgainWithTheirIds() {
        var driver = ChatDriver.here()
        driver.type("one", "@bob two", "three")
        driver.answer(#"["ok",{"seq":11,"text":"one"}]"#)
        driver.handle(.broken("gone"))
        driver.type("four")
        driver.wake()
        driver.handle(.connected)
        driver.answer(Self.empty, Self.named)
        driver.enter()
        #expect(driver.takeRequests() == [#"["message",{"to":["bob"],"text":"two","id":"id-2"}]"#])
        driver.answer(#"["ok",{"seq":12,"time":null,"from":"ana","to":["bob"],"text":"two","read":null}]"#)
        #expect(driver.takeShown() == ["you <Private> to bob: two"])
        #expect(driver.takeRequests() == [#"["u",{"text":"three","id":"id-3"}]"#])
        driver.answer(#"["ok",{"seq":13,"text":"three"}]"#)
        #expect(driver.takeRequests() == [#"["u",{"text":"four","id":"id-4"}]"#])
        driver.answer(#"["ok",{"seq":14,"text":"four"}]"#)
        #expect(driver.machine.status.unanswered == 0)
    }

    @Test func messagesThatWaitAreBounded() {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        _ = driver.takeShown()
        for number in 0..<ChatLimits.outboxMessages { driver.type("message \(number)") }
        _ = driver.takeShown()
        driver.type("one more")
        #expect(driver.takeShown() == ["! not sent: 32 messages already wait for the server"])
    }

    /// A full disk does not end the chat: the user can still read the others.
    @Test(arguments: ["unknown", "unavailable", "busy"])
    func whatCouldNotBeStoredIsSentAgainWithItsIdOverTheSameConnection(code: String) {
        var driver = ChatDriver.here()
        _ = driver.takeSteps()
        let upload = #"["u",{"text":"hello","id":"id-1"}]"#
        let refusal = #"["error",{"code":"\#(code)","message":"the disk is full"}]"#
        driver.type("hello")
        driver.answer(refusal)
        #expect(driver.takeShown() == ["! the server says: the disk is full; trying again"])
        #expect(driver.requests.isEmpty, "not at once")
        var pauses: [Duration] = []
        for _ in 0..<3 {
            pauses.append(driver.machine.wakeAt - driver.now)
            driver.wake()
            #expect(driver.takeRequests() == [upload])
            driver.answer(refusal)
        }
        #expect(pauses.map(\.inMilliseconds) == [500, 1000, 2000])
        #expect(driver.takeShown() == [], "once is enough")
        driver.say(11, "others are read")
        #expect(driver.takeShown() == ["~bob: others are read"])
        driver.wake()
        driver.answer(#"["ok",{"seq":12,"text":"hello"}]"#)
        #expect(driver.machine.status.unanswered == 0)
        #expect(driver.takeSteps() == [])
        // A refusal of the next message is a new problem, so it is reported.
        driver.type("again")
        driver.answer(refusal)
        #expect(driver.takeShown().count == 1)
        #expect(driver.machine.wakeAt - driver.now == .milliseconds(500))
    }

    /// If the server could store a second message, it would come before the first.
    @Test func aMessageIsSentOnceTheOneBeforeItIsStored() {
        var driver = ChatDriver.here()
        driver.type("one", "two")
        #expect(driver.requests == [#"["u",{"text":"one","id":"id-1"}]"#])
        driver.answer(#"["error",{"code":"unavailable","message":"no"}]"#)
        driver.wake()
        #expect(driver.requests == [#"["u",{"text":"one","id":"id-1"}]"#])
        broken(&driver)
        driver.answer(Self.empty, Self.named)
        driver.enter()
        #expect(driver.requests == [#"["u",{"text":"one","id":"id-1"}]"#])
        driver.answer(#"["ok",{"seq":11,"text":"one"}]"#)
        #expect(driver.requests == [#"["u",{"text":"two","id":"id-2"}]"#])
        driver.answer(#"["ok",{"seq":12,"text":"two"}]"#)
        #expect(driver.machine.wakeAt > driver.now + ChatLimits.longestPause / 2, "nothing is left to be sent again")
    }

    @Test func quittingSaysWhatWaitsFirst() {
        var driver = ChatDriver.here()
        driver.type("one", "two", "/quit")
        driver.answer(#"["ok",{"seq":11,"text":"one"}]"#)
        #expect(driver.requests == [#"["u",{"text":"two","id":"id-2"}]"#, #"["leave",""]"#])
        driver.answer(#"["ok",{"seq":12,"text":"two"}]"#, #"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    /// New messages queue behind those that wait already, so the last one typed is the last one stored.
    @Test func whatIsSaidWhileTheStoreFailsKeepsItsOrder() {
        var driver = ChatDriver.here()
        driver.type("step 1")
        driver.answer(#"["error",{"code":"unavailable","message":"no"}]"#)
        driver.type("step 2", "@bob step 3")
        #expect(driver.requests.isEmpty)
        #expect(driver.machine.status.waitsForStore && driver.machine.status.unanswered == 3)
        driver.wake()
        for number in 1...3 {
            #expect(driver.takeRequests().map { $0.contains("step \(number)") } == [true])
            driver.answer(#"["ok",{"seq":1\#(number),"text":"stored"}]"#)
        }
        #expect(!driver.machine.status.waitsForStore)
    }

    @Test(arguments: [
        ("unavailable", "quit 69: 2 messages were not sent"),
        ("unknown", "quit 75: a message was not sent; a message has no answer: it is unknown whether it was stored"),
    ])
    func atTheEndItIsSaidWhatIsKnown(code: String, end: String) {
        var driver = ChatDriver.here()
        driver.type("one")
        driver.answer(#"["error",{"code":"\#(code)","message":"no"}]"#)
        driver.type("two", "/quit")
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == end)
    }

    @Test func aScriptWhoseWordsCannotBeStoredEndsAndSaysSo() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        let start = driver.now
        while !driver.machine.isLeaving, driver.now < start + .seconds(60) {
            driver.answer(#"["error",{"code":"unavailable","message":"the disk is full"}]"#)
            if !driver.machine.isLeaving { driver.wake() }
        }
        #expect(driver.now - start < ChatLimits.end)
        driver.expect(request: #"["leave",""]"#)
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 69: a message was not sent")
    }

    /// A stopped server process accepts connections and says nothing.
    @Test func aScriptWaitsOnceForAServerThatAcceptsAndSaysNothing() {
        var driver = ChatDriver.here(holdsLines: true)
        driver.type("hello")
        driver.handle(.inputEnded)
        let start = driver.now
        driver.wake()
        #expect(driver.takeSteps().last == "disconnect")
        driver.wake()
        #expect(driver.takeSteps() == ["connect until 10000"])
        driver.handle(.connected)
        driver.wake()
        #expect(driver.takeSteps().last?.hasPrefix("quit ") == true)
        #expect(driver.now - start < ChatLimits.answer * 2 + ChatLimits.end)
    }

    @Test func aBusyServerIsAskedForTheNameAgain() {
        var driver = ChatDriver.here()
        broken(&driver)
        driver.answer(Self.empty)
        for _ in 0..<ChatLimits.signInRetries {
            driver.expect(request: ChatDriver.nameRequest("ana"))
            driver.answer(#"["error",{"code":"busy","message":"busy"}]"#)
            #expect(driver.machine.question == nil)
            driver.wake()
        }
        driver.answer(Self.named)
        driver.enter()
        #expect(driver.machine.status.name == "ana")
    }

    /// The user's own old connection does not hold the name, so another user does.
    @Test func aNameThatIsSomebodyElsesMeanwhileIsSaid() {
        var driver = ChatDriver.here()
        broken(&driver)
        _ = driver.takeShown()
        driver.answer(Self.empty, #"["error",{"code":"name_taken","message":"taken"}]"#)
        driver.answer(#"["ok",{"name":"ana","status":"online","account":false}]"#)
        #expect(driver.takeShown().last == "! the name ana is taken: somebody else has it")
        #expect(driver.machine.question == .name)
        driver.type("eve")
        driver.expect(request: ChatDriver.nameRequest("eve"))
    }

    @Test func anAccountLogsInAgainByItself() {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(Self.empty, Self.named)
        driver.enter()
        broken(&driver)
        #expect(driver.requests.last == #"["login",{"name":"ana","password":"correct horse"}]"#)
    }

    @Test func aPasswordThatHoldsNoLongerIsAskedFor() throws {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(Self.empty, Self.named)
        driver.enter()
        broken(&driver)
        driver.answer(Self.empty, #"["error",{"code":"wrong_password","message":"wrong"}]"#)
        let name = try #require(Name("ana"))
        #expect(driver.machine.question == .password(name))
        driver.type("battery staple")
        #expect(driver.requests == [#"["login",{"name":"ana","password":"battery staple"}]"#])
    }

    @Test func awayHiddenAndHashtagsLast() {
        var driver = ChatDriver.here()
        driver.type("/hide", "/tag swift", "/away")
        driver.answer(#"["ok",{}]"#, #"["ok",{"count":0}]"#, #"["ok",{"seq":10}]"#, #"["ok",{}]"#)
        broken(&driver)
        driver.answer(Self.empty, Self.named)
        #expect(
            driver.requests == [
                #"["hide",""]"#, #"["join",""]"#, #"["away",""]"#, #"["who",{"here":true}]"#,
                #"["follow",{"since":10}]"#, ##"["follow",{"tag":"#swift"}]"##,
            ])
    }

    @Test func aServerThatSaysNothingIsLeft() {
        var driver = ChatDriver.here()
        driver.type("hello")
        let asked = driver.now
        driver.wake()
        #expect(driver.now == asked + ChatLimits.answer)
        #expect(
            driver.takeShown() == [
                "! the connection to 127.0.0.1:65432 is lost: the server has not answered for 20 seconds; trying again"
            ])
    }

    @Test func aServerThatStopsIsTriedAgain() {
        var driver = ChatDriver.here()
        driver.type("hello")
        driver.answer(#"["error",{"code":"stopping","message":"the server is stopping"}]"#)
        #expect(
            driver.takeShown() == [
                "! the connection to 127.0.0.1:65432 is lost: the server says: the server is stopping; trying again"
            ])
        #expect(driver.machine.status.unanswered == 1)
    }

    /// The server has said why it closes the connection: trying again changes nothing.
    @Test(arguments: [false, true]) func aServerThatTakesOnlyTLSIsNotTriedAgain(hasBeenHere: Bool) {
        var driver = hasBeenHere ? ChatDriver.here() : ChatDriver()
        if hasBeenHere {
            driver.handle(.broken("gone"))
            driver.wake()
            driver.handle(.connected)
        } else {
            driver.start()
        }
        _ = driver.takeShown()
        driver.answer(#"["error",{"code":"tls_needed","message":"only with TLS"}]"#)
        #expect(
            driver.takeSteps().suffix(2) == [
                "disconnect",
                "quit 77: the server says: only with TLS (tls_needed); --tls, --ca and --pin ask for TLS",
            ])
        #expect(driver.takeShown() == [])
    }

    @Test(arguments: [("not_json", 76), ("teapot", 76), ("not_permitted", 77)])
    func aConnectionThatIsRefusedAtOnceIsTheEnd(code: String, exit: Int) {
        var driver = ChatDriver()
        driver.start()
        driver.answer(#"["error",{"code":"\#(code)","message":"why"}]"#)
        #expect(driver.takeSteps().last == "quit \(exit): the server says: why (\(code))")
    }

    /// A server that has no room says so, each time, and when to come back.
    @Test func aConnectionThatIsRefusedForAWhileIsTriedAgain() {
        var driver = ChatDriver()
        driver.start()
        for _ in 1..<ChatLimits.breaksBeforeSignIn {
            driver.answer(#"["error",{"code":"busy","message":"no room","retry_after":3}]"#)
            #expect(
                driver.takeShown() == [
                    "! the connection to 127.0.0.1:65432 is lost: the server says: no room; trying again in 3 s"
                ])
            driver.wake()
            driver.handle(.connected)
        }
        driver.answer(#"["error",{"code":"busy","message":"no room","retry_after":3}]"#)
        #expect(
            driver.takeSteps().last
                == "quit 69: the server 127.0.0.1:65432 cannot be used: the server says: no room; try again in 3 s")
    }

    @Test func whoWasTooSlowGoesOnFromTheLastTweet() {
        var driver = ChatDriver.here()
        driver.type("/tag swift")
        driver.answer(#"["ok",{"count":0}]"#, #"["ok",{"seq":10}]"#)
        driver.say(12, "seen")
        driver.answer(#"["lagged",{"seq":12}]"#)
        #expect(
            driver.requests == [
                #"["who",{"here":true}]"#, #"["follow",{"since":12}]"#, ##"["follow",{"tag":"#swift"}]"##,
            ])
    }

    @Test func commandsThatNeedTheServerSayThatThereIsNone() {
        var driver = ChatDriver.here()
        driver.handle(.broken("gone"))
        _ = driver.takeShown()
        driver.type("/list", "/inbox", "/help")
        let shown = driver.takeShown()
        #expect(shown.prefix(2) == ["! there is no connection now", "! there is no connection now"])
        #expect(shown.count == 2 + ChatCommand.Word.allCases.count)
        driver.type("/quit")
        #expect(driver.takeSteps().last == "quit 0")
    }

    @Test func anAnswerThatIsLostIsSaid() {
        var driver = ChatDriver.here()
        driver.type("/list")
        driver.handle(.broken("gone"))
        #expect(driver.takeShown().contains("! the server's answer to /list was lost"))
    }
}
