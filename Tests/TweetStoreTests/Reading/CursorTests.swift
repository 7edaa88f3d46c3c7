import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Lists of tweets, read one page at a time and oldest first.
struct CursorTests {
    private let directory: TestDirectory
    private let store: TestStore
    private let tag: Hashtag

    /// Uploads tweets 2 to 11; the even ones have the hashtag.
    init() throws {
        tag = try #require(Hashtag("t"))
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: try (2...11).map { try upload($0 % 2 == 0 ? "\($0) #t" : "\($0)") })
    }

    /// Reads to the cursor's end, at most `size` tweets at a time.
    private func pages(
        _ cursor: TweetCursor, of size: Int = .max, lookUps: Int = .max
    ) throws -> [[SequenceNumber]] {
        var cursor = cursor
        var pages: [[SequenceNumber]] = []
        while !cursor.isAtEnd {
            var page: [SequenceNumber] = []
            try store.reader.read(&cursor, atMost: lookUps) {
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
        let cursor = try store.reader.cursor(newest: count, after: 0, of: [])
        #expect(try pages(cursor) == [expected])
    }

    @Test(
        arguments: [
            (1, 0, [10]), (3, 0, [6, 8, 10]), (5, 0, [2, 4, 6, 8, 10]), (1000, 0, [2, 4, 6, 8, 10]),
            (1000, 6, [8, 10]),
        ] as [(Int, SequenceNumber, [SequenceNumber])])
    func theNewestOfAHashtagComeOldestFirst(count: Int, floor: SequenceNumber, expected: [SequenceNumber]) throws {
        let cursor = try store.reader.cursor(newest: count, after: floor, of: [tag])
        #expect(try pages(cursor) == [expected])
    }

    @Test(
        arguments: [
            (0, Array(2...11)), (1, Array(2...11)), (8, [9, 10, 11]), (10, [11]), (11, []),
        ] as [(SequenceNumber, [SequenceNumber])])
    func theNewestBeginBehindTheFloor(floor: SequenceNumber, expected: [SequenceNumber]) throws {
        let cursor = try store.reader.cursor(newest: 1000, after: floor, of: [])
        #expect(try pages(cursor) == [expected])
    }

    @Test(arguments: 1...11, [false, true])
    func pagesBehindASequenceHaveNoGapAndNothingTwice(size: Int, isTagged: Bool) throws {
        let tags = isTagged ? [tag] : []
        var since: SequenceNumber = 0
        var all: [SequenceNumber] = []
        while let page = try pages(TweetCursor(after: since, of: tags, atMost: size)).first, !page.isEmpty {
            #expect(page.count <= size)
            all += page
            since = page.last ?? .max
        }
        #expect(all == (isTagged ? [2, 4, 6, 8, 10] : Array(2...11)))
    }

    @Test(arguments: 1...11, [false, true])
    func aReaderThatStopsGoesOnWhereItWas(size: Int, isTagged: Bool) throws {
        let cursor = TweetCursor(after: 0, of: isTagged ? [tag] : [], atMost: 1000)
        let pages = try pages(cursor, of: size)
        #expect(pages.flatMap { $0 } == (isTagged ? [2, 4, 6, 8, 10] : Array(2...11)))
        #expect(pages.dropLast().allSatisfy { $0.count == size })
    }

    @Test func aCursorIsAtItsEndOnceItHasGivenWhatItWasAskedFor() throws {
        var cursor = try store.reader.cursor(newest: 3, after: 0, of: [])
        try store.reader.read(&cursor, atMost: .max) { $0.sequence < 10 }
        #expect(!cursor.isAtEnd)
        try store.reader.read(&cursor, atMost: .max) { _ in true }
        #expect(cursor.isAtEnd)
    }

    @Test func uploadsDuringALongAnswerDoNotMakeItLonger() throws {
        var cursor = try store.reader.cursor(newest: 3, after: 0, of: [])
        try store.reader.read(&cursor, atMost: .max) { _ in false }
        _ = try store.outcomes(of: upload("12"), upload("13"))
        #expect(try pages(cursor).flatMap { $0 } == [10, 11])
    }

    @Test func whatIsUploadedLaterComesOnTheNextPage() throws {
        #expect(try pages(TweetCursor(after: 11, of: [], atMost: 5)) == [[]])
        _ = try store.outcomes(of: upload("12"))
        #expect(try pages(TweetCursor(after: 11, of: [], atMost: 5)) == [[12]])
    }

    @Test(arguments: [SequenceNumber.max, SequenceNumber.max - 1])
    func nothingIsBehindTheHighestSequence(since: SequenceNumber) throws {
        #expect(try pages(TweetCursor(after: since, of: [], atMost: 5)) == [[]])
        #expect(try pages(TweetCursor(after: since, of: [tag], atMost: 5)) == [[]])
    }

    @Test func aReaderThatStoppedHoldsUpNoCheckpoint() throws {
        var cursor = TweetCursor(after: 0, of: [], atMost: 1000)
        try store.reader.read(&cursor, atMost: .max) { _ in false }
        _ = try store.outcomes(of: upload("12"))
        let other = try OtherConnection(directory.storePath)
        let result = try other.integers("PRAGMA wal_checkpoint(PASSIVE)")
        // The columns are: whether it was busy, the pages in the log, and the number of those that it has moved.
        #expect(result.count == 3 && result[0] == 0 && result[1] > 0 && result[2] == result[1])
    }

    // MARK: Several hashtags

    /// Uploads tweets 12 to 15: one with two of the hashtags, one with another hashtag, one without any.
    private func uploadMore() throws -> [Hashtag] {
        _ = try store.outcomes(of: upload("12 #u #t"), upload("13 #v"), upload("14"), upload("15 #u"))
        return try ["u", "t", "w"].map { try #require(Hashtag($0)) }
    }

    @Test(
        arguments: [
            (1, 0, [15]), (2, 0, [12, 15]), (3, 0, [10, 12, 15]), (7, 0, [2, 4, 6, 8, 10, 12, 15]),
            (1000, 0, [2, 4, 6, 8, 10, 12, 15]), (1000, 10, [12, 15]), (1000, 15, []),
        ] as [(Int, SequenceNumber, [SequenceNumber])])
    func theNewestOfSeveralHashtagsAreOneListWithNothingTwice(
        count: Int, floor: SequenceNumber, expected: [SequenceNumber]
    ) throws {
        let tags = try uploadMore()
        let cursor = try store.reader.cursor(newest: count, after: floor, of: tags)
        for lookUps in [1, 2, 5, .max] {
            #expect(try pages(cursor, lookUps: lookUps).flatMap { $0 } == expected, "\(lookUps) look-ups at a time")
        }
    }

    /// A turn of the loop does a bounded share of the work, whatever a client requests.
    @Test func aListOfSeveralHashtagsIsReadInManySteps() throws {
        let tags = try uploadMore()
        var cursor = try store.reader.cursor(newest: 7, after: 0, of: tags)
        var stepsWithoutATweet = 0
        var found: [SequenceNumber] = []
        while !cursor.isAtEnd {
            let before = found.count
            try store.reader.read(&cursor, atMost: 1) {
                found.append($0.sequence)
                return true
            }
            #expect(found.count - before <= 1)
            if found.count == before { stepsWithoutATweet += 1 }
        }
        #expect(found == [2, 4, 6, 8, 10, 12, 15])
        #expect(stepsWithoutATweet >= 6)
    }

    /// Between two steps, tweets are uploaded, one of them for a hashtag that had no tweets left.
    @Test(arguments: [1, 2, 5, .max], [false, true])
    func whatIsUploadedMeanwhileIsNotPassedOver(lookUps: Int, fromTheNewest: Bool) throws {
        let tags = try uploadMore()
        var cursor =
            fromTheNewest
            ? try store.reader.cursor(newest: 3, after: 0, of: tags).toTheEnd
            : TweetCursor(after: 8, of: tags, atMost: .max)
        var found: [SequenceNumber] = []
        var uploads = ["16 #w", "17", "18 #t", "19 #w #u"][...]
        while !cursor.isAtEnd {
            try store.reader.read(&cursor, atMost: lookUps) {
                found.append($0.sequence)
                return false
            }
            if let text = uploads.popFirst() { _ = try store.outcomes(of: upload(text)) }
        }
        #expect(found == [10, 12, 15, 16, 18, 19])
    }

    @Test(arguments: 1...8)
    func pagesOfSeveralHashtagsHaveNoGapAndNothingTwice(size: Int) throws {
        let tags = try uploadMore()
        let expected: [SequenceNumber] = [2, 4, 6, 8, 10, 12, 15]
        #expect(try pages(TweetCursor(after: 0, of: tags, atMost: 1000), of: size).flatMap { $0 } == expected)
        #expect(
            try pages(TweetCursor(after: 2, of: tags, atMost: size)).flatMap { $0 }
                == Array(expected.dropFirst().prefix(size)))
        #expect(try pages(TweetCursor(after: .max, of: tags, atMost: size)).flatMap { $0 } == [])
    }

    @Test func theNewestOfSeveralHashtagsIsTheNewestOfAnyOfThem() throws {
        #expect(try store.reader.newest(of: [tag])?.sequence == 10)
        let tags = try uploadMore()
        #expect(try store.reader.newest(of: tags)?.sequence == 15)
        #expect(try store.reader.newest(of: tags.reversed())?.sequence == 15)
        #expect(try store.reader.newest(of: [tag])?.sequence == 12)
        #expect(try store.reader.newest(of: tags.suffix(1)) == nil)
    }
}
