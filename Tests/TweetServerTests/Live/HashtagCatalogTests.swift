import Testing
import TweetJournal
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
        catalog.noteCounted("a", (count: 3, through: 5), at: .start)
        #expect(catalog["a"]?.isCounted == false)
        catalog.noteCounted("a", (count: 2, through: 9), at: .start)
        #expect(catalog["a"]?.isCounted == true)
        #expect(catalog["a"]?.count == 5)
        catalog.note(try tweet(10, "#A"))
        #expect(catalog["a"]?.isCounted == false)
        catalog.noteCounted("forgotten", (count: 1, through: 9), at: .start)
        #expect(catalog["forgotten"] == nil)
    }

    /// A tweet that is pruned was counted, or it was not; which of them cannot be said if the store was ahead of the loop.
    @Test(
        arguments: [(4, 6, 2, true), (4, 5, 2, true), (6, 5, 0, false), (5, 5, 0, false)] as [(Int64, Int64, Int, Bool)]
    )
    func aPrunedTweetIsCountedNoLonger(counted: Int64, pruned: Int64, count: Int, isCounted: Bool) {
        var catalog = HashtagCatalog()
        catalog.noteRead((key: "a", newest: 9))
        catalog.noteCounted("a", (count: 3, through: 9), at: JournalPosition(counted))
        catalog.notePruned((sequence: 2, keys: ["a", "b"]), at: JournalPosition(pruned))
        #expect(catalog["a"]?.count == count)
        #expect(catalog["a"]?.isCounted == isCounted)
        #expect(catalog["b"] == nil)
    }

    @Test func aTweetThatIsPrunedBeforeItIsCountedDoesNotMatter() {
        var catalog = HashtagCatalog()
        catalog.noteRead((key: "a", newest: 9))
        catalog.noteCounted("a", (count: 3, through: 5), at: .start)
        catalog.notePruned((sequence: 6, keys: ["a"]), at: JournalPosition(1))
        #expect(catalog["a"]?.count == 3)
        catalog.noteRest("a", newest: 4)
        #expect(catalog["a"]?.isCounted == true)
        catalog.noteRest("a", newest: nil)
        #expect(catalog["a"] == nil)
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
