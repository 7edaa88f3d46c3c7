import Foundation
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// Pruning removes what was stored long ago, step by step: for every reader, from the indexes, and from every file.
struct PruningTests {
    private static let secret = "s3cret"

    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    /// Makes steps until one is at the end, each from where the last one has ended.
    @discardableResult
    private func prune(
        _ kind: PruningStep.Kind, before limit: Int64, work: UInt16 = 2048, in store: Store
    ) throws -> [PrunedRows] {
        var steps: [PrunedRows] = []
        while steps.last?.isAtEnd != true {
            let start = steps.last?.through ?? 0
            let outcomes = try store.append([pruning(kind, before: limit, after: start, work: work)])
            guard case .pruned(let rows) = outcomes[0] else { throw UnexpectedOutcome(outcome: outcomes[0]) }
            steps.append(rows)
        }
        return steps
    }

    private func count(_ table: String, in store: Store) throws -> Int64? {
        try store.database.integer("SELECT count(*) FROM \(table)")
    }

    // MARK: Tweets

    @Test func onlyTweetsFromBeforeTheLimitGo() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: try [5, 9, 10, 3, 11].map { try upload("at \($0)", time: $0) })
        #expect(try store.outcomes(of: pruning(.tweets, before: 10)).map(\.word) == ["pruned 3"])
        #expect(try store.tweets() == ["4 at 10", "6 at 11"])
        #expect(try store.outcomes(of: pruning(.tweets, before: 10)).map(\.word) == ["pruned 0"])
    }

    /// A client that asks for what is behind a pruned tweet gets what is left.
    @Test func readingGoesOnBehindAPrunedSequence() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: try (1...6).map { try upload("\($0) #a", time: $0) })
        _ = try store.outcomes(of: pruning(.tweets, before: 4))
        for tags in [[], [try #require(Hashtag("a"))]] {
            var cursor = TweetCursor(after: 3, of: tags, atMost: 2)
            var found: [SequenceNumber] = []
            try store.reader.read(&cursor, atMost: .max) {
                found.append($0.sequence)
                return true
            }
            #expect(found == [5, 6])
        }
        #expect(try store.reader.lastSequence() == 7)
    }

    @Test func theIdOfATweetIsKnownForAsLongAsTheTweetIsKept() throws {
        let store = try directory.open()
        let entry = try upload("one", id: "a", time: 5)
        #expect(try store.outcomes(of: entry, entry).map(\.word) == ["stored 2", "duplicate of 2"])
        #expect(
            try store.outcomes(of: pruning(.tweets, before: 5), entry).map(\.word) == ["pruned 0", "duplicate of 2"])
        #expect(try store.outcomes(of: pruning(.tweets, before: 6), entry).map(\.word) == ["pruned 1", "stored 3"])
    }

    /// The index of hashtags is written later, in shares: a tweet may have rows in it, rows on their way, or none yet.
    @Test(arguments: [1, 3, 70, 1000], [false, true])
    func noHashtagLeadsToAPrunedTweet(tailRows: Int, isKilled: Bool) throws {
        let written = try directory.openStore()
        written.tailRows = tailRows
        let uploads = try (0..<100).map { try upload("#a #b\($0 % 7) \($0)", time: $0) }
        for start in stride(from: 0, to: 100, by: 20) { _ = try written.append(Array(uploads[start..<start + 20])) }
        #expect(try written.append([pruning(.tweets, before: 60, work: .max)]).map(\.word) == ["pruned 60"])
        let next = isKilled ? try directory.afterKill() : directory
        // All rows that were on their way are in the index afterwards.
        if !isKilled { for number in 100..<180 { _ = try written.append([upload("#c \(number)", time: 200)]) } }
        try written.close()
        let store = try next.open(resume: true, tailRows: tailRows)
        for number in 100..<180 { _ = try store.outcomes(of: upload("#c \(number)", time: 200)) }
        let other = try OtherConnection(next.storePath)
        let stray = "SELECT count(*) FROM hashtag WHERE sequence NOT IN (SELECT sequence FROM tweet)"
        #expect(try other.integers(stray) == [0])
        let left = try store.tweets(of: Hashtag("a"))
        #expect(left.count == 40)
        #expect(left.first?.hasPrefix("61 ") == true)
    }

    /// The queries of a reader that was told find nothing else than those of one that has just opened.
    @Test func aReaderForgetsThePrunedTweetsOfItsTail() throws {
        let store = try directory.open(tailRows: 1000)
        _ = try store.outcomes(of: upload("#a #b", time: 1), upload("#a #c", time: 2), upload("#a", time: 3))
        let reader = store.reader
        #expect(try reader.countTweets(of: "a", after: 0, through: 9, atMost: 9).count == 3)
        #expect(try reader.hashtag(after: "a")?.key == "b")
        guard case .pruned(let rows) = try store.outcomes(of: pruning(.tweets, before: 3))[0] else {
            throw UnexpectedOutcome(outcome: .duplicateReset)
        }
        // Before it is told it looks in vain, and no longer.
        #expect(try reader.newest(of: [try #require(Hashtag("b"))]) == nil)
        #expect(try reader.newest(of: [try #require(Hashtag("a"))])?.sequence == 4)
        reader.notePruned(rows.tweets)
        #expect(try reader.countTweets(of: "a", after: 0, through: 9, atMost: 9).count == 1)
        #expect(try reader.hashtag(after: "a") == nil)
    }

    // MARK: Messages

    @Test func aMessageGoesOnceEachRecipientHasReadItLongAgo() throws {
        let store = try directory.open()
        _ = try store.outcomes(
            of: signUp("Ana"), signUp("Bob"), signUp("Eve"), message("one", from: "Ana", to: "Bob", time: 1),
            message("two", from: "Ana", to: "Bob", "Eve", id: "m", time: 2),
            message("three", from: "Ana", to: "Bob", time: 3),
            reading(of: 5, 6, by: "Bob", time: 10))
        // Nobody has read anything before 10.
        #expect(try store.outcomes(of: pruning(.messages, before: 10)).map(\.word) == ["pruned 0"])
        // Two deliveries, and the only text that nobody has any more.
        #expect(try store.outcomes(of: pruning(.messages, before: 11)).map(\.word) == ["pruned 3"])
        #expect(try store.archive(of: "Bob") == [])
        #expect(try store.pending(of: "Bob") == ["7 Ana to Bob: three"])
        #expect(try store.pending(of: "Eve") == ["6 Ana to Bob, Eve: two"])
        #expect(try store.sent(by: "Ana") == ["6 Ana to Eve: two", "7 Ana to Bob: three"])
        #expect(try store.pendingCount(of: "Bob") == 1)
        let again = try message("two", from: "Ana", to: "Bob", "Eve", id: "m", time: 12)
        #expect(try store.outcomes(of: again).map(\.word) == ["duplicate message 6"])
        _ = try store.outcomes(of: reading(of: 6, by: "Eve", time: 20), pruning(.messages, before: 21))
        #expect(try store.sent(by: "Ana") == ["7 Ana to Bob: three"])
        #expect(try store.outcomes(of: again).map(\.word) == ["stored 10"])
    }

    @Test func whatNobodyReadsIsNeverPruned() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: signUp("Ana"), signUp("Bob"), message("one", from: "Ana", to: "Bob", time: 1))
        #expect(try store.outcomes(of: pruning(.messages, before: .max)).map(\.word) == ["pruned 0"])
        #expect(try store.pending(of: "Bob") == ["4 Ana to Bob: one"])
    }

    /// The messages of a removed account leave rows that keep their ids.
    @Test func rowsOfErasedMessagesGoToo() throws {
        let store = try directory.openStore()
        _ = try store.append([
            signUp("Ana"), signUp("Bob"), message("one", from: "Ana", to: "Bob", id: "m", time: 1), removal(of: "Bob"),
        ])
        #expect(try prune(.messages, before: 1, in: store).map(\.messages) == [0])
        #expect(try prune(.messages, before: 2, in: store).map(\.messages) == [1])
        #expect(try count("other_upload", in: store) == 0)
    }

    // MARK: Resets

    @Test func theNewestResetStays() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"), reset(id: "r"), reset(id: "s"), upload("two", time: 9))
        #expect(try store.outcomes(of: pruning(.resets, before: 5)).map(\.word) == ["pruned 1"])
        #expect(try store.outcomes(of: reset(id: "r"), reset(id: "s")).map(\.word) == ["stored 6", "duplicate reset"])
        store.close()
        #expect(try directory.open(resume: true).session.floor == 6)
    }

    // MARK: Sequences

    @Test(arguments: [false, true]) func sequencesGoOnAfterEverythingIsPruned(isKilled: Bool) throws {
        let store = try directory.openStore()
        _ = try store.append([upload("one"), upload("two"), upload("three", id: "a")])
        #expect(try store.append([pruning(.tweets, before: 1)]).map(\.word) == ["pruned 3"])
        let next = isKilled ? try directory.afterKill() : directory
        try store.close()
        // The next sequence is that of the new session.
        let opened = try next.open()
        #expect(try opened.reader.lastSequence() == 4)
        #expect(try opened.outcomes(of: upload("four", id: "a")).map(\.word) == ["stored 5"])
        #expect(try opened.tweets() == ["5 four"])
    }

    @Test func thePositionGoesOnAfterTheLastRowIsPruned() throws {
        var store = try directory.openStore()
        _ = try store.append([upload("one"), upload("two"), pruning(.tweets, before: 1)])
        #expect(store.position == JournalPosition(3))
        try store.close()
        store = try directory.openStore()
        #expect(store.position == JournalPosition(3))
        #expect(try store.commit([PositionedEntry(try upload("two"), at: JournalPosition(3))])[0] == nil)
    }

    // MARK: Steps

    /// However much there is to remove, a commit is only a little longer.
    @Test func aStepRemovesABoundedNumberOfRows() throws {
        let store = try directory.openStore()
        _ = try store.append([signUp("Ana"), signUp("Bob")])
        _ = try store.append(try (0..<500).map { try upload("\($0)") })
        _ = try store.append(try (0..<500).map { try message("\($0)", from: "Ana", to: "Bob") })
        _ = try store.append([
            .messagesRead(time: Timestamp(milliseconds: 0), reader: Name(known: "Bob"), messages: Array(503...1002))
        ])
        _ = try store.append((0..<500).map { _ in reset() })
        for (kind, all) in [(PruningStep.Kind.tweets, 500), (.messages, 1000), (.resets, 499)] {
            let steps = try prune(kind, before: 1, in: store)
            #expect(steps.map(\.count).reduce(0, +) == all)
            #expect(steps.allSatisfy { $0.count <= 256 }, "\(steps.map(\.count))")
            #expect(steps.count <= 6)
        }
    }

    /// A text with a thousand hashtags counts more than others.
    @Test func aStepRemovesABoundedNumberOfHashtags() throws {
        let store = try directory.openStore()
        let text = TweetText(stored: (0..<500).map { "#\($0 % 10)\($0)" }.joined())
        let entry = Entry.tweetUploaded(time: Timestamp(milliseconds: 0), author: nil, text: text, id: nil)
        _ = try store.append(Array(repeating: entry, count: 40))
        let steps = try prune(.tweets, before: 1, in: store)
        #expect(steps.allSatisfy { $0.tweets.reduce(0) { $0 + $1.keys.count } <= 5000 })
        #expect(steps.map(\.count).reduce(0, +) == 40)
    }

    @Test func aStepLooksAtABoundedNumberOfRows() throws {
        let store = try directory.openStore()
        _ = try store.append(try (0..<100).map { try upload("\($0)", time: 5) })
        let steps = try prune(.tweets, before: 1, work: 30, in: store)
        #expect(steps.map(\.through) == [30, 60, 90, 100])
        #expect(steps.map(\.count) == [0, 0, 0, 0])
    }

    @Test func aStepThatRemovesNothingWritesNothing() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one", time: 5))
        let before = directory.disk.count(.write, of: "-wal")
        _ = try store.outcomes(
            of: pruning(.tweets, before: 1), pruning(.messages, before: 9), pruning(.resets, before: 9))
        #expect(directory.disk.count(.write, of: "-wal") == before)
    }

    /// The process may be killed in any step: the next one makes the others, and no sequence is used twice.
    @Test func pruningGoesOnAfterAKillAtAnyPlace() throws {
        let store = try directory.openStore()
        _ = try store.append(try (0..<300).map { try upload("\(Self.secret) #a\($0)") })
        let start = try directory.afterKill()
        try store.close()
        var kills = 0
        for changes in stride(from: 0, to: 10_000, by: 3) {
            let killed = try start.afterKill()
            let store = try killed.openStore()
            killed.disk.die(afterChanges: changes)
            var isWhole = false
            do {
                try prune(.tweets, before: 1, in: store)
                isWhole = true
            } catch {
                kills += 1
            }
            let left = try killed.afterKill()
            let next = try left.openStore()
            #expect(next.nextSequence == 301)
            try prune(.tweets, before: 1, in: next)
            #expect(try count("tweet", in: next) == 0)
            #expect(try count("hashtag", in: next) == 0)
            #expect(try next.append([upload("next")]).map(\.word) == ["stored 301"])
            try next.close()
            if isWhole { break }
        }
        #expect(kills > 3)
    }

    /// A full disk only delays a step.
    @Test func aStepThatFindsAFullDiskIsMadeLater() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one #a"), upload("two"))
        directory.disk.fill(leaving: 0)
        #expect(try store.outcomes(of: pruning(.tweets, before: 1)).map(\.word) == ["unavailable"])
        #expect(try store.tweets(of: Hashtag("a")) == ["2 one #a"])
        directory.disk.repair()
        #expect(try store.outcomes(of: pruning(.tweets, before: 1)).map(\.word) == ["pruned 2"])
        #expect(try store.tweets() == [])
    }

    // MARK: Files

    private func filesWithSecrets(_ directory: TestDirectory) throws -> [String] {
        try files(in: directory.data).filter { Data($0.value).range(of: Data(Self.secret.utf8)) != nil }.map(\.key)
            .sorted()
    }

    @Test func noFileHasTheTextsAfterTheLastStep() throws {
        let store = try directory.openStore()
        _ = try store.append([signUp("Ana"), signUp("Bob")])
        for number in 0..<300 {
            _ = try store.append([
                upload("\(Self.secret) \(number)"), message("\(Self.secret) \(number)", from: "Ana", to: "Bob"),
            ])
        }
        let read = SequenceNumber(3)...SequenceNumber(602)
        _ = try store.append([
            .messagesRead(time: Timestamp(milliseconds: 0), reader: Name(known: "Bob"), messages: Array(read))
        ])
        try store.checkpoint()
        #expect(try filesWithSecrets(directory) == ["store.sqlite", "store.sqlite-wal"])
        for kind in PruningStep.Kind.allCases {
            try prune(kind, before: 1, in: store)
            while try store.eraseMore() == .underWay {}
        }
        #expect(try filesWithSecrets(directory) == [])
        #expect(try store.eraseMore() == .done)
    }

    /// Between two steps the log is not emptied, which would cost more than the steps.
    @Test func theLogIsEmptiedOnlyWhenARunEnds() throws {
        let store = try directory.openStore()
        _ = try store.append(try (0..<300).map { try upload("\($0)") })
        _ = try store.append([pruning(.tweets, before: 1)])
        #expect(!store.hasErasedTexts)
        let size = StoreHeader.size(of: directory.storePath + "-wal")
        #expect(try store.eraseMore() == .done)
        #expect(StoreHeader.size(of: directory.storePath + "-wal") == size)
        try prune(.tweets, before: 1, in: store)
        #expect(store.hasErasedTexts)
        #expect(try store.eraseMore() == .done)
        #expect(StoreHeader.size(of: directory.storePath + "-wal") < size)
    }

    /// The file does not grow as long as old tweets make room for new ones.
    @Test func newTweetsUseThePagesOfPrunedOnes() throws {
        let store = try directory.openStore()
        let empty = store.usedBytes
        var pages: [Int64] = []
        for round in 0..<6 as Range<Int64> {
            _ = try store.append(
                try (0..<400).map { try upload("#tag\($0) of round \(round)", id: "\(round)-\($0)", time: round) })
            try prune(.tweets, before: round, in: store)
            pages.append(try #require(try store.database.integer("PRAGMA page_count")))
        }
        #expect(pages[5] <= pages[1] + pages[1] / 8, "\(pages)")
        let used = store.usedBytes
        try prune(.tweets, before: 6, in: store)
        #expect(used > empty + 5 * 4096)
        #expect(store.usedBytes <= empty + 4096)
    }

    private struct UnexpectedOutcome: Error { let outcome: Outcome }
}
