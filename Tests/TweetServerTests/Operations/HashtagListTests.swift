import TweetWire
import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// Answers to `tags`: the most recently used hashtags, with their counts.
struct HashtagListTests {
    private func line(_ tag: String, _ count: Int, _ sequence: Int) -> String {
        #"["part",{"tag":"\#(tag)","count":\#(count),"seq":\#(sequence),"time":"2026-11-21T05:03:00.123Z"}]"#
    }

    /// Requests a list and reads it to its end.
    private func list(_ client: FixtureClient, _ request: String = #"["tags",""]"#) throws -> [String] {
        try client.send(request)
        var lines: [String] = []
        while let line = try client.next() {
            lines.append(line)
            if line.hasPrefix(#"["ok""#) { break }
        }
        #expect(lines.last == "[\"ok\",{\"count\":\(lines.count - 1)}]")
        return lines.dropLast()
    }

    private func upload(_ client: FixtureClient, _ texts: String...) throws {
        for text in texts { try client.expect(#"["u","\#(text)"]"#, "ok") }
    }

    @Test func theLastUsedComeFirstAsTheyWereWrittenLast() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        #expect(try list(client) == [])
        try upload(client, "one #ops", "two #web #OPS", "none", "three #Straße", "four #STRASSE #db")
        #expect(
            try list(client) == [
                line("db", 1, 6), line("STRASSE", 2, 6), line("OPS", 2, 3), line("web", 1, 3),
            ])
        #expect(try list(client, #"["tags",{"count":2}]"#) == [line("db", 1, 6), line("STRASSE", 2, 6)])
    }

    /// The first request reads the store; after that the server counts every upload itself.
    @Test func uploadsBetweenTwoListsAreCounted() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try upload(client, "#a", "#b", "#a")
        #expect(try list(client) == [line("a", 2, 4), line("b", 1, 3)])
        try upload(client, "#b", "#c")
        #expect(try list(client) == [line("c", 1, 6), line("b", 2, 5), line("a", 2, 4)])
        #expect(try list(client) == [line("c", 1, 6), line("b", 2, 5), line("a", 2, 4)])
    }

    @Test func theListIsEverybodysWhateverTheServerAsksOfUploads() throws {
        let fixture = try ServerFixture(requiresAccount: true)
        #expect(try list(try fixture.connect()) == [])
    }

    /// The number of tweets exceeds the number that one turn counts.
    @Test func aHashtagOfManyTweetsIsCountedOverSeveralTurns() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let count = 2 * ServerLimits.hashtagRows + 100
        for start in stride(from: 0, to: count, by: 64) {
            let uploads = min(64, count - start)
            for _ in 0..<uploads { try client.send(##"["u","#many"]"##) }
            _ = try client.next(uploads)
        }
        #expect(try list(client) == [line("many", count, count + 1)])
    }

    /// Uploads the hashtags `n0`, `n1` and so on, 25 to a tweet, as the last ones used and in this order.
    private func fill(_ client: FixtureClient, _ count: Int) throws {
        for start in stride(from: 0, to: count, by: 25) {
            try upload(client, (start..<min(start + 25, count)).map { "#n\($0)" }.joined())
        }
    }

    @Test func aListHasAtMostAThousandHashtags() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try fill(client, ServerLimits.rememberedTags + 100)
        try upload(client, "#n7")
        let lines = try list(client)
        #expect(lines.count == ServerLimits.rememberedTags)
        #expect(lines.first == line("n7", 2, 46))
        #expect(lines[1] == line("n1075", 1, 45))
    }

    @Test func othersAreAnsweredWhileAListIsMade() throws {
        let fixture = try ServerFixture()
        let (asker, other) = (try fixture.connect(), try fixture.connect())
        try fill(other, 1000)
        try asker.send(#"["tags",""]"#)
        fixture.turn { asker.handler?.list != nil }
        #expect(try other.request(#"["d",""]"#)?.contains("#n999") == true)
        #expect(asker.handler?.list != nil, "the list is still under way")
        #expect(try asker.next(1001).last == #"["ok",{"count":1000}]"#)
    }

    @Test func aClientThatGoesAwayInTheMiddleOfItsListLeavesTheOthersWhole() throws {
        let fixture = try ServerFixture()
        let (asker, other) = (try fixture.connect(), try fixture.connect())
        try fill(other, 1000)
        try asker.send(#"["tags",""]"#)
        fixture.turn { asker.handler?.list != nil }
        asker.connection?.close(.serverStopped)
        #expect(try list(other).count == 1000)
    }
}
