import Testing
import TestSupport
import TweetJournal
import TweetModel

@testable import TweetStore

/// Searches in the index of words and in the tweets that it does not have yet.
struct SearchTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func tweet(_ text: String, time: Int64 = 0) throws -> Entry {
        .tweetUploaded(time: Timestamp(milliseconds: time), author: nil, text: try TweetText(text), id: nil)
    }

    /// Indexes all tweets, and merges the index.
    private func indexAll(_ store: Store) throws {
        var steps = 0
        while try store.indexWords() == .underWay { steps += 1 }
        #expect(steps < 1000)
    }

    /// The sequences that a search finds, read in pieces of some look-ups.
    private func found(
        _ words: String, _ reader: StoreReader, before: SequenceNumber = .max, atMost count: Int = 1000,
        lookUps: Int = 3
    ) throws -> [SequenceNumber] {
        var cursor = SearchCursor(try #require(SearchQuery(words)), before: before, atMost: count)
        var found: [SequenceNumber] = []
        while !cursor.isAtEnd {
            try reader.read(&cursor, atMost: lookUps) { tweet in
                found.append(tweet.sequence)
                return true
            }
        }
        return found
    }

    @Test(arguments: [0, 2, 5])
    func tweetsAreFoundWhetherTheyAreIndexedOrNot(indexed: Int) throws {
        let store = try directory.openStore()
        let texts = ["one two", "two 東京都", "ONE", "three", "one two three"]
        let entries = try texts.map { try tweet($0) }
        _ = try store.append(Array(entries.prefix(indexed)))
        try indexAll(store)
        _ = try store.append(Array(entries.dropFirst(indexed)))
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        for lookUps in [1, 2, 100] {
            #expect(try found("one", reader, lookUps: lookUps) == [5, 3, 1])
            #expect(try found("two one", reader, lookUps: lookUps) == [5, 1])
            #expect(try found("京都", reader, lookUps: lookUps) == [2])
            #expect(try found("one", reader, before: 5, lookUps: lookUps) == [3, 1])
            #expect(try found("one", reader, before: 1, lookUps: lookUps) == [])
            #expect(try found("one", reader, atMost: 2, lookUps: lookUps) == [5, 3])
            #expect(try found("nothing", reader, lookUps: lookUps) == [])
            #expect(try found("one", reader, before: 0, lookUps: lookUps) == [])
        }
    }

    /// The index finds each pair of letters; the tweet must have them in a row.
    @Test func aRunIsFoundOnlyWhole() throws {
        let store = try directory.openStore()
        _ = try store.append([try tweet("東京と京都"), try tweet("東京都")])
        try indexAll(store)
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        #expect(try found("東京都", reader) == [2])
    }

    /// Whatever is searched for is quoted: it cannot say anything in FTS5's language.
    @Test(arguments: [
        "one\" OR \"three", "one NOT two", "terms:one", "one*", "^one", "NEAR(one two)", "one AND (", "-one",
    ])
    func nothingIsSaidInTheLanguageOfTheIndex(words: String) throws {
        let store = try directory.openStore()
        _ = try store.append([try tweet("one or"), try tweet("three"), try tweet(words)])
        try indexAll(store)
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        let query = try #require(SearchQuery(words))
        let expected: [SequenceNumber] = query.terms == ["one"] ? [3, 1] : [3]
        #expect(try found(words, reader) == expected)
    }

    @Test func aSearchPassesGapsOfAnySizeAndManySequences() throws {
        let store = try directory.openStore()
        let most = Int(StoreReader.searchedAtOnce) + 100
        _ = try store.append(try (0..<most).map { try tweet($0 == 5 ? "rare often" : "often") })
        try indexAll(store)
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        #expect(try found("rare", reader) == [6])
        #expect(try found("often rare", reader) == [6])
        let other = try OtherConnection(directory.storePath)
        try other.execute(
            "INSERT INTO tweet (sequence, time, text) VALUES (\(Int64.max - 1), 0, 'far'); UPDATE search SET sequence = \(Int64.max)"
        )
        #expect(try found("rare", reader) == [6])
    }

    // MARK: Erasure

    /// The number of the index's pages that have a text.
    private func pages(with text: String) throws -> Int64? {
        let other = try OtherConnection(directory.storePath)
        return try other.integers("SELECT count(*) FROM tweet_word_data WHERE instr(block, CAST('\(text)' AS BLOB))")
            .first
    }

    @Test func prunedTweetsLeaveTheIndexToo() throws {
        let store = try directory.openStore()
        _ = try store.append(try (0..<300).map { try tweet("zzqqxx\($0) common") })
        try indexAll(store)
        _ = try store.append(try (0..<300).map { try tweet("kkvvjj\($0) common", time: 100) })
        try indexAll(store)
        let step = PruningStep(.tweets, before: Timestamp(milliseconds: 50), after: 0, work: .max)
        _ = try store.append([.pruned(time: Timestamp(milliseconds: 200), step)])
        let reader = try StoreReader(path: directory.storePath)
        #expect(try found("zzqqxx7", reader) == [])
        #expect(try found("common", reader, lookUps: 100).count == 300)
        #expect(try found("kkvvjj7", reader) == [308])
        reader.close()
        #expect(store.hasPrunedWords)
        #expect(try pages(with: "zzqqxx") ?? 0 > 0)
        try indexAll(store)
        #expect(!store.hasPrunedWords)
        // FTS5 writes the beginning that neighbouring terms share once.
        #expect(try pages(with: "zzqqxx") == 0)
        #expect(try pages(with: "kkvvjj") ?? 0 > 0)
        #expect(store.hasErasedTexts, "the log is emptied next")
    }

    /// A tweet that is pruned before it is indexed never gets there.
    @Test func aTweetMayBePrunedBeforeItIsIndexed() throws {
        let store = try directory.openStore()
        _ = try store.append([try tweet("old"), try tweet("new", time: 100)])
        let step = PruningStep(.tweets, before: Timestamp(milliseconds: 50), after: 0, work: .max)
        _ = try store.append([.pruned(time: Timestamp(milliseconds: 200), step)])
        #expect(!store.hasPrunedWords)
        try indexAll(store)
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        #expect(try found("old", reader) == [])
        #expect(try found("new", reader) == [2])
    }

    // MARK: Starts

    @Test func aStartContinuesWhereTheIndexWas() throws {
        var store: Store? = try directory.openStore()
        _ = try store?.append(try (0..<Store.wordsAtOnce + 1).map { try tweet("word\($0)") })
        #expect(try store?.indexWords() == .underWay)
        try store?.close()
        store = try directory.openStore()
        #expect(store?.wordsEnd == SequenceNumber(Store.wordsAtOnce))
        #expect(try store?.indexWords() == .done)
        #expect(try store?.indexWords() == .done)
        let other = try OtherConnection(directory.storePath)
        #expect(
            try other.integers("SELECT count(*) FROM tweet_word WHERE tweet_word MATCH 'word0 OR word128'") == [2])
    }

    /// A store of the version before is searched at once, and indexed after its start.
    @Test func aStoreOfAnOlderVersionIsIndexedAfterwards() throws {
        let made = try directory.openStore()
        _ = try made.append([try tweet("old words")])
        try made.close()
        var other: OtherConnection? = try OtherConnection(directory.storePath)
        try other?.execute("DROP TABLE tweet_word; DROP TABLE search; PRAGMA user_version = 10")
        other = nil
        let store = try directory.openStore()
        #expect(store.wordsEnd == 0)
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        #expect(try found("words", reader) == [1])
        try indexAll(store)
        #expect(store.wordsEnd == 1)
        #expect(try found("words", reader) == [1])
    }

    /// A full disk stops the index, and nothing else.
    @Test func aFullDiskOnlyPutsOffTheIndex() throws {
        let store = try directory.openStore()
        _ = try store.append(try (0..<100).map { try tweet("word\($0)") })
        directory.disk.fill(leaving: 0)
        #expect(try store.indexWords() == .blocked)
        directory.disk.repair()
        try indexAll(store)
        _ = try store.append([try tweet("after")])
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        #expect(try found("word7", reader) == [8])
        #expect(try found("after", reader) == [101])
    }
}
