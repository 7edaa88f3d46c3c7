import Testing
import TweetClient
import TweetModel
import TweetSystem

@testable import TweetChat

struct SignInTests {
    private static let empty = #"["ok",{"text":"Empty Message"}]"#
    private static let taken = #"["error",{"code":"name_taken","message":"the name is taken"}]"#

    @Test func aGuestTakesItsNameJoinsAndFollows() {
        var driver = ChatDriver()
        driver.start()
        #expect(driver.requests == [#"["ping",""]"#, ChatDriver.nameRequest("ana")])
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        #expect(driver.requests == [#"["join",""]"#, #"["who",{"here":true}]"#, #"["follow",{"count":20}]"#])
        #expect(driver.takeShown() == ["* connected to 127.0.0.1:65432 as ana"])
        #expect(driver.machine.status.name == "ana")
        #expect(driver.machine.question == nil)
    }

    @Test func whoHasNoNameIsAskedBeforeTheServerAnswers() {
        var driver = ChatDriver(name: nil)
        driver.handle(.started)
        #expect(driver.machine.question == .name)
        driver.type("ana")
        #expect(driver.requests.isEmpty)
        driver.handle(.connected)
        #expect(driver.requests == [#"["ping",""]"#, ChatDriver.nameRequest("ana")])
    }

    @Test(arguments: ["", "a b", "ana!", "äöü", "abcdefghijklmnopqrstu"])
    func whatIsNoNameIsAskedForAgain(text: String) {
        var driver = ChatDriver(name: nil)
        driver.start()
        driver.type(text)
        #expect(driver.machine.question == .name)
        #expect(driver.requests == [#"["ping",""]"#])
        #expect(driver.takeShown().count == (text.isEmpty ? 0 : 1))
    }

