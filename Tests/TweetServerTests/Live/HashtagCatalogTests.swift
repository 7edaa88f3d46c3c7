import Testing
import TweetModel

@testable import TweetServer

/// The hashtags that the server remembers, and the number of uses of each.
struct HashtagCatalogTests {
    private func tweet(_ sequence: SequenceNumber, _ text: String) throws -> Tweet {
        Tweet(sequence: sequence, time: Timestamp(milliseconds: 0), author: nil, text: try TweetText(text))
    }

    private func latest(_ count: Int, of catalog: inout HashtagCatalog) -> [String] {
        catalog.latest(count).compactMap { catalog.key(of: $0) }
    }

    @Test func nothingIsRememberedBeforeTheFirstHashtagIsRead() throws {
        var catalog = HashtagCatalog()
        catalog.note(try tweet(7, "#a"))
        let first = latest(10, of: &catalog)
        #expect(first.isEmpty)
        catalog.noteRead((key: "a", newest: 7))
        catalog.note(try tweet(8, "#b"))
        let second = latest(10, of: &catalog)
        #expect(second == ["b", "a"])
        #expect(catalog.lastReadKey == "a")
        catalog.noteRead(nil)
        #expect(catalog.lastReadKey == nil)
    }

    /// The store may be ahead of the uses that the loop knows, or behind them.
    @Test func theNewestUseCountsInWhateverOrderItIsLearned() throws {
        var catalog = HashtagCatalog()
        catalog.noteRead((key: "a", newest: 9))
        catalog.note(try tweet(8, "#a #b"))
        #expect(catalog["a"]?.newest == 9)
        #expect(catalog["b"]?.newest == 8)
    }

    @Test func aCountHoldsUntilTheHashtagIsUsedAgain() throws {
        var catalog = HashtagCatalog()
        catalog.noteRead((key: "a", newest: 9))
        #expect(catalog["a"]?.isCounted == false)
        catalog.noteCounted("a", (count: 3, through: 5))
        #expect(catalog["a"]?.isCounted == false)
        catalog.noteCounted("a", (count: 2, through: 9))
        #expect(catalog["a"]?.isCounted == true)
        #expect(catalog["a"]?.count == 5)
        catalog.note(try tweet(10, "#A"))
        #expect(catalog["a"]?.isCounted == false)
        catalog.noteCounted("forgotten", (count: 1, through: 9))
        #expect(catalog["forgotten"] == nil)
    }

    @Test func theLeastRecentlyUsedAreForgotten() {
        var catalog = HashtagCatalog()
        for number in 1...10_000 as ClosedRange<SequenceNumber> {
            catalog.noteRead((key: "n\(number)", newest: 20_000 - number))
        }
        let all = latest(.max, of: &catalog)
        #expect(all.count < 2 * ServerLimits.rememberedTags)
        #expect(Array(all.prefix(ServerLimits.rememberedTags)) == (1...ServerLimits.rememberedTags).map { "n\($0)" })
        #expect(catalog["n10000"] == nil && catalog.key(of: 10_000) == nil)
    }
}
