import TweetWire
import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// Tweets from the ring and from the store: each follower gets each tweet once, however slow the follower is.
struct FeedTests {
    /// A text that soon fills a follower's socket.
    private static func long(_ text: String) -> String {
        text + " e" + String(repeating: "\u{301}", count: 1500)
    }

    private func upload(_ texts: [String], _ client: FixtureClient) throws {
        for text in texts { try client.expect("[\"u\",\"\(Self.long(text))\"]", "ok") }
    }

    /// A follower that does not read, with more tweets than its socket takes.
    private func slowFollower(
        _ fixture: ServerFixture, _ uploader: FixtureClient, of tag: String
    ) throws -> FixtureClient {
        let follower = try fixture.connect(sendBuffer: 4096)
        try follower.expect("[\"follow\",\"\(tag)\"]", "ok")
        try upload((0..<12).map { "\($0) #\($0 % 2 == 0 ? "even" : "odd") #all" }, uploader)
        try #require(follower.connection?.feedCursor != nil, "it is behind")
        return follower
    }

    /// Reads up to a tweet, and returns the numbers at the start of the tweets' texts.
    private func numbers(_ client: FixtureClient, upTo last: Int) throws -> [Int] {
        var numbers: [Int] = []
        while numbers.last != last {
            let line = try #require(try client.next())
            if let match = line.firstMatch(of: #/^\["tweet".*"text":"(\d+) /#), let number = Int(match.1) {
                numbers.append(number)
            }
        }
        return numbers
    }

    /// Otherwise a sender that is never slowed down would leave followers ever farther behind.
    @Test(arguments: [false, true]) func aTweetWaitsForTheFollowersOfTheOneBefore(isStopping: Bool) throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let followers = try (0..<200).map { _ in
            let follower = try fixture.connect()
            try follower.expect(#"["follow",""]"#, "ok")
            return follower
        }
        let server = fixture.server
        let before = server.loop.connections.followerTurns
        fixture.makePartsTake(milliseconds: 3)
        try uploader.send(#"["u","one"]"#)
        fixture.turn { server.loop.connections.followerTurns.queued == before.queued + 200 }
        fixture.holdOutcomes()
        try uploader.send(#"["u","two"]"#)
        fixture.turn { server.waiters.count == 1 }
        fixture.turn()
        try fixture.awaitCommit()
        fixture.takeOutcomes()
        fixture.turn()
        try #require(server.loop.connections.followerTurns.begun < before.begun + 200)
        #expect(server.decided.count == 1, "the second is stored and not published")
        if isStopping {
            // The end must not come before the answer.
            server.stop()
            fixture.turn()
            #expect(server.decided.isEmpty && server.waiters.isEmpty)
            return
        }
        fixture.turn { server.decided.isEmpty }
        #expect(server.loop.connections.followerTurns.begun >= before.begun + 200)
        for follower in followers {
            let lines = try follower.next(2)
            #expect(lines[0].contains("one") && lines[1].contains("two"))
        }
    }

    /// Following a hashtag as well must not drop tweets that are on their way.
    @Test(arguments: [##""#even""##, ##"{"tag":"#even","count":2}"##, ##"{"tag":"#even","since":10000}"##])
    func whoFollowsAHashtagTooMissesNothingOfAllThatIsOnItsWay(second: String) throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        // The ring knows a hashtag only while a client follows it.
        let other = try fixture.connect()
        try other.expect(##"["follow","#even"]"##, "ok")
        let follower = try slowFollower(fixture, uploader, of: "")
        try follower.send("[\"follow\",\(second)]")
        fixture.turn { follower.handler?.subscriber.subscriptions.count == 2 || follower.handler?.list != nil }
        try upload(["100 #even"], uploader)
        let numbers = try numbers(follower, upTo: 100)
        #expect(numbers.sorted() == Array(0..<12) + [100], "each once")
    }

    @Test func whoFollowsAllTooMissesNothingOfTheHashtagThatIsOnItsWay() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "#odd")
        try follower.send(#"["follow",""]"#)
        fixture.turn { follower.handler?.subscriber.subscriptions.count == 2 }
        try upload(["100 #even", "101 #odd"], uploader)
        #expect(try numbers(follower, upTo: 101) == [1, 3, 5, 7, 9, 11, 100, 101])
    }

    /// The answer tells that everything after it comes, so what is on its way must come.
    @Test(arguments: ["", "#odd"]) func aFollowerThatFollowsTheSameAgainMissesNothing(tag: String) throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: tag)
        try follower.send("[\"follow\",\"\(tag)\"]")
        try upload(["101 #odd"], uploader)
        let expected = (tag.isEmpty ? Array(0..<12) : [1, 3, 5, 7, 9, 11]) + [101]
        #expect(try numbers(follower, upTo: 101) == expected)
    }

    /// The client has said that it has all tweets, so those on their way are not sent any more.
    @Test func aSubscriptionThatBeginsAnewNamesTheSequenceFromWhichItBegins() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "")
        let newest = fixture.server.live.newestSequence
        try follower.send("[\"follow\",{\"since\":\(newest)}]")
        var line = ""
        repeat { line = try #require(try follower.next()) } while !line.hasPrefix("[\"ok\"")
        #expect(line == "[\"ok\",{\"seq\":\(newest)}]")
    }

