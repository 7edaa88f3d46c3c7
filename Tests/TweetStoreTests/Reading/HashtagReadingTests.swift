import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Reading the list of hashtags, and counting their tweets in steps.
struct HashtagReadingTests {
    private let directory: TestDirectory
    private let store: TestStore

    /// Uploads tweets 2 to 11: all have `#all`, the even ones `#Even`.
    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: try (2...11).map { try upload($0 % 2 == 0 ? "#all \($0) #Even" : "\($0) #all") })
    }

    @Test func hashtagsComeInTheOrderOfTheirKeysWithTheirNewestTweet() throws {
        var found: [String] = []
        var key = ""
        while let next = try store.reader.hashtag(after: key) {
            found.append("\(next.key) \(next.newest)")
            key = next.key
        }
        #expect(found == ["all 11", "even 10"])
    }

    @Test(arguments: [1, 2, 3, 5, 6, 100])
    func aCountMayBeMadeInPieces(limit: Int) throws {
        var counts: [Int] = []
        var floor: SequenceNumber = 0
        while floor < 10 {
            let counted = try store.reader.countTweets(of: "even", after: floor, through: 10, atMost: limit)
            #expect(counted.count <= limit)
            try #require(counted.through > floor)
            counts.append(counted.count)
            floor = counted.through
        }
        #expect(counts.reduce(0, +) == 5)
        #expect(floor == 10)
    }

    @Test(
        arguments: [(0, 11, 10), (0, 4, 3), (4, 11, 7), (11, 11, 0), (20, 30, 0)]
            as [(SequenceNumber, SequenceNumber, Int)])
    func tweetsBetweenTwoSequencesAreCounted(floor: SequenceNumber, newest: SequenceNumber, count: Int) throws {
        let counted = try store.reader.countTweets(of: "all", after: floor, through: newest, atMost: 1000)
        #expect(counted.count == count)
        #expect(counted.through == newest)
    }

    @Test func aTweetIsFoundByItsSequence() throws {
        #expect(try store.reader.tweet(4)?.text.string == "#all 4 #Even")
        #expect(try store.reader.tweet(1) == nil)
        #expect(try store.reader.tweet(12) == nil)
    }

    /// Neither query reads the uses of a hashtag that it does not count.
    @Test(arguments: [HashtagQueries.nextSQL, HashtagQueries.countSQL])
    func theIndexIsSearchedAndNotScanned(sql: String) throws {
        let database = try Database(path: directory.storePath, readOnly: true)
        var steps: [String] = []
        _ = try database.prepare("EXPLAIN QUERY PLAN " + sql).forEachRow { row in
            steps.append(row.text(3) ?? "")
            return true
        }
        #expect(steps.contains { $0.hasPrefix("SEARCH h USING PRIMARY KEY") || $0.hasPrefix("SEARCH hashtag USING") })
        #expect(!steps.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN h") }, "\(steps)")
    }
}
