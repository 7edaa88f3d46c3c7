import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Lists of messages, read one page at a time and oldest first, and never more than requested.
struct MessageCursorTests {
    private let directory: TestDirectory
    private let store: TestStore

    /// Sends 5 to 14 from Ana to Bob, and the even ones to Eve as well; Bob reads half of them, in two requests.
    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: signUp("Ana"), signUp("Bob"), signUp("Eve"))
        for number in 5...14 {
            let recipients = number % 2 == 0 ? ["Eve", "Bob"] : ["Bob"]
            _ = try store.outcomes(
                of: .messageSent(
                    time: Timestamp(milliseconds: 0), sender: Name(known: "Ana"),
                    recipients: recipients.map { try Name(known: $0) }, text: TweetText("m"), id: nil))
        }
        // The order of reading differs from the order of the list.
        _ = try store.outcomes(of: reading(of: 13, 10, 5, by: "Bob"), reading(of: 9, 6, by: "Bob"))
    }

    private static let pending: [SequenceNumber] = [7, 8, 11, 12, 14]
    private static let archive: [SequenceNumber] = [5, 6, 9, 10, 13]
    private static let sent = [
        "5 Bob", "6 Bob", "6 Eve", "7 Bob", "8 Bob", "8 Eve", "9 Bob", "10 Bob", "10 Eve", "11 Bob", "12 Bob", "12 Eve",
        "13 Bob", "14 Bob", "14 Eve",
    ]

    private func inbox(
        isArchive: Bool, count: Int = 1000, since: SequenceNumber? = nil
    ) throws -> MessageCursor {
        try store.reader.inboxCursor(of: store.known("Bob"), isArchive: isArchive, count: count, since: since)
    }

    private func sent(count: Int = 1000, since: SequenceNumber? = nil) throws -> MessageCursor {
        try store.reader.sentCursor(of: store.known("Ana"), count: count, since: since)
    }

    /// Reads to the cursor's end in pages of at most `size` messages; each is written as `6 Eve`, with its first
    /// recipient.
    private func pages(_ cursor: MessageCursor, of size: Int = .max) throws -> [[String]] {
        try store.pages(cursor, of: size).map { $0.map { Self.short($0) } }
    }

    private static func short(_ line: String) -> String {
        let words = line.split { " ,:".contains($0) }
        return "\(words[0]) \(words[3])"
    }

    private func sequences(_ cursor: MessageCursor, of size: Int = .max) throws -> [SequenceNumber] {
        try pages(cursor, of: size).flatMap { $0 }.compactMap { SequenceNumber($0.prefix { $0 != " " }) }
    }

    // MARK: What is listed

    @Test(arguments: 1...6)
    func ofThePendingTheOldestComeFirst(count: Int) throws {
        #expect(try sequences(inbox(isArchive: false, count: count)) == Array(Self.pending.prefix(count)))
    }

    @Test(arguments: 1...6)
    func ofTheArchiveTheNewestComeOldestFirst(count: Int) throws {
        #expect(try sequences(inbox(isArchive: true, count: count)) == Array(Self.archive.suffix(count)))
    }

    @Test(arguments: 1...16)
    func ofTheSentTheNewestComeOldestFirstAndEachRecipientCounts(count: Int) throws {
        #expect(try pages(sent(count: count)).flatMap { $0 } == Array(Self.sent.suffix(count)))
    }

    @Test func withoutACountAllOfAFewCome() throws {
        #expect(try sequences(inbox(isArchive: false)) == Self.pending)
        #expect(try sequences(inbox(isArchive: true)) == Self.archive)
        #expect(try pages(sent()).flatMap { $0 } == Self.sent)
    }

    @Test(arguments: 0...15, [1, 2, 3, 1000])
    func behindASequenceTheOldestComeFirst(since: SequenceNumber, count: Int) throws {
        #expect(
            try sequences(inbox(isArchive: false, count: count, since: since))
                == Array(Self.pending.filter { $0 > since }.prefix(count)))
        #expect(
            try sequences(inbox(isArchive: true, count: count, since: since))
                == Array(Self.archive.filter { $0 > since }.prefix(count)))
        let behind = Self.sent.filter { SequenceNumber($0.prefix { $0 != " " }) ?? 0 > since }
        #expect(try pages(sent(count: count, since: since)).flatMap { $0 } == Array(behind.prefix(count)))
    }

    @Test(arguments: [SequenceNumber.max, SequenceNumber.max - 1])
    func nothingIsBehindTheHighestSequence(since: SequenceNumber) throws {
        #expect(try pages(inbox(isArchive: false, since: since)) == [[]])
        #expect(try pages(inbox(isArchive: true, since: since)) == [[]])
        #expect(try pages(sent(since: since)) == [[]])
    }

    @Test func whoHasNoMessagesGetsNone() throws {
        let ana = try store.known("Ana")
        #expect(try pages(store.reader.inboxCursor(of: ana, isArchive: false, count: 1000, since: nil)) == [[]])
        #expect(try pages(store.reader.inboxCursor(of: ana, isArchive: true, count: 1000, since: nil)) == [[]])
        #expect(try pages(store.reader.sentCursor(of: store.known("Bob"), count: 1000, since: nil)) == [[]])
    }

    @Test func aListEndsAtItsCount() throws {
        // Half of them are a guest's, since one sender has a bound of pending messages.
        let many = try (0..<1000).map {
            try message("m", from: "Ana", to: "Bob", "Eve", byAccount: $0.isMultiple(of: 2))
        }
        _ = try store.outcomes(of: many)
        #expect(try sequences(inbox(isArchive: false)).count == 1000)
        #expect(try sequences(inbox(isArchive: false)).first == 7)
        // Messages 17 to 1016 have two recipients each, so half of the messages are the newest.
        let newest = try pages(sent()).flatMap { $0 }
        #expect(newest.count == 1000)
        #expect(newest.first == "517 Bob")
        #expect(newest.last == "1016 Eve")
    }

    // MARK: Cuts

    @Test(arguments: 1...6, [nil, 0, 8] as [SequenceNumber?])
    func aReaderThatStopsGoesOnWhereItWas(size: Int, since: SequenceNumber?) throws {
        let floor = since ?? 0
        #expect(
            try sequences(inbox(isArchive: false, since: since), of: size) == Self.pending.filter { $0 > floor })
        #expect(try sequences(inbox(isArchive: true, since: since), of: size) == Self.archive.filter { $0 > floor })
    }

    @Test(arguments: 1...16)
    func aReaderMayStopBetweenTwoRecipientsOfOneMessage(size: Int) throws {
        for cursor in [try sent(), try sent(since: 0)] {
            let pages = try pages(cursor, of: size)
            #expect(pages.flatMap { $0 } == Self.sent)
            #expect(pages.dropLast().allSatisfy { $0.count == size })
        }
    }

    @Test(arguments: 1...16)
    func aListOfTheNewestMayBeginBetweenTwoRecipientsAndStopAnywhere(count: Int) throws {
        for size in 1...count {
            #expect(try pages(sent(count: count), of: size).flatMap { $0 } == Array(Self.sent.suffix(count)))
        }
    }

    @Test func aCursorIsAtItsEndOnceItHasGivenWhatItWasAskedFor() throws {
        var cursor = try sent(count: 3)
        try store.reader.read(&cursor) { $0.recipients.first?.string != "Bob" || $0.sequence != 14 }
        #expect(!cursor.isAtEnd)
        try store.reader.read(&cursor) { _ in true }
        #expect(cursor.isAtEnd)
    }

    @Test func messagesDuringALongAnswerDoNotMakeItLonger() throws {
        var cursors = [try inbox(isArchive: false, count: 5), try inbox(isArchive: true, count: 5), try sent(count: 5)]
        for index in cursors.indices { try store.reader.read(&cursors[index]) { _ in false } }
        _ = try store.outcomes(of: message("late", from: "Ana", to: "Bob", "Eve"), reading(of: 14, by: "Bob"))
        #expect(try sequences(cursors[0]) == [8, 11, 12, 17])
        #expect(try sequences(cursors[1]) == [6, 9, 10, 13])
        #expect(try pages(cursors[2]).flatMap { $0 } == Array(Self.sent.suffix(4)))
    }

    @Test func aListEndsWhenItsAccountIsRemovedMeanwhile() throws {
        var cursors = [try inbox(isArchive: false), try inbox(isArchive: true)]
        for index in cursors.indices { try store.reader.read(&cursors[index]) { _ in false } }
        _ = try store.outcomes(
            of: removal(of: "Bob"), signUp("Bob"), message("new", from: "Ana", to: "Bob"),
            message("newer", from: "Ana", to: "Bob"), reading(of: 19, by: "Bob"))
        #expect(try store.pending(of: "Bob").count == 1)
        #expect(try store.archive(of: "Bob").count == 1)
        for cursor in cursors { #expect(try pages(cursor) == [[]]) }
    }

    @Test func aReaderThatStoppedHoldsUpNoCheckpoint() throws {
        for cursor in [try inbox(isArchive: false), try inbox(isArchive: true), try sent()] {
            var cursor = cursor
            try store.reader.read(&cursor) { _ in false }
        }
        try store.reader.readAccounts(after: nil) { _ in false }
        _ = try store.outcomes(of: upload("one"))
        let other = try OtherConnection(directory.storePath)
        let result = try other.integers("PRAGMA wal_checkpoint(PASSIVE)")
        #expect(result.count == 3 && result[0] == 0 && result[1] > 0 && result[2] == result[1])
    }

    // MARK: Bounds

    /// The statement of each list starts at its position in an index and follows that, without skipping rows or
    /// sorting.
    @Test func everyListFollowsAnIndex() throws {
        let database = try Database(path: directory.storePath, readOnly: true)
        let lists =
            MessageCursor.List.allCases.map { MessageQueries.pageSQL(of: $0) }
            + [MessageQueries.startOfArchiveSQL, MessageQueries.sentBackwardsSQL]
        let ranges = [
            "d USING INDEX delivery_pending (recipient=? AND message>?)",
            "d USING INDEX delivery_archived (recipient=? AND message>?)",
            "d USING INDEX delivery_sent (sender=? AND (message,recipient)>(?,?))",
            "d USING INDEX delivery_sent (sender=? AND (message,recipient)>(?,?) AND (message,recipient)<(?,?))",
            "account USING INDEX account_visible (key>?)",
        ]
        for sql in lists + [AccountQueries.pageSQL] {
            var steps: [String] = []
            _ = try database.prepare("EXPLAIN QUERY PLAN " + sql).forEachRow { row in
                steps.append((row.text(3) ?? "").replacing("COVERING ", with: ""))
                return true
            }
            #expect(steps.count { step in ranges.contains { step == "SEARCH " + $0 } } == 1, "\(steps)")
            #expect(!steps.contains { $0.contains("SCAN") || $0.contains("TEMP B-TREE") }, "\(steps)")
        }
    }
}