    @Test func whatWasSentFromTheStoreIsNotPushedAgainForAnotherFeed() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "")
        // The follower has only the tweets that its socket has taken so far.
        let since = try #require(follower.handler?.subscriber.sentSequence)
        try follower.send("[\"follow\",{\"tag\":\"#even\",\"since\":\(since)}]")
        fixture.turn { follower.handler?.subscriber.subscriptions.count == 2 || follower.handler?.list != nil }
        try upload(["100 #even", "101 #odd"], uploader)
        #expect(try numbers(follower, upTo: 101).sorted() == Array(0..<12) + [100, 101], "each once")
    }

    /// The tweet is not pushed again even if the client stops following one feed before the lines of the other are
    /// looked at.
    @Test func whatWasSentFromTheStoreIsNotPushedAgainWhenItsFeedIsFollowedNoMore() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "")
        let since = try #require(follower.handler?.subscriber.sentSequence)
        try follower.send("[\"follow\",{\"tag\":\"#even\",\"since\":\(since)}]\n[\"unfollow\",\"#even\"]")
        try upload(["100 #even", "101 #odd"], uploader)
        #expect(try numbers(follower, upTo: 101).sorted() == Array(0..<12) + [100, 101], "each once")
    }

    /// A client that reconnects resumes after the sequence in the answer.
    @Test func theAnswerToASecondFollowNamesNothingThatIsStillOnItsWay() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "")
        let sent = try #require(follower.handler?.subscriber.sentSequence)
        try follower.send(##"["follow","#even"]"##)
        fixture.turn { follower.handler?.subscriber.subscriptions.count == 2 }
        var line = ""
        repeat { line = try #require(try follower.next()) } while !line.hasPrefix("[\"ok\"")
        #expect(line == "[\"ok\",{\"seq\":\(sent)}]")
    }

    /// The store has a committed tweet before the loop knows of it.
    @Test(arguments: ["\"\"", ##""#a""##, #"{"since":0}"#, ##"{"tag":"#a","since":0}"##, #"{"count":3}"#])
    func aTweetThatIsCommittedWhileOneFollowsComesOnce(body: String) throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try fixture.connect()
        fixture.holdOutcomes()
        try uploader.send(#"["u","7 #a"]"#)
        fixture.turn()
        try fixture.awaitCommit()
        try follower.send("[\"follow\",\(body)]")
        fixture.turn { follower.handler?.subscriber.subscriptions.count == 1 }
        fixture.takeOutcomes()
        try uploader.expect(#"["u","8 #a"]"#, "ok")
        #expect(try numbers(follower, upTo: 8) == [7, 8])
    }

    @Test func aTweetOfSeveralFollowedHashtagsComesOnceAndInOrder() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        for tag in ["#a", "#b", "", "#c"] { try client.expect("[\"follow\",\"\(tag)\"]", "ok") }
        let uploader = try fixture.connect()
        for (number, tags) in ["#a #b", "#c", "", "#A #B #C #a", "#d"].enumerated() {
            try uploader.expect("[\"u\",\"\(number) \(tags)\"]", "ok")
        }
        #expect(try numbers(client, upTo: 4) == [0, 1, 2, 3, 4])
        try client.expect(#"["unfollow",""]"#, "ok")
        for number in 5..<8 { try uploader.expect("[\"u\",\"\(number) \(number == 6 ? "" : "#b")\"]", "ok") }
        #expect(try numbers(client, upTo: 7) == [5, 7])
    }

    // MARK: Several tweets of one turn

    private func tweet(_ number: Int, _ fixture: ServerFixture) throws -> Tweet {
        Tweet(
            sequence: SequenceNumber(number), time: fixture.server.clock(), author: nil,
            text: try TweetText("\(number) "))
    }

    @Test func aFollowerThatComesBetweenTwoTweetsGetsTheSecond() throws {
        let fixture = try ServerFixture()
        let (first, second) = (try fixture.connect(), try fixture.connect())
        try first.expect(#"["follow",""]"#, "ok")
        try second.expect(#"["ping",""]"#, "ok")
        let feeds = fixture.server.live.feeds
        feeds.publish(try tweet(1, fixture))
        _ = try #require(second.handler).subscriber.follow([], from: 1)
        feeds.publish(try tweet(2, fixture))
        #expect(try numbers(first, upTo: 2) == [1, 2])
        #expect(try numbers(second, upTo: 2) == [2])
        feeds.publish(try tweet(3, fixture))
        #expect(try numbers(first, upTo: 3) == [3])
        #expect(try numbers(second, upTo: 3) == [3])
    }

    @Test func noticesBetweenTweetsGoToThoseThatHaveJoined() throws {
        let fixture = try ServerFixture()
        let (joined, other) = (try fixture.guest("ana"), try fixture.connect())
        for client in [joined, other] { try client.expect(#"["follow",""]"#, "ok") }
        let feeds = fixture.server.live.feeds
        feeds.publish(try tweet(1, fixture))
        feeds.publish(.joined(Name(stored: "bob")), at: fixture.server.clock())
        feeds.publish(try tweet(2, fixture))
        #expect(try other.next(2).allSatisfy { $0.hasPrefix(#"["tweet""#) })
        let lines = try joined.next(3)
        #expect(lines.map { $0.prefix(8) } == [#"["tweet""#, #"["joined"#, #"["tweet""#])
    }

    // MARK: How many

    @Test func oneConnectionFollowsSixtyFourHashtagsAndAll() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        for number in 0..<WireLimits.followedTags { try client.expect("[\"follow\",\"t\(number)\"]", "ok") }
        try client.expect(#"["follow","more"]"#, "too_many")
        try client.expect(#"["follow",{"tag":"more","since":0}]"#, "too_many")
        try client.expect(#"["follow",""]"#, "ok")
        try client.expect(#"["follow","more"]"#, "too_many")
        try client.expect(#"["follow","T7"]"#, "ok")
        try client.expect(#"["unfollow","t7"]"#, "ok")
        try client.expect(#"["follow","more"]"#, "ok")
        try client.expect(#"["follow","t7"]"#, "too_many")
    }

    @Test func longHashtagsAreFollowedUpToABound() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let long = String(repeating: "a", count: WireLimits.followedTagBytes / 4 - 1)
        for number in 0..<4 { try client.expect("[\"follow\",\"\(long)\(number)\"]", "ok") }
        try client.expect(#"["follow","more"]"#, "too_many")
        try client.expect("[\"unfollow\",\"\(long)0\"]", "ok")
        try client.expect(#"["follow","more"]"#, "ok")
    }

    @Test func whoHasJoinedFollowsNoFewer() throws {
        let fixture = try ServerFixture()
        let client = try fixture.guest("ana")
        for number in 0..<WireLimits.followedTags { try client.expect("[\"follow\",\"t\(number)\"]", "ok") }
        try client.expect(#"["follow",""]"#, "ok")
        try client.expect(#"["follow","more"]"#, "too_many")
    }

    /// The only follower of a hashtag follows it again, so the hashtag's feed ends and a new one begins for all
    /// followers.
    @Test func whoFollowsAgainIsStillOfTheSameFeedAsTheOthers() throws {
        let fixture = try ServerFixture()
        let (first, second, uploader) = (try fixture.connect(), try fixture.connect(), try fixture.connect())
        for _ in 1...2 { try first.expect(##"["follow",{"tag":"ops"}]"##, "ok") }
        try uploader.expect(##"["u","one #ops"]"##, "ok")
        #expect(try first.next()?.contains("one #ops") == true)
        try second.expect(##"["follow",{"tag":"ops"}]"##, "ok")
        first.finishSending()
        fixture.turn { fixture.server.loop.connections.count == 2 }
        try uploader.expect(##"["u","two #ops"]"##, "ok")
        #expect(try second.next()?.contains("two #ops") == true)
    }

    @Test func whatNobodyFollowsAnyMoreIsForgotten() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let other = try fixture.connect()
        for number in 0..<100 {
            try client.expect("[\"follow\",\"t\(number)\"]", number < 64 ? "ok" : "too_many")
            try other.expect("[\"follow\",\"t\(number)\"]", number < 64 ? "ok" : "too_many")
        }
        let feeds = fixture.server.live.feeds
        let tagged = { Mirror(reflecting: feeds).descendant("tagged").map { Mirror(reflecting: $0) } }
        #expect(tagged()?.children.count == 64)
        other.finishSending()
        for number in 0..<64 { try client.expect("[\"unfollow\",\"t\(number)\"]", "ok") }
        fixture.turn { fixture.server.loop.connections.count == 1 }
        #expect(tagged()?.children.count == 0)
    }

    // MARK: Too slow

    @Test func whoIsOvertakenIsToldWhereToGoOnAndMissesNothing() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "#all")
        let other = try fixture.connect()
        try other.expect(#"["follow",""]"#, "ok")
        let count = fixture.server.live.feeds.lines + 100
        for start in stride(from: 12, to: count, by: 32) {
            let numbers = start..<min(start + 32, count)
            try uploader.send(numbers.map { "[\"u\",\"\($0) #all\"]" }.joined(separator: "\n"))
            #expect(try uploader.next(numbers.count).allSatisfy { $0.hasPrefix(#"["ok""#) })
            #expect(try other.next(numbers.count).count == numbers.count, "at once")
        }
        var lines: [String] = []
        while lines.last?.hasPrefix(#"["lagged""#) != true { lines.append(try #require(try follower.next())) }
        let got = lines.sequences("tweet")
        let last = try #require(lines.sequences("lagged").first)
        #expect(got.last == last)
        #expect(got.count < count)
        fixture.server.log.flush()
        #expect(fixture.reports.contains("SERVER [ERROR] ") && fixture.reports.contains(" lags behind what it follows"))

        // Tweets of a feed that the client no longer follows do not come; after it follows again, all of them do.
        try uploader.expect("[\"u\",\"\(count) #all\"]", "ok")
        #expect(follower.takeLines() == [])
        try follower.send("[\"follow\",{\"tag\":\"all\",\"since\":\(last)}]")
        var rest: [String] = []
        while rest.last?.hasPrefix(#"["ok""#) != true { rest.append(try #require(try follower.next())) }
        let all = got + rest.sequences("tweet")
        #expect(all == Array(Set(all)).sorted(), "in order and once")
        #expect(all.count == count + 1)
        try uploader.expect("[\"u\",\"live #all\"]", "ok")
        #expect(try follower.next()?.contains("live") == true)
    }

    @Test func whoHasJoinedAndIsOvertakenIsStillHere() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        let follower = try slowFollower(fixture, uploader, of: "#all")
        try follower.send(#"["name","ana"]"# + "\n" + #"["join",""]"#)
        fixture.turn { follower.handler?.subscriber.hasJoined == true }
        let text = try TweetText(Self.long("#all"))
        for number in 0..<ServerLimits.feedBytes / 3000 {
            let tweet = Tweet(
                sequence: 1000 + SequenceNumber(number), time: fixture.server.clock(), author: nil, text: text)
            fixture.server.live.feeds.publish(tweet)
        }
        var gathered: [String] = []
        while gathered.last?.hasPrefix(#"["lagged""#) != true { gathered.append(try #require(try follower.next())) }
        _ = try fixture.guest("bob")
        #expect(try follower.next()?.hasPrefix(#"["joined",{"name":"bob""#) == true)
        #expect(try follower.request(#"["who","ana"]"#)?.contains("online") == true)
    }
}
