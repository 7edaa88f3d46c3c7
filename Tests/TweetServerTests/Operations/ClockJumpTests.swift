import Testing
import TweetModel
import TweetWire

@testable import TweetReactor
@testable import TweetServer

/// A wall clock that jumps by a year in either direction: order, deadlines and throttles do not follow it.
struct ClockJumpTests {
    private static let year: Int64 = 365 * 24 * 3_600_000
    private static let jumps = [year, -year]

    private func texts(_ client: FixtureClient, _ request: String, _ count: Int) throws -> [String] {
        try client.send(request)
        let lines = try client.next(count + 1)
        #expect(lines.last == "[\"ok\",{\"count\":\(count)}]")
        return lines.dropLast().map { line in line.firstMatch(of: /"text":"([^"]*)"/).map { String($0.1) } ?? line }
    }

    // MARK: Freshness

    @Test(
        arguments: [
            (0, 0, true), (1, 0, false), (1000, 1000, true), (1001, 1000, false), (-1, 0, true), (-5000, 0, true),
            (-5001, 0, false), (-5001, .max, false), (-year, .max, false), (year, .max, true),
        ] as [(Int64, Int64, Bool)])
    func aMessageIsFreshFromFiveSecondsAheadToItsGreatestAge(age: Int64, maxAge: Int64, isFresh: Bool) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(##"["u","backup #ops"]"##, "ok")
        fixture.setClock(aheadBy: age)
        let single = isFresh ? "ok" : "not_fresh"
        try client.expect(#"["d",{"max_age":\#(maxAge)}]"#, single)
        try client.expect(##"["d",{"tag":"#ops","max_age":\##(maxAge)}]"##, single)
        try client.expect(#"["d",{"count":5,"max_age":\#(maxAge)}]"#, isFresh ? "part" : "not_fresh")
    }

    /// The sum of any clock and any age is taken without a trap: both may be the greatest number.
    @Test(arguments: [.min, -1, 0, .max] as [Int64], [0, .max] as [Int64])
    func aWildClockTrapsNoDownload(clock: Int64, maxAge: Int64) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        fixture.setClock(to: Timestamp(milliseconds: clock))
        try client.expect(##"["u","backup #ops"]"##, "ok")
        try client.expect(#"["d",{"max_age":\#(maxAge)}]"#, "ok")
        try client.expect(##"["d",{"tag":"#ops","max_age":\##(maxAge)}]"##, "ok")
        try client.expect(#"["d",{"count":5,"max_age":\#(maxAge)}]"#, "part")
    }

    /// A tweet from a time when the clock was wrong is left out; the tweets around it are not.
    @Test func aListLeavesOutWhatIsAheadOfTheClock() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        for (text, jump) in [("one", Self.year), ("ahead", -Self.year), ("two", 0)] {
            try client.expect(#"["u","\#(text)"]"#, "ok")
            fixture.setClock(aheadBy: jump)
        }
        #expect(try texts(client, #"["d",{"count":5,"max_age":60000}]"#, 2) == ["one", "two"])
    }

    /// A tweet from a time when the clock was wrong hides neither the last message nor a hashtag's; a reset does hide
    /// them.
    @Test(arguments: [
        ##"["d",{"max_age":60000}]"##, ##"["d",{"tag":"#a","max_age":60000}]"##,
        ##"["d",{"tags":["#b","#a"],"max_age":60000}]"##,
    ])
    func aSingleMessageIsTheNewestThatIsNotAheadOfTheClock(request: String) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(##"["u","one #a"]"##, "ok")
        fixture.setClock(aheadBy: Self.year)
        try client.expect(##"["u","ahead #a #b"]"##, "ok")
        fixture.setClock(aheadBy: -Self.year)
        #expect(try client.request(request)?.contains("one #a") == true)
        try client.expect(##"["u","two #a"]"##, "ok")
        #expect(try client.request(request)?.contains("two #a") == true)
    }

    @Test func aMessageBeforeAResetIsNotTheNewest() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(#"["u","one"]"#, "ok")
        try client.expect(#"["u",""]"#, "ok")
        fixture.setClock(aheadBy: Self.year)
        try client.expect(#"["u","ahead"]"#, "ok")
        fixture.setClock(aheadBy: -Self.year)
        try client.expect(#"["d",{"max_age":60000}]"#, "not_fresh")
    }

    /// Whatever the clock did between the uploads: each list ends with the single message, and is the end of each longer
    /// list.
    @Test(arguments: [0, 1000, 60_000, 3_600_000] as [Int64], ["", ##""tag":"#a","##, ##""tags":["#b","#a"],"##])
    func aSingleMessageAndAListAgree(maxAge: Int64, tags: String) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let minute: Int64 = 60_000
        for (number, jump) in [-30 * minute, 90 * minute, -2 * minute, 500, -Self.year, Self.year, -7000].enumerated() {
            try client.expect(##"["u","\##(number) #a\##(number % 2 == 0 ? " #b" : "")"]"##, "ok")
            fixture.setClock(aheadBy: jump)
        }
        let single = try client.request(#"["d",{\#(tags)"max_age":\#(maxAge)}]"#) ?? ""
        var longer: [String]?
        for count in (1...8).reversed() {
            try client.send(#"["d",{\#(tags)"count":\#(count),"max_age":\#(maxAge)}]"#)
            var lines: [String] = []
            while let line = try client.next(), line.hasPrefix(#"["part""#) { lines.append(line) }
            #expect(
                lines.last?.replacing("[\"part\"", with: "[\"ok\"") ?? ""
                    == (single.contains("not_fresh") ? "" : single))
            if let longer { #expect(lines == longer.suffix(count)) }
            longer = lines
        }
    }

    @Test func theSearchForFreshMessagesGoesThroughManyTurns() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(#"["u","the fresh one"]"#, "ok")
        fixture.setClock(aheadBy: Self.year)
        for number in 1..<WireLimits.downloadCount { try client.expect(#"["u","ahead \#(number)"]"#, "ok") }
        fixture.setClock(aheadBy: -Self.year)
        #expect(try client.request(#"["d",{"max_age":60000}]"#)?.contains("the fresh one") == true)
        #expect(try texts(client, #"["d",{"count":1,"max_age":60000}]"#, 1) == ["the fresh one"])
        fixture.setClock(aheadBy: Self.year)
        try client.expect(#"["u","one more ahead"]"#, "ok")
        fixture.setClock(aheadBy: -Self.year)
        try client.expect(#"["d",{"max_age":60000}]"#, "not_fresh")
        try client.expect(#"["d",{"count":1,"max_age":60000}]"#, "not_fresh")
    }

    // MARK: Order

    @Test(arguments: jumps)
    func sequencesDownloadsAndListsGoByTheOrderOfUploads(jump: Int64) throws {
        let fixture = try ServerFixture()
        let (client, follower) = (try fixture.connect(), try fixture.connect())
        try follower.expect(#"["follow",""]"#, "ok")
        try client.expect(##"["u","one #a"]"##, "ok")
        fixture.setClock(aheadBy: jump)
        try client.expect(##"["u","two #b"]"##, "ok")
        try client.expect(##"["u","three #a"]"##, "ok")
        #expect(try client.request(#"["d",""]"#)?.contains("three") == true)
        #expect(try client.request(##"["d","#a"]"##)?.contains("three") == true)
        #expect(try texts(client, #"["d",{"count":2}]"#, 2) == ["two #b", "three #a"])
        #expect(try texts(client, #"["d",{"since":2}]"#, 2) == ["two #b", "three #a"])
        #expect(try texts(client, ##"["d",{"tag":"#a","count":2}]"##, 2) == ["one #a", "three #a"])
        #expect(try follower.next(3).sequences("tweet") == [2, 3, 4])
        try client.send(#"["tags",""]"#)
        #expect(try client.next(3).sequences("part") == [4, 3])
        try client.send(#"["u",""]"#)
        #expect(try client.next()?.contains("Empty Message") == true)
        try client.send(#"["d",{"count":9}]"#)
        #expect(try client.next() == #"["ok",{"count":0}]"#)
    }

    @Test(arguments: jumps)
    func privateMessagesGoByTheOrderOfSending(jump: Int64) throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        for text in ["one", "two"] {
            try ana.expect(#"["message",{"to":"bob","text":"\#(text)"}]"#, "ok")
            fixture.setClock(aheadBy: jump)
        }
        #expect(try texts(bob, #"["inbox",""]"#, 2) == ["one", "two"])
        #expect(try texts(ana, #"["sent",{"count":1}]"#, 1) == ["two"])
    }

    // MARK: Deadlines and throttles

    @Test(arguments: jumps)
    func theDeadlineOfTheFirstLineIsKept(jump: Int64) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        fixture.setClock(aheadBy: jump)
        fixture.pass(ServerLimits.firstLine - .milliseconds(1))
        _ = fixture.server.loop.connections.sweep(now: fixture.server.now)
        #expect(client.connection?.isOpen == true)
        #expect(client.takeLines() == [])
        fixture.pass(ServerLimits.firstLine * 2)
        #expect(try client.next()?.contains("timed_out") == true)
    }

    @Test(arguments: jumps)
    func wrongPasswordsAreForgivenWithTimeThatPasses(jump: Int64) throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let (server, ana) = (fixture.server, Name(stored: "ana"))
        func delay() throws -> Duration {
            let delay = server.throttle.begin("127.0.0.1", ana, now: server.now)
            server.throttle.ended("127.0.0.1", ana, succeeded: nil, now: server.now)
            return try #require(delay)
        }
        for _ in 0..<LoginThrottle.freeFailures + 2 {
            _ = server.throttle.begin("127.0.0.1", ana, now: server.now)
            server.throttle.ended("127.0.0.1", ana, succeeded: false, now: server.now)
        }
        let before = try delay()
        #expect(before > .zero)
        fixture.setClock(aheadBy: jump)
        let client = try fixture.connect()
        try client.send(#"["login",{"name":"ana","password":"correct horse"}]"#)
        fixture.turn { client.handler?.delayedRequest != nil }
        client.connection?.close(.finished)
        #expect(try delay() == before)
        fixture.pass(LoginThrottle.forgiveness * 10)
        #expect(try delay() == .zero)
    }

    @Test(arguments: jumps)
    func signUpsByTheDozenStayBusy(jump: Int64) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let site = try #require(client.handler?.visitor?.site)
        #expect(site.signUps.take(ServerLimits.signUps.burst, now: fixture.server.now) == nil)
        fixture.setClock(aheadBy: jump)
        try client.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "busy")
        fixture.pass(ServerLimits.signUps.span / ServerLimits.signUps.count)
        try client.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
    }
}
