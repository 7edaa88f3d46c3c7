import Testing
import TweetJournal
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetServer

/// A server whose store is full, and one that prunes: what is refused, what goes on, and what clients see.
struct FullStoreTests {
    private static let keep: Duration = .seconds(3600)
    private static let limit: Int64 = 250_000

    /// Uploads until the store is full.
    private func fill(_ fixture: ServerFixture, _ client: FixtureClient) throws {
        let text = String(repeating: "日", count: 150)
        for number in 0..<2000 where fixture.server.gate.isOpen {
            try client.send("[\"u\",\"#a\(number % 10) \(text.dropLast(5))\"]")
            _ = try client.next()
        }
        #expect(!fixture.server.gate.isOpen)
    }

    /// Makes a pass of pruning.
    private func prune(_ fixture: ServerFixture) {
        fixture.server.beginPruning()
        fixture.server.journal.submit()
        fixture.turn { fixture.server.pruning.pass.next == nil }
    }

    private func reports(_ fixture: ServerFixture, _ text: String) -> Int {
        fixture.reports.split(separator: "\n").filter { $0.contains(text) }.count
    }

    @Test func onlyWhatAddsToItIsRefused() throws {
        let fixture = try ServerFixture(maximumStoreBytes: Self.limit)
        let ana = try fixture.account("ana")
        let bob = try fixture.account("bob")
        try ana.expect(#"["message",{"to":"bob","text":"one"}]"#, "ok")
        let client = try fixture.connect()
        try fill(fixture, client)
        for line in [#"["u","more"]"#, #"["u",""]"#] { try client.expect(line, "busy") }
        let refusal = try #require(try client.request(#"["u","more"]"#))
        #expect(refusal.contains("--max-store") && refusal.contains(#""retry_after":10"#), "\(refusal)")
        try ana.expect(#"["message",{"to":"bob","text":"two"}]"#, "busy")
        try client.expect(#"["signup",{"name":"eve","password":"correct horse"}]"#, "busy")
        try client.expect(#"["d",""]"#, "ok")
        try client.expect(#"["login",{"name":"bob","password":"correct horse"}]"#, "ok")
        #expect(try #require(try bob.request(#"["inbox",""]"#)).contains("one"))
        try bob.send(#"["read",{"seqs":[4]}]"#)
        #expect(try bob.next(2).last == #"["ok",{"count":1}]"#)
        // A message to guests alone is stored nowhere.
        _ = try fixture.guest("zoe")
        try ana.expect(#"["message",{"to":"zoe","text":"psst"}]"#, "ok")
        try fixture.connect(from: nil).expect(#"["remove_account","bob"]"#, "ok")
        #expect(reports(fixture, "the store is full: ") == 1)
        #expect(reports(fixture, "was refused: busy") == 0, "not one for each request")
    }

    @Test func pipelinedUploadsAreRefusedInTheirOrder() throws {
        let fixture = try ServerFixture(maximumStoreBytes: Self.limit)
        let client = try fixture.connect()
        let text = String(repeating: "日", count: 140)
        var answers: [String] = []
        for start in stride(from: 0, to: 1200, by: 60) {
            for number in start..<start + 60 { try client.send("[\"u\",\"\(number) \(text)\"]") }
            answers += try client.next(60)
        }
        let stored = answers.prefix { $0.hasPrefix("[\"ok\"") }
        #expect(stored.count > 100 && stored.count < 1200)
        #expect(answers[stored.count...].allSatisfy { $0.contains("\"busy\"") })
        for (number, answer) in stored.enumerated() { #expect(answer.contains("\"\(number) 日"), "\(answer)") }
    }

    /// An original client takes any answer for success.
    @Test func anOriginalClientIsReset() {
        var driver = ConversationDriver()
        driver.refuseStorage(.storeFull(retryAfter: StoreGate.pause))
        driver.receive("u\nhello")
        driver.end()
        #expect(driver.actions == ["reset busy"])
    }

    @Test func pruningMakesRoom() throws {
        let fixture = try ServerFixture(maximumStoreBytes: Self.limit, keep: Self.keep)
        let client = try fixture.connect()
        try fill(fixture, client)
        fixture.setClock(aheadBy: 3_600_001)
        prune(fixture)
        #expect(fixture.server.journal.room.hasRoom)
        // Refused clients have been told to come back only now.
        try client.expect(#"["u","too early"]"#, "busy")
        fixture.pass(StoreGate.pause)
        fixture.server.noteRoom(fixture.server.journal.room)
        try client.expect(#"["u","after"]"#, "ok")
        #expect(reports(fixture, "the store is full: ") == 1)
        #expect(reports(fixture, "the store has room again: ") == 1)
    }

    // MARK: Pruning

    @Test func thePrunedLastMessageIsEmpty() throws {
        let fixture = try ServerFixture(keep: Self.keep)
        let client = try fixture.connect()
        try client.expect(#"["u","old #a"]"#, "ok")
        fixture.setClock(aheadBy: 1_000)
        try client.expect(#"["u","newer"]"#, "ok")
        fixture.setClock(aheadBy: 3_600_000)
        prune(fixture)
        #expect(try #require(try client.request(#"["d",""]"#)).contains("newer"))
        #expect(try #require(try client.request(##"["d","#a"]"##)).contains("Empty Message"))
        fixture.setClock(aheadBy: 1)
        prune(fixture)
        #expect(try #require(try client.request(#"["d",""]"#)).contains("Empty Message"))
        #expect(try client.request(#"["d",{"since":2}]"#) == #"["ok",{"count":0}]"#)
        try client.expect(#"["d",{"since":4}]"#, "no_such_sequence")
        try client.expect(#"["u","next"]"#, "ok")
        #expect(try #require(try client.request(#"["d",{"since":2}]"#)).contains(#""seq":4"#))
    }

    /// A wrong clock has stamped the newest tweet, so an older one is left.
    @Test func theLastMessageThatIsLeftIsTheNewest() throws {
        let fixture = try ServerFixture(keep: Self.keep)
        let client = try fixture.connect()
        try client.expect(#"["u","first"]"#, "ok")
        fixture.setClock(aheadBy: -7_200_000)
        try client.expect(#"["u","from long ago"]"#, "ok")
        fixture.setClock(aheadBy: 7_200_000)
        prune(fixture)
        #expect(try #require(try client.request(#"["d",""]"#)).contains("first"))
    }

    @Test func aFollowerContinuesBehindWhatIsPruned() throws {
        let fixture = try ServerFixture(keep: Self.keep)
        let client = try fixture.connect()
        for number in 2...4 { try client.expect("[\"u\",\"\(number) #a\"]", "ok") }
        fixture.setClock(aheadBy: 3_600_001)
        try client.expect(#"["u","5 #a"]"#, "ok")
        prune(fixture)
        for line in [#"["follow",{"since":2}]"#, ##"["follow",{"tag":"#a","since":3}]"##] {
            let follower = try fixture.connect()
            try follower.send(line)
            let lines = try follower.next(2)
            #expect(lines.sequences("tweet") == [5])
            #expect(lines.sequences("ok") == [5])
        }
        for _ in 1...2 {
            fixture.setClock(aheadBy: 1_800_001)
            prune(fixture)
        }
        let follower = try fixture.connect()
        #expect(try follower.request(#"["follow",{"since":5}]"#) == #"["ok",{"seq":5}]"#)
        try client.expect(#"["u","6 #a"]"#, "ok")
        #expect(try follower.next(1).sequences("tweet") == [6])
    }

    @Test func hashtagsAreCountedWithoutThePrunedTweets() throws {
        let fixture = try ServerFixture(keep: Self.keep)
        let client = try fixture.connect()
        func tags() throws -> [String] {
            try client.send(#"["tags",""]"#)
            var found: [String] = []
            while let line = try client.next(), !line.hasPrefix("[\"ok\"") {
                let match = try #require(line.firstMatch(of: /"tag":"(\w+)","count":(\d+)/))
                found.append("\(match.1) \(match.2)")
            }
            return found
        }
        for text in ["#a #b", "#a #c", "#a"] { try client.expect(#"["u","\#(text)"]"#, "ok") }
        #expect(try tags() == ["a 3", "c 1", "b 1"])
        fixture.setClock(aheadBy: 3_600_001)
        try client.expect(##"["u","#a #c"]"##, "ok")
        prune(fixture)
        #expect(try tags() == ["a 1", "c 1"])
        try client.expect(##"["u","#b"]"##, "ok")
        #expect(try tags() == ["b 1", "a 1", "c 1"])
    }

    @Test func theOperatorReadsWhatWasPrunedAndWhatIsHeld() throws {
        let fixture = try ServerFixture(maximumStoreBytes: Self.limit, keep: Self.keep)
        let client = try fixture.connect()
        for _ in 0..<3 { try client.expect(#"["u","old"]"#, "ok") }
        fixture.setClock(aheadBy: 3_600_001)
        prune(fixture)
        let stats = try #require(try fixture.connect(from: nil).request(#"["stats",""]"#))
        let used = fixture.server.journal.room.usedBytes
        #expect(
            stats.contains("\"store\":{\"used_bytes\":\(used),\"full\":0,\"pruned_tweets\":3,\"pruned_messages\":0}"))
        #expect(stats.contains("\"store_bytes\":250000,\"keep_seconds\":3600"))
    }

    /// A clock that leaps ahead is as likely wrong as right, and what is pruned is lost.
    @Test func afterALeapOfTheClockPruningWaits() throws {
        let fixture = try ServerFixture(keep: Self.keep)
        let client = try fixture.connect()
        try client.expect(#"["u","kept"]"#, "ok")
        prune(fixture)
        fixture.setClock(aheadBy: 1 << 40)
        fixture.server.beginPruning()
        #expect(fixture.server.pruning.pass.next == nil && fixture.server.waiters.isEmpty)
        #expect(reports(fixture, "nothing is pruned for an hour") == 1)
        // Set right by then, or not.
        fixture.setClock(aheadBy: -(1 << 40))
        prune(fixture)
        #expect(try #require(try client.request(#"["d",""]"#)).contains("kept"))
        fixture.setClock(aheadBy: 1 << 40)
        fixture.server.beginPruning()
        prune(fixture)
        #expect(try #require(try client.request(#"["d",""]"#)).contains("Empty Message"))
    }

    @Test(
        arguments: [
            (3_600_000, 0, nil), (3_600_001, 0, 3_600_001), (3_660_001, 60_000, 3_600_001), (3_660_000, 60_000, nil),
            (-1, 0, nil), (.min, 0, nil), (.max, 0, .max),
        ] as [(Int64, Int64, Int64?)])
    func aLeapIsWhatTheWallClockGains(wall: Int64, monotonic: Int64, leap: Int64?) {
        var clock = PruningClock()
        let start = (wall: Timestamp(milliseconds: wall == .max ? -1 : 0), monotonic: Instant(milliseconds: 5))
        let first = clock.leap(start.wall, start.monotonic)
        let second = clock.leap(Timestamp(milliseconds: wall), start.monotonic + .milliseconds(monotonic))
        #expect(first == nil && second == leap.map { .milliseconds($0) })
        let third = clock.leap(Timestamp(milliseconds: wall), start.monotonic + .milliseconds(monotonic))
        #expect(third == nil, "a leap is one once")
    }

    @Test func withoutKeepNothingIsPruned() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(#"["u","old"]"#, "ok")
        fixture.setClock(aheadBy: 1 << 40)
        fixture.server.beginPruning()
        #expect(fixture.server.pruning.pass.next == nil)
        #expect(fixture.server.waiters.isEmpty)
    }
}