    @Test func aGuestsNameThatIsTakenIsSaidAndAskedForAgain() {
        var driver = ChatDriver()
        driver.start()
        driver.answer(Self.empty, Self.taken)
        driver.expect(request: #"["who","ana"]"#)
        driver.answer(#"["ok",{"name":"ana","status":"online","account":false}]"#)
        #expect(driver.takeShown() == ["! the name ana is taken: somebody else has it"])
        #expect(driver.machine.question == .name)
        driver.type("eve")
        driver.expect(request: ChatDriver.nameRequest("eve"))
    }

    @Test(arguments: [
        #"["ok",{"name":"Ana","status":"offline","account":true}]"#,
        // The reply for a hidden account.
        #"["error",{"code":"no_such_name","message":"nobody is called ana"}]"#,
    ])
    func anAccountsNameAsksForItsPassword(answer: String) throws {
        var driver = ChatDriver()
        driver.start()
        driver.answer(Self.empty, Self.taken, answer)
        let name = try #require(Name("ana"))
        #expect(driver.machine.question == .password(name))
        driver.type("correct horse")
        driver.expect(request: #"["login",{"name":"ana","password":"correct horse"}]"#)
        _ = driver.takeShown()
        driver.answer(#"["ok",{"name":"Ana","pending":2}]"#)
        driver.expect(request: #"["join",""]"#)
        #expect(driver.machine.status.name == "Ana")
        #expect(driver.machine.status.pending == 2)
        #expect(
            driver.takeShown() == [
                "* connected to 127.0.0.1:65432 as Ana", "* 2 private messages wait: /inbox shows them",
            ])
    }

    @Test func noPasswordAsksForAnotherName() {
        var driver = ChatDriver()
        driver.start()
        driver.answer(Self.empty, Self.taken, #"["ok",{"name":"Ana","status":"offline","account":true}]"#)
        driver.type("")
        #expect(driver.machine.question == .name)
        #expect(driver.requests.isEmpty)
    }

    /// The password may come from the environment or from the keyboard.
    @Test func aRefusedPasswordIsAskedForAgainHiddenUntilAnEmptyLine() throws {
        let name = try #require(Name("ana"))
        var driver = ChatDriver(password: "not the right one")
        driver.start()
        driver.answer(Self.empty)
        for password in ["not the right one", "nor this one", "nor that one"] {
            driver.expect(request: #"["login",{"name":"ana","password":"\#(password)"}]"#)
            #expect(driver.machine.question == .signingIn(name))
            driver.answer(#"["error",{"code":"wrong_password","message":"the password is wrong"}]"#)
            #expect(
                driver.takeShown() == [
                    "! the password is wrong; type the password again, or an empty line for another name"
                ])
            #expect(driver.machine.question == .password(name))
            if password != "nor that one" { driver.type(password == "nor this one" ? "nor that one" : "nor this one") }
        }
        driver.type("short")
        #expect(driver.machine.question == .password(name), "none that could be anybody's")
        _ = driver.takeShown()
        driver.type("")
        #expect(driver.machine.question == .name)
        #expect(driver.takeShown() == ["* no password: the next line is a name, and is shown as you type it"])
        // The user types the password once more, without reading the prompt.
        for line in [
            "nor that one", " nor that one", "nor that one  ", "\tnor this one ", "@bob nor that one",
            "@bob,eva  nor this one",
            "/msg bob nor that one", "/login nor that one", "/login bob nor that one",
        ] {
            driver.type(line)
            #expect(driver.requests.isEmpty, "\(line)")
            #expect(driver.takeShown() == ["! " + TypedPasswords.refusal], "\(line)")
        }
    }

    /// A message that contains more than the password is sent.
    @Test func aMessageThatMentionsAPasswordIsSent() {
        var driver = ChatDriver(password: " the right one ")
        driver.start()
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        for line in ["is it the right one", "the right one?", "@bob is it the right one"] {
            driver.type(line)
            #expect(driver.takeRequests().count == 1, "\(line)")
            driver.answer(#"["ok",{"seq":11,"text":"stored"}]"#)
        }
        driver.type("the right one")
        #expect(driver.requests.isEmpty)
    }

    @Test(arguments: [
        (#"["error",{"code":"wrong_password","message":"no"}]"#, "quit 77: no"),
        (#"["error",{"code":"bad_name","message":"no"}]"#, "quit 65: no"),
        (#"["error",{"code":"unknown_operation","message":"no"}]"#, "quit 76: no"),
        (#"["error",{"code":"of_the_future","message":"no"}]"#, "quit 76: no"),
    ])
    func aScriptEndsWhereAPersonIsAsked(answer: String, step: String) {
        var driver = ChatDriver(password: "password", canAsk: false, holdsLines: true)
        driver.start()
        driver.answer(Self.empty, answer)
        #expect(driver.takeSteps().last == step)
    }

    @Test func aScriptWithoutAPasswordEndsAtAnAccountsName() {
        var driver = ChatDriver(canAsk: false, holdsLines: true)
        driver.start()
        driver.answer(Self.empty, Self.taken, #"["ok",{"name":"Ana","status":"offline","account":true}]"#)
        #expect(
            driver.takeSteps().last
                == "quit 77: the name ana is taken: it belongs to an account, and there is no password")
    }

    /// A password is not taken without TLS: the way out is an option, and no other password.
    @Test func aLogInThatNeedsTLSNamesItsOptions() {
        let refusal = #"["error",{"code":"tls_needed","message":"not without TLS"}]"#
        let text = "not without TLS; --tls, --ca and --pin ask for TLS"
        var script = ChatDriver(password: "correct horse", canAsk: false, holdsLines: true)
        script.start()
        script.answer(Self.empty, refusal)
        #expect(script.takeSteps().last == "quit 77: \(text)")
        var person = ChatDriver.here()
        person.type("/login ana", "correct horse")
        person.answer(refusal)
        #expect(person.takeShown() == ["! \(text)"])
        #expect(person.machine.question == nil)
    }

    @Test func aBusyServerIsAskedAgain() {
        var driver = ChatDriver()
        driver.start()
        driver.answer(Self.empty, #"["error",{"code":"busy","message":"busy"}]"#)
        #expect(driver.requests.isEmpty)
        driver.wake()
        #expect(driver.requests == [ChatDriver.nameRequest("ana")])
    }

    /// A server that says when it will have room is not asked earlier: for a name, for a message, and by a new connection.
    ///
    /// How much later it is asked is left to chance.
    @Test(arguments: [(false, 20_000), (true, 25_000)])
    func aBusyServerIsNotAskedBeforeItsTime(isLate: Bool, pause: Int64) {
        let jitter = Jitter { isLate ? $0.upperBound : $0.lowerBound }
        let busy = #"["error",{"code":"busy","message":"busy","retry_after":20}]"#
        var driver = ChatDriver(jitter: jitter)
        driver.start()
        driver.answer(Self.empty, busy)
        #expect(driver.machine.signIn.retryAt == driver.now + .milliseconds(pause))
        #expect(driver.takeShown() == ["* the server says: busy; trying again in \(pause / 1000) s"])
        var here = ChatDriver.here(jitter: jitter)
        here.type("hello")
        here.answer(busy)
        #expect(here.machine.outbox.resendAt == here.now + .milliseconds(pause))
        var evicted = ChatDriver.here(jitter: jitter)
        evicted.answer(busy)
        #expect(evicted.machine.connection.deadline == evicted.now + .milliseconds(pause))
        // Turned away before the first answer: the ping of the start is not what is refused.
        var turnedAway = ChatDriver(jitter: jitter)
        turnedAway.start()
        turnedAway.answer(busy)
        #expect(turnedAway.machine.connection.deadline == turnedAway.now + .milliseconds(pause))
    }

    /// A wrong or hostile server must not keep a person waiting for hours.
    @Test func aTimeThatTheServerAsksForIsBounded() {
        var driver = ChatDriver()
        driver.start()
        driver.answer(Self.empty, #"["error",{"code":"busy","message":"busy","retry_after":9000}]"#)
        #expect(driver.machine.signIn.retryAt == driver.now + ChatLimits.longestPause)
    }

    @Test func aPasswordThatWasTypedIsKeptWhileTheServerIsBusyOrGone() {
        let login = #"["login",{"name":"ana","password":"correct horse"}]"#
        var driver = ChatDriver(name: nil)
        driver.start()
        driver.type("/login ana", "correct horse")
        driver.answer(Self.empty)
        #expect(driver.requests == [login])
        driver.answer(#"["error",{"code":"busy","message":"busy"}]"#)
        driver.wake()
        #expect(driver.requests == [login])
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        #expect(driver.requests.last == login)
    }

    @Test func theServersOwnNameIsNotAskedFor() {
        var driver = ChatDriver(name: "sErVeR")
        driver.start()
        #expect(driver.requests == [#"["ping",""]"#])
        #expect(driver.takeShown() == ["! sErVeR is taken: it is the server's own name"])
        #expect(driver.machine.question == .name)
    }

    @Test(
        arguments: [
            (.connect, 69), (.lookUp, 69), (.unknownHost, 68),
        ] as [(ConnectFailure.Kind, Int32)])
    func theFirstConnectionThatFailsIsTheEnd(kind: ConnectFailure.Kind, exit: Int32) {
        var driver = ChatDriver()
        driver.handle(.started)
        #expect(driver.takeSteps() == ["connect until 10000"])
        driver.handle(.connectFailed(ConnectFailure(kind, "why")))
        #expect(driver.takeSteps() == ["quit \(exit): why"])
    }

    /// The resolver may give any error on a machine that has just woken up.
    @Test(arguments: [.connect, .lookUp, .unknownHost] as [ConnectFailure.Kind])
    func whoHasBeenHereConnectsAgainWhateverFails(kind: ConnectFailure.Kind) {
        var driver = ChatDriver.here()
        _ = driver.takeSteps()
        driver.handle(.broken("gone"))
        for _ in 1...5 {
            driver.wake()
            driver.handle(.connectFailed(ConnectFailure(kind, "why")))
        }
        #expect(driver.takeSteps() == ["disconnect"] + Array(repeating: "connect until 10000", count: 5))
    }

    @Test func aServerThatAlwaysClosesIsGivenUp() {
        var driver = ChatDriver()
        driver.start()
        for _ in 1..<3 {
            driver.handle(.broken("the server closed the connection"))
            driver.wake()
            driver.handle(.connected)
        }
        driver.handle(.broken("the server closed the connection"))
        #expect(
            driver.takeSteps().last
                == "quit 69: the server 127.0.0.1:65432 cannot be used: the server closed the connection")
    }

    // MARK: Accounts

    @Test func aGuestSignsUpWithAPasswordTypedTwice() throws {
        var driver = ChatDriver.here()
        let name = try #require(Name("ana"))
        driver.type("/signup")
        #expect(driver.machine.question == .newPassword(name))
        driver.type("short")
        let again = "; type the password again, or an empty line to cancel"
        #expect(driver.takeShown() == ["! a password has 8 to 128 bytes of UTF-8" + again])
        #expect(driver.machine.question == .newPassword(name))
        driver.type("correct horse", "correct house")
        #expect(driver.takeShown() == ["! the two passwords differ" + again])
        #expect(driver.machine.question == .newPassword(name))
        driver.type("correct horse", "")
        #expect(driver.takeShown() == ["* nothing was changed"])
        #expect(driver.machine.question == nil)
        driver.type("/signup", "correct horse", "correct horse")
        #expect(driver.requests == [#"["signup",{"name":"ana","password":"correct horse"}]"#])
        driver.answer(#"["ok",{"name":"ana","pending":0}]"#)
        #expect(driver.takeShown() == ["* you have the account ana now", "* you are ana now"])
        #expect(driver.machine.status.hasAccount)
        driver.type("/login eve")
        #expect(driver.takeShown() == ["! you are logged in as ana"])
    }

    @Test func aPasswordIsChangedAndKeptForTheNextConnection() {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        driver.type("/passwd", "correct horse", "battery staple", "battery staple")
        #expect(driver.requests == [#"["passwd",{"old":"correct horse","new":"battery staple"}]"#])
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeShown() == ["* the password is changed"])
        driver.handle(.broken("gone"))
        driver.wake()
        driver.handle(.connected)
        #expect(driver.requests.last == #"["login",{"name":"ana","password":"battery staple"}]"#)
    }

    @Test func noPasswordIsShownByWhatDescribesTheChat() {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(Self.empty, #"["ok",{"name":"ana","pending":0}]"#)
        var text = ""
        dump(driver.machine, to: &text)
        #expect(!text.contains("correct horse"))
        #expect(text.contains("Password(…)"))
    }
}
