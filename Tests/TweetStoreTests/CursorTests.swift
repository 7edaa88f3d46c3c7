import Testing
import TweetModel

@testable import TweetStore

/// Reading lists of tweets: a page at a time, oldest first.
struct CursorTests {
    private let directory: TestDirectory
    private let store: TestStore
    private let tag = Hashtag("t")

    /// Tweets 2 to 11; the even ones have the hashtag.
    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: try (2...11).map { try upload($0 % 2 == 0 ? "\($0) #t" : "\($0)") })
    }

    /// Reads to the cursor's end, so many tweets at a time at most.
    private func pages(_ cursor: TweetCursor, of size: Int = .max) throws -> [[SequenceNumber]] {
        var cursor = cursor
        var pages: [[SequenceNumber]] = []
        while !cursor.isAtEnd {
            var page: [SequenceNumber] = []
            try store.reader.read(&cursor) {
                page.append($0.sequence)
                return page.count < size
            }
            pages.append(page)
        }
        return pages
    }

    @Test(
        arguments: [
            (1, [11]), (3, [9, 10, 11]), (10, Array(2...11)), (1000, Array(2...11)),
        ] as [(Int, [SequenceNumber])])
    func theNewestComeOldestFirst(count: Int, expected: [SequenceNumber]) throws {
        let cursor = try store.reader.cursor(newest: count, after: 0, of: nil)
        #expect(try pages(cursor) == [expected])
    }

    @Test(
        arguments: [
            (1, 0, [10]), (3, 0, [6, 8, 10]), (5, 0, [2, 4, 6, 8, 10]), (1000, 0, [2, 4, 6, 8, 10]),
            (1000, 6, [8, 10]),
        ] as [(Int, SequenceNumber, [SequenceNumber])])
    func theNewestOfAHashtagComeOldestFirst(count: Int, floor: SequenceNumber, expected: [SequenceNumber]) throws {
        let cursor = try store.reader.cursor(newest: count, after: floor, of: tag)
        #expect(try pages(cursor) == [expected])
    }

    @Test(
        arguments: [
            (0, Array(2...11)), (1, Array(2...11)), (8, [9, 10, 11]), (10, [11]), (11, []),
        ] as [(SequenceNumber, [SequenceNumber])])
    func theNewestBeginBehindTheFloor(floor: SequenceNumber, expected: [SequenceNumber]) throws {
        let cursor = try store.reader.cursor(newest: 1000, after: floor, of: nil)
        #expect(try pages(cursor) == [expected])
    }

    @Test(arguments: 1...11, [false, true])
    func pagesBehindASequenceHaveNoGapAndNothingTwice(size: Int, isTagged: Bool) throws {
        let tag = isTagged ? tag : nil
        var since: SequenceNumber = 0
        var all: [SequenceNumber] = []
        while let page = try pages(TweetCursor(after: since, of: tag, atMost: size)).first, !page.isEmpty {
            #expect(page.count <= size)
            all += page
            since = page.last ?? .max
        }
        #expect(all == (isTagged ? [2, 4, 6, 8, 10] : Array(2...11)))
    }

    @Test(arguments: 1...11, [false, true])
    func aReaderThatStopsGoesOnWhereItWas(size: Int, isTagged: Bool) throws {
        let cursor = TweetCursor(after: 0, of: isTagged ? tag : nil, atMost: 1000)
        let pages = try pages(cursor, of: size)
        #expect(pages.flatMap { $0 } == (isTagged ? [2, 4, 6, 8, 10] : Array(2...11)))
        #expect(pages.dropLast().allSatisfy { $0.count == size })
    }

    @Test func aCursorIsAtItsEndOnceItHasGivenWhatItWasAskedFor() throws {
        var cursor = try store.reader.cursor(newest: 3, after: 0, of: nil)
        try store.reader.read(&cursor) { $0.sequence < 10 }
        #expect(!cursor.isAtEnd)
        try store.reader.read(&cursor) { _ in true }
        #expect(cursor.isAtEnd)
    }

    @Test func uploadsDuringALongAnswerDoNotMakeItLonger() throws {
        var cursor = try store.reader.cursor(newest: 3, after: 0, of: nil)
        try store.reader.read(&cursor) { _ in false }
        _ = try store.outcomes(of: upload("12"), upload("13"))
        #expect(try pages(cursor).flatMap { $0 } == [10, 11])
    }

    @Test func whatIsUploadedLaterComesOnTheNextPage() throws {
        #expect(try pages(TweetCursor(after: 11, of: nil, atMost: 5)) == [[]])
        _ = try store.outcomes(of: upload("12"))
        #expect(try pages(TweetCursor(after: 11, of: nil, atMost: 5)) == [[12]])
    }

    @Test(arguments: [SequenceNumber.max, SequenceNumber.max - 1])
    func nothingIsBehindTheHighestSequence(since: SequenceNumber) throws {
        #expect(try pages(TweetCursor(after: since, of: nil, atMost: 5)) == [[]])
        #expect(try pages(TweetCursor(after: since, of: tag, atMost: 5)) == [[]])
    }

    @Test func aReaderThatStoppedHoldsUpNoCheckpoint() throws {
        var cursor = TweetCursor(after: 0, of: nil, atMost: 1000)
        try store.reader.read(&cursor) { _ in false }
        _ = try store.outcomes(of: upload("12"))
        let other = try OtherConnection(directory.storePath)
        let result = try other.integers("PRAGMA wal_checkpoint(PASSIVE)")
        // Whether it was busy, the pages in the log, and those of them that it has moved.
        #expect(result.count == 3 && result[0] == 0 && result[1] > 0 && result[2] == result[1])
    }
}
