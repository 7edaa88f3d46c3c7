import TweetWire
import Testing
import TweetModel

@testable import TweetChat

/// Lines that the user types and packets that arrive while the user is in the chat.
struct ChattingTests {
    private static let time = ChatDriver.time.text

    private func account() -> ChatDriver {
        var driver = ChatDriver(password: "correct horse")
        driver.start()
        driver.answer(#"["ok",{"text":"Empty Message"}]"#, #"["ok",{"name":"ana","pending":0}]"#)
        driver.enter()
        return driver
    }

    @Test func whatIsTypedGoesToAllAndIsShownOnceByTheFeed() {
        var driver = ChatDriver.here()
        driver.type("hello #swift")
        #expect(driver.requests == [##"["u",{"text":"hello #swift","id":"id-1"}]"##])
        #expect(driver.machine.status.unanswered == 1)
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        driver.say(11, "hello #swift", author: "ana")
        #expect(driver.takeShown() == ["~ana: hello #swift"])
        #expect(driver.machine.status.unanswered == 0)
    }

    /// A name without the mark is one that a password has proved.
    @Test func anAccountsWordsAreToldFromAGuests() {
        var driver = ChatDriver.here()
        driver.answer(
            #"["tweet",{"seq":11,"time":"\#(Self.time)","author":"bob","text":"t","tags":[],"account":true}]"#,
            #"["tweet",{"seq":12,"time":"\#(Self.time)","author":"bob","text":"t","tags":[]}]"#,
            #"["message",{"seq":13,"time":null,"from":"bob","to":["ana"],"text":"t","read":null,"account":true}]"#,
            #"["message",{"seq":14,"time":null,"from":"bob","to":["ana"],"text":"t","read":null}]"#)
        #expect(driver.takeShown() == ["bob: t", "~bob: t", "bob <Private>: t", "~bob <Private>: t"])
        #expect(driver.machine.view.knownNames.contains("bob"), "Tab completes the name without the mark")
    }

    @Test func aTweetIsShownOnceAndWithItsAuthor() {
        var driver = ChatDriver.here()
        driver.say(11, "one")
        driver.say(11, "one")
        driver.answer(#"["tweet",{"seq":12,"time":"\#(Self.time)","author":null,"text":"two","tags":[]}]"#)
        #expect(driver.takeShown() == ["~bob: one", "(anonymous): two"])
    }

    @Test func aRefusedMessageIsSaidWithItsText() {
        var driver = ChatDriver.here()
        driver.type("hello")
        driver.answer(#"["error",{"code":"forbidden_character","message":"not that"}]"#)
        #expect(driver.takeShown() == ["! not sent: not that: hello"])
        #expect(driver.machine.status.unanswered == 0)
    }

    @Test func aMessageThatIsTooLongIsNotSent() {
        var driver = ChatDriver.here()
        driver.type(String(repeating: "x", count: 151))
        #expect(driver.requests.isEmpty)
        #expect(driver.takeShown() == ["! the message has 151 characters, at most 150 are allowed"])
    }

    // MARK: Private messages

    @Test func aPrivateMessageIsShownOnceItIsStored() {
        var driver = ChatDriver.here()
        driver.type("@bob,eve psst")
        #expect(driver.requests == [#"["message",{"to":["bob","eve"],"text":"psst","id":"id-1"}]"#])
        #expect(driver.takeShown().isEmpty)
        driver.answer(
            #"["ok",{"seq":11,"time":"\#(Self.time)","from":"ana","to":["bob","eve"],"text":"psst","read":null}]"#)
        #expect(driver.takeShown() == ["you <Private> to bob, eve: psst"])
    }

    @Test(arguments: ["@bob", "@", "@b!b hello", "/msg", "/msg bob", "/msg bob, hello"])
    func aWrongPrivateMessageIsSaidToBeOne(line: String) {
        var driver = ChatDriver.here()
        driver.type(line)
        #expect(driver.takeShown() == ["Server <Private>: INVALID FORMAT"])
        #expect(driver.requests.isEmpty)
    }

    @Test func aRecipientWhoDoesNotExistIsNamed() {
        var driver = ChatDriver.here()
        driver.type("/msg nobody hello")
        driver.answer(#"["error",{"code":"no_such_name","message":"nobody is called nobody"}]"#)
        #expect(driver.takeShown() == ["Server <Private>: nobody is called nobody"])
    }

    @Test func whatComesPrivatelyIsShownAndReadWithAnAccount() {
        var driver = account()
        driver.answer(
            #"["message",{"seq":12,"time":"\#(Self.time)","from":"bob","to":["ana"],"text":"psst","read":null}]"#)
        #expect(driver.takeShown() == ["~bob <Private>: psst"])
        #expect(driver.requests == [#"["read",{"seqs":[12]}]"#])
        driver.answer(#"["ok",{"count":1}]"#)
        #expect(driver.machine.status.pending == 0)
    }

    @Test func aGuestsPrivateMessageIsNotMarkedRead() {
        var driver = ChatDriver.here()
        driver.answer(
            #"["message",{"seq":null,"time":"\#(Self.time)","from":"bob","to":["ana"],"text":"psst","read":null}]"#)
        #expect(driver.takeShown() == ["~bob <Private>: psst"])
        #expect(driver.requests.isEmpty)
    }

    @Test func theInboxIsShownAndThenMarkedRead() {
        var driver = account()
        driver.type("/inbox")
        #expect(driver.requests == [#"["inbox",{"count":100}]"#])
        driver.answer(
            #"["part",{"seq":3,"time":"\#(Self.time)","from":"bob","to":["ana"],"text":"one","read":null}]"#,
            #"["part",{"seq":5,"time":"\#(Self.time)","from":"eve","to":["ana"],"text":"two","read":null}]"#)
        #expect(driver.takeShown().isEmpty)
        driver.answer(#"["ok",{"count":2}]"#)
        #expect(driver.takeShown() == ["~bob <Private>: one", "~eve <Private>: two"])
        #expect(driver.requests == [#"["read",{"seqs":[3,5]}]"#])
        driver.type("/inbox")
        driver.answer(#"["ok",{"count":2}]"#, #"["ok",{"count":0}]"#)
        #expect(driver.takeShown() == ["* no private message waits"])
    }

    // MARK: Others

    @Test func whoJoinsAndLeavesIsSaidAndCounted() {
        var driver = ChatDriver.here()
        #expect(driver.machine.status.hereCount == 1)
        driver.answer(#"["joined",{"name":"bob","time":"\#(Self.time)"}]"#)
        #expect(driver.machine.status.hereCount == 2)
        #expect(driver.machine.view.knownNames == ["ana", "bob"])
        driver.answer(#"["left",{"name":"bob","time":"\#(Self.time)"}]"#)
        #expect(driver.machine.status.hereCount == 1)
        #expect(driver.takeShown() == ["Server: bob has joined the server", "Server: bob has left the server"])
    }

    @Test func theListSaysWhoIsHereAndHow() {
        var driver = ChatDriver.here()
        driver.type("/list")
        #expect(driver.requests == [#"["who",{"here":true}]"#])
        driver.answer(
            #"["part",{"name":"ana","status":"online","account":false}]"#,
            #"["part",{"name":"Bob","status":"away","since":"\#(Self.time)","account":true}]"#,
            #"["ok",{"count":2}]"#)
        #expect(driver.takeShown() == ["* 2 here: ~ana, Bob (away)"])
        #expect(driver.requests == [#"["tags",{"count":20}]"#])
        driver.answer(
            #"["part",{"tag":"ops","count":12,"seq":9,"time":"\#(Self.time)"}]"#,
            #"["part",{"tag":"Swift","count":1,"seq":4,"time":"\#(Self.time)"}]"#, #"["ok",{"count":2}]"#)
        #expect(driver.takeShown() == ["* hashtags: #ops 12, #Swift 1"])
        #expect(driver.machine.view.knownTags == ["ops", "Swift"])
        #expect(driver.machine.status.hereCount == 2)
    }

    @Test func oneNameIsDescribed() {
        var driver = ChatDriver.here()
        driver.type("/who bob", "/who eve")
        driver.answer(
            #"["ok",{"name":"Bob","status":"away","since":"2026-11-21T05:03:00.123Z","account":true}]"#,
            #"["error",{"code":"no_such_name","message":"nobody is called eve"}]"#)
        #expect(
            driver.takeShown() == [
                "* Bob is away since 2026-11-21 06:03, with an account", "! nobody is called eve",
            ])
    }

    @Test func whoIsAwayIsBackWithTheNextLine() {
        var driver = ChatDriver.here()
        driver.type("/away")
        driver.answer(#"["ok",{}]"#)
        #expect(driver.machine.status.isAway)
        driver.type("hello")
        #expect(driver.requests == [#"["back",""]"#, #"["u",{"text":"hello","id":"id-1"}]"#])
        #expect(!driver.machine.status.isAway)
    }

    @Test func hidingAndShowingAreToldOnceTheyAreDone() {
        var driver = ChatDriver.here()
        driver.type("/hide", "/show")
        #expect(driver.requests == [#"["hide",""]"#, #"["show",""]"#])
        driver.answer(#"["ok",{}]"#)
        #expect(driver.machine.status.isHidden)
        driver.answer(#"["ok",{}]"#)
        #expect(!driver.machine.status.isHidden)
        #expect(driver.takeShown() == ["* the lists no longer show you", "* the lists show you again"])
    }

    // MARK: Hashtags

    @Test func aHashtagsRecentTweetsAreShownAndItIsFollowed() {
        var driver = ChatDriver.here()
        driver.type("/tag swift")
        #expect(driver.requests == [##"["d",{"tag":"#swift","count":20}]"##, ##"["follow",{"tag":"#swift"}]"##])
        driver.answer(
            ##"["part",{"seq":4,"time":"\##(Self.time)","author":"bob","text":"old #swift","tags":["swift"]}]"##,
            #"["ok",{"count":1}]"#, #"["ok",{"seq":10}]"#)
        #expect(driver.takeShown() == ["* recent messages with #swift:", "~bob: old #swift"])
        #expect(driver.machine.status.tags == ["swift"])
        driver.type("/untag #SWIFT")
        #expect(driver.requests == [##"["unfollow","#swift"]"##])
        #expect(driver.machine.status.tags.isEmpty)
        driver.type("/untag")
        #expect(driver.takeShown().last == "! no hashtag is followed")
    }

    @Test func namesAreBlockedUnblockedAndListed() {
        var driver = ChatDriver.here()
        driver.type("/block bob", "/blocked")
        #expect(driver.requests == [#"["block","bob"]"#, #"["blocked",""]"#])
        driver.answer(
            #"["ok",{}]"#, #"["part",{"name":"bob","blocked":"\#(Self.time)"}]"#,
            #"["part",{"name":"e\u001bve","blocked":null}]"#, #"["ok",{"count":3}]"#)
        let shown = driver.takeShown()
        #expect(shown.first == "* bob can send you no private messages any more")
        #expect(shown.last?.hasPrefix("* 3 blocked: bob, e") == true && shown.last?.hasSuffix(", and 1 more") == true)
        #expect(shown.last?.contains("\u{1B}") == false)
        driver.type("/unblock bob", "/blocked")
        #expect(driver.requests == [#"["unblock","bob"]"#, #"["blocked",""]"#])
        driver.answer(#"["ok",{}]"#, #"["ok",{"count":0}]"#)
        #expect(driver.takeShown() == ["* bob can send you private messages", "* 0 blocked"])
        driver.type("/block ana")
        driver.answer(#"["error",{"code":"to_oneself","message":"you cannot block yourself"}]"#)
        #expect(driver.takeShown() == ["! you cannot block yourself"])
    }

    @Test func aHashtagThatIsRefusedIsNotFollowed() {
        var driver = ChatDriver.here()
        driver.type("/tag swift")
        driver.answer(#"["ok",{"count":0}]"#, #"["error",{"code":"too_many","message":"too many"}]"#)
        #expect(
            driver.takeShown() == [
                "* recent messages with #swift:", "* there are no such messages", "! #swift is not followed: too many",
            ])
        #expect(driver.machine.status.tags.isEmpty)
    }

    @Test func noMoreHashtagsAreFollowedThanTheServerAllows() {
        var driver = ChatDriver.here()
        for number in 0...WireLimits.followedTags {
            driver.type("/tag t\(number)")
            driver.answer(#"["ok",{"count":0}]"#)
            if number < WireLimits.followedTags { driver.answer(#"["ok",{"seq":10}]"#) }
        }
        #expect(driver.machine.status.tags.count == WireLimits.followedTags)
        #expect(driver.takeShown().contains("! not followed: you already follow 64 hashtags"))
    }

    // MARK: Messages for oneself

    @Test func theTerminalRingsForWhatIsNewAndForOneself() {
        var driver = ChatDriver()
        driver.start()
        // Messages from the history ring no bell.
        driver.signIn(tweets: [(7, "hello ana")])
        #expect(driver.rings == 0)
        driver.say(11, "anabel, banana and anas")
        driver.say(12, "I am ana", author: "ANA")
        #expect(driver.rings == 0)
        driver.say(13, "where is Ana?")
        #expect(driver.rings == 1)
        driver.answer(
            #"["message",{"seq":null,"time":"\#(Self.time)","from":"bob","to":["ana"],"text":"psst","read":null}]"#)
        #expect(driver.rings == 2)
        driver.type("/tag swift")
        driver.answer(
            ##"["part",{"seq":4,"time":"\##(Self.time)","author":"bob","text":"ana #swift","tags":["swift"]}]"##,
            #"["ok",{"count":1}]"#)
        #expect(driver.rings == 2)
    }

    @Test func thePeopleWhoAreHereAreKept() {
        var driver = ChatDriver.here()
        for name in ["zoe", "Bob", "eve", "bob"] { driver.answer(#"["joined",{"name":"\#(name)"}]"#) }
        #expect(driver.machine.view.peopleHere(10) == ["ana", "Bob", "eve", "zoe"])
        #expect(driver.machine.view.peopleHere(2) == ["ana", "Bob"])
        driver.answer(#"["left",{"name":"EVE"}]"#)
        #expect(driver.machine.view.peopleHere(10) == ["ana", "Bob", "zoe"])
        driver.type("/hide")
        driver.answer(#"["ok",{}]"#)
        #expect(driver.machine.view.peopleHere(10) == ["Bob", "zoe"])
        #expect(driver.machine.status.hereCount == 2)
    }

    // MARK: The rest

    @Test func helpTellsEveryCommand() {
        var driver = ChatDriver.here()
        driver.type("/help")
        let shown = driver.takeShown()
        #expect(shown.count == ChatCommand.Word.allCases.count)
        for word in ChatCommand.Word.allCases { #expect(shown.contains { $0.hasPrefix("* /\(word.rawValue)") }) }
    }

    @Test(arguments: ["/quit", "!exit"])
    func quittingLeavesFirst(line: String) {
        var driver = ChatDriver.here()
        driver.type("hello", line)
        #expect(driver.requests.last == #"["leave",""]"#)
        driver.answer(#"["ok",{"seq":11,"text":"hello"}]"#)
        #expect(!driver.takeSteps().contains { $0.hasPrefix("quit") })
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps() == ["disconnect", "quit 0"])
    }

    /// Input typed ahead is meant for the next program on the terminal, and may contain a password for it.
    @Test(arguments: [true, false])
    func whatIsTypedBehindTheEndIsDropped(isCommand: Bool) throws {
        var driver = ChatDriver.here()
        if isCommand { driver.type("/quit") } else { driver.handle(.inputEnded) }
        _ = driver.takeShown()
        driver.type("sudo-password", "@bob hello", "/list")
        driver.handle(.pasted([try TweetText("one"), try TweetText("two")]))
        #expect(driver.takeShown() == Array(repeating: "! dropped: the chat is ending", count: 4))
        #expect(!driver.requests.contains { $0.hasPrefix(#"["u""#) || $0.contains("sudo") || $0.contains("hello") })
        driver.answer(#"["ok",{}]"#)
        #expect(driver.takeSteps().last == "quit 0")
    }

    @Test func quittingTwiceEndsTheChatAtOnce() {
        var driver = ChatDriver.here()
        driver.type("hello", "/quit", "/quit")
        #expect(driver.takeSteps().last?.hasPrefix("quit 75") == true)
    }

    @Test func quittingDoesNotWaitLongForASilentServer() {
        var driver = ChatDriver.here()
        driver.type("hello", "/quit")
        driver.wake()
        #expect(
            driver.takeSteps().last == "quit 75: a message has no answer: it is unknown whether it was stored")
        #expect(driver.now < 10_000)
    }

    @Test func aSilentConnectionIsAskedWhetherItStillThere() {
        var driver = ChatDriver.here()
        driver.wake()
        #expect(driver.requests == [#"["ping",""]"#])
        driver.answer(#"["ok",{"text":"Empty Message"}]"#)
        #expect(driver.takeShown().isEmpty)
    }
}
