import Testing
import TweetClient
import TweetModel
import TweetWire

@testable import TweetChat

/// A server that breaks the rules costs the chat one connection and one line on the screen, no more.
struct HostileServerTests {
    private static let sequences = "\u{1B}[2J\u{1B}]0;owned\u{7} \u{9B}31m \u{202E}txt.exe \r over"
    private static let escaped = #"\u{1B}[2J\u{1B}]0;owned\u{7} \u{9B}31m \u{202E}txt.exe \u{D} over"#

    private func push(_ driver: inout ChatDriver, _ answer: Answer) {
        driver.handle(.received(answer))
    }

    /// Ten thousand names of 8 KiB would take much memory.
    @Test func longNamesAreKeptTruncated() {
        var roster = Roster()
        let name = String(repeating: "X", count: 8000)
        roster.replace(with: [name], count: 1)
        roster.joined(name)
        #expect(roster.count == 1)
        #expect(roster.all.allSatisfy { $0.unicodeScalars.count <= ChatLimits.shownNameScalars + 1 })
        roster.left(name)
        #expect(roster.count == 0)
    }

    @Test func nothingThatSteersATerminalIsShown() {
        var driver = ChatDriver.here()
        let name = "\u{1B}[31m"
        let time = ChatDriver.time
        push(&driver, .push(.tweet(WireTweet(sequence: 11, time: time, author: name, text: Self.sequences))))
        push(&driver, .push(.message(WireMessage(time: time, sender: name, recipients: [], text: Self.sequences))))
        push(&driver, .push(.joined(name: name, time: time)))
        push(&driver, .push(.left(name: name, time: time)))
        driver.type("hello", "/list", "/who bob", "/tag x")
        push(&driver, .error(code: name, message: Self.sequences))
        push(&driver, .part(.person(WirePerson(name: name, status: Self.sequences, hasAccount: false))))
        push(&driver, .end(count: 1))
        push(&driver, .one(.person(WirePerson(name: name, status: Self.sequences, hasAccount: false))))
        push(&driver, .part(.tweet(WireTweet(sequence: 1, author: name, text: Self.sequences))))
        push(&driver, .end(count: 1))
        push(&driver, .error(code: "x", message: Self.sequences))
        driver.handle(.broken(Self.sequences))
        let shown = driver.takeShown()
        #expect(shown.count > 8)
        #expect(shown[0] == #"~\u{1B}[31m: "# + Self.escaped)
        for line in shown { #expect(!line.unicodeScalars.contains { $0.isForbiddenInText }, "\(line)") }
        for name in driver.machine.view.knownNames + driver.machine.view.knownTags {
            #expect(!name.unicodeScalars.contains { $0.isForbiddenInText }, "\(name)")
        }
    }

    @Test func aTextOfTheRulesIsShownAsItIs() {
        var driver = ChatDriver.here()
        push(&driver, .push(.tweet(WireTweet(sequence: 11, author: "bob", text: #"C:\dir \u{1B}"#))))
        #expect(driver.takeShown() == [#"~bob: C:\dir \u{1B}"#])
    }

    @Test func aNameOfTheServersMakingIsShort() {
        var driver = ChatDriver.here()
        push(&driver, .push(.joined(name: String(repeating: "x", count: 5000), time: nil)))
        #expect(driver.takeShown()[0].count < 70)
    }

    @Test func aHugeListIsCut() {
        var driver = ChatDriver.here()
        driver.type("/list")
        for number in 0..<20_000 {
            push(&driver, .part(.person(WirePerson(name: "n\(number)", status: "online", hasAccount: false))))
        }
        push(&driver, .end(count: 20_000))
        let shown = driver.takeShown()
        #expect(shown.count == 1)
        #expect(shown[0].hasSuffix("n499, and 19500 more"))
        #expect(driver.machine.status.hereCount == 20_000)
    }

    @Test func namesBeyondTheBoundAreCountedAndNotKept() {
        var driver = ChatDriver.here()
        for number in 0..<ChatLimits.knownNames + 100 {
            push(&driver, .push(.joined(name: "n\(number)", time: nil)))
        }
        #expect(driver.machine.status.hereCount == ChatLimits.knownNames + 101)
        #expect(driver.machine.view.knownNames.count == ChatLimits.knownNames)
    }

    @Test(
        arguments: [
            .end(count: 3), .done(sequence: nil, name: nil, pending: nil),
            .one(.person(WirePerson(name: "x", status: "online", hasAccount: false))),
            .part(.tweet(WireTweet(text: "x"))),
        ] as [Answer])
    func anAnswerThatNobodyAskedForEndsTheConnection(answer: Answer) {
        var driver = ChatDriver.here()
        push(&driver, answer)
        #expect(driver.takeSteps().last == "disconnect")
        #expect(
            driver.takeShown() == [
                "! the connection is lost: 127.0.0.1:65432: the server's answer is not understood: it does not fit the "
                    + "request; trying again"
            ])
    }

    @Test(
        arguments: [
            .one(.tweet(WireTweet(text: "x"))), .done(sequence: 1, name: "x", pending: 1),
            .one(.message(WireMessage(sender: "x", recipients: [], text: "x"))),
        ] as [Answer])
    func anAnswerThatDoesNotFitEndsTheConnection(answer: Answer) {
        var driver = ChatDriver.here()
        driver.type("/list")
        push(&driver, answer)
        #expect(driver.takeSteps().last == "disconnect")
    }

    @Test func whatIsNoChatServerIsSaidAtTheStart() {
        var driver = ChatDriver()
        driver.start()
        driver.handle(.notUnderstood("the server's answer is not understood: it is no array"))
        #expect(driver.takeSteps().last == "quit 76: the server's answer is not understood: it is no array")
    }

    @Test func aServerThatOnlyEverLagsIsLeft() {
        var driver = ChatDriver.here()
        for _ in 0..<1000 { push(&driver, .push(.lagged(1))) }
        #expect(driver.takeSteps().contains("disconnect"))
        #expect(driver.requests.count < 1000)
    }

    @Test func absurdNumbersTrapNowhere() {
        var driver = ChatDriver.here()
        push(&driver, .push(.tweet(WireTweet(sequence: .max, text: "last"))))
        push(&driver, .push(.tweet(WireTweet(sequence: .min, text: "first"))))
        push(&driver, .push(.lagged(.min)))
        push(&driver, .end(count: .max))
        push(&driver, .done(sequence: .min, name: nil, pending: nil))
        driver.type("/list")
        push(&driver, .end(count: .max))
        #expect(driver.takeShown().contains { $0.hasPrefix("* \(Int.max) here") })
        push(&driver, .push(.joined(name: "bob", time: Timestamp(milliseconds: .max))))
        #expect(driver.machine.status.hereCount != nil)
    }
}
