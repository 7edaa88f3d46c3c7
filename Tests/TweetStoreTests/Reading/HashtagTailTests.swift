import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Queries give the same results for every split of the hashtags between the index and the tail.
struct HashtagTailTests {
    private static let tags = ["a", "b", "c", "d", "e"]

    /// Pseudo-random numbers that are the same in each run.
    private struct Numbers {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    /// The sequences of each hashtag, stored in the simplest way.
    private struct Model {
        var sequences: [String: [SequenceNumber]] = [:]
        /// The time of each tweet.
        var times: [SequenceNumber: Int64] = [:]

        mutating func prune(before limit: Int64) {
            for (key, all) in sequences {
                let kept = all.filter { times[$0] ?? .max >= limit }
                sequences[key] = kept.isEmpty ? nil : kept
            }
        }

        func of(_ tags: [Hashtag], after floor: SequenceNumber = 0) -> [SequenceNumber] {
            Set(tags.flatMap { sequences[$0.key] ?? [] }).filter { $0 > floor }.sorted()
        }
    }

    private func read(_ cursor: TweetCursor, _ reader: StoreReader, atMost: Int) throws -> [SequenceNumber] {
        var cursor = cursor
        var found: [SequenceNumber] = []
        while !cursor.isAtEnd {
            try reader.read(&cursor, atMost: atMost) {
                found.append($0.sequence)
                return found.count % 3 != 0
            }
        }
        return found
    }

    private func check(_ reader: StoreReader, _ model: Model, _ numbers: inout Numbers) throws {
        let all = try Self.tags.map { try #require(Hashtag($0)) }
        for tags in all.map({ [$0] }) + [Array(all[..<2]), all] {
            let floor = SequenceNumber(numbers.next(below: 120))
            let count = 1 + numbers.next(below: 12)
            let expected = model.of(tags, after: floor)
            #expect(try reader.newest(of: tags)?.sequence == model.of(tags).last)
            let newest = try reader.cursor(newest: count, after: floor, of: tags)
            #expect(try read(newest, reader, atMost: 2) == expected.suffix(count))
            let behind = TweetCursor(after: floor, of: tags, atMost: count)
            #expect(try read(behind, reader, atMost: 5) == Array(expected.prefix(count)))
            guard tags.count == 1 else { continue }
            let through = floor + SequenceNumber(numbers.next(below: 60))
            let counted = try reader.countTweets(of: tags[0].key, after: floor, through: through, atMost: count)
            let between = expected.filter { $0 <= through }
            #expect(counted.count == min(count, between.count))
            #expect(counted.through == (between.count < count ? through : between[count - 1]))
        }
        var keys: [String: SequenceNumber] = [:]
        var key = ""
        while let next = try reader.hashtag(after: key) {
            #expect(next.key > key)
            (keys[next.key], key) = (next.newest, next.key)
        }
        #expect(keys == model.sequences.compactMapValues(\.last))
    }

    @Test(arguments: [1, 2, 7, 40, 1000], [(false, false), (true, false), (false, true), (true, true)])
    func eachQueryFindsTheSame(tailRows: Int, how: (areNoted: Bool, prunes: Bool)) throws {
        let (areNoted, prunes) = how
        var directory = try TestDirectory()
        var store = try directory.open(tailRows: tailRows)
        var model = Model()
        var numbers = Numbers(state: UInt64(tailRows))
        for round in 0..<30 {
            // From time to time the process is killed. After a step of pruning the log is emptied in the background, and
            // its files cannot be copied meanwhile: then it is stopped.
            if round % 10 == 9 {
                if prunes { store.close() } else { directory = try directory.afterKill() }
                store = try directory.open(resume: true, tailRows: tailRows)
            }
            let texts = (0...numbers.next(below: 6)).map { _ in
                Self.tags.filter { _ in numbers.next(below: 4) == 0 }.map { "#\($0)" }.joined(separator: " ") + " x"
            }
            let time = Int64(round - numbers.next(below: 4))
            for (text, outcome) in zip(texts, try store.outcomes(of: try texts.map { try upload($0, time: time) })) {
                guard case .stored(let sequence) = outcome else { throw UnexpectedOutcome(outcome: outcome) }
                let text = try TweetText(text)
                model.times[sequence] = time
                for tag in text.hashtags { model.sequences[tag.key, default: []].append(sequence) }
                if areNoted { store.reader.note(text, at: sequence) }
            }
            if prunes, round % 3 == 2 {
                let limit = Int64(round - 8)
                let outcome = try store.outcomes(of: pruning(.tweets, before: limit))[0]
                guard case .pruned(let rows) = outcome else { throw UnexpectedOutcome(outcome: outcome) }
                store.reader.notePruned(rows.tweets)
                model.prune(before: limit)
            }
            try check(store.reader, model, &numbers)
        }
    }

    private struct UnexpectedOutcome: Error { let outcome: Outcome }

    /// The rows of a refused batch are not written with a later batch, and no rows of an earlier batch are lost.
    @Test func aBatchThatIsNotStoredLeavesNoRows() throws {
        let directory = try TestDirectory()
        let store = try directory.open(tailRows: 3)
        _ = try store.outcomes(of: upload("#a one"))
        directory.disk.fill(leaving: 0)
        #expect(
            try store.outcomes(of: upload("#a lost"), upload("#b lost")).map(\.word) == ["unavailable", "unavailable"])
        directory.disk.repair()
        _ = try store.outcomes(of: upload("#b two"), upload("#a three"))
        _ = try store.outcomes(of: upload("#c four"))
        let other = try OtherConnection(directory.storePath)
        #expect(try other.integers("SELECT count(*), min(sequence), max(sequence) FROM hashtag") == [3, 2, 4])
        #expect(try other.integers("SELECT sequence FROM indexed") == [4])
        #expect(try store.tweets(of: Hashtag("a")) == ["2 #a one", "4 #a three"])
    }

    /// Tweets without hashtags must not make a tail that a start takes long to read.
    @Test func aTailSpansNoMoreSequencesThanAStartLooksAt() throws {
        let directory = try TestDirectory()
        let store = try directory.open(durability: .normal, tailRows: 1000)
        let count = Int(HashtagTail.sequencesAtOnce)
        _ = try store.outcomes(of: try (0..<count - 2).map { try upload("\($0)") })
        let other = try OtherConnection(directory.storePath)
        #expect(try other.integers("SELECT sequence FROM indexed") == [0])
        _ = try store.outcomes(of: try (0..<2).map { try upload("\($0)") })
        #expect(try other.integers("SELECT sequence FROM indexed") == [HashtagTail.sequencesAtOnce + 1])
    }

    /// A commit does not write thousands of rows, and the writing ends, however many rows are added meanwhile.
    @Test func rowsAreWrittenAShareWithEachCommit() throws {
        let directory = try TestDirectory()
        let store = try directory.open(tailRows: 300)
        let other = try OtherConnection(directory.storePath)
        func state(after uploads: Int) throws -> [Int64] {
            _ = try store.outcomes(of: try (0..<uploads).map { try upload("#tag\($0) x") })
            return try other.integers("SELECT (SELECT count(*) FROM hashtag), (SELECT sequence FROM indexed)")
        }
        #expect(try state(after: 299) == [0, 0])
        #expect(try state(after: 1) == [64, 0])
        #expect(try state(after: 50) == [164, 0])
        #expect(try state(after: 68) == [300, 301])
        #expect(try state(after: 1) == [300, 301])
        for tag in ["tag0", "tag67", "tag298"] {
            let found = try store.tweets(of: Hashtag(tag))
            #expect(found.count == (tag == "tag0" ? 5 : tag == "tag67" ? 2 : 1), "#\(tag)")
        }
    }

    /// A server whose clients use no hashtags still notes each tweet.
    @Test func aReaderThatIsNeverAskedKeepsAShortTail() throws {
        let directory = try TestDirectory()
        let store = try directory.open(durability: .normal, tailRows: 2000)
        let size = 4 * HashtagTail.rowsAtOnce
        for start in stride(from: 0, to: size, by: 512) {
            let texts = try (start..<start + 512).map { try TweetText("#tag\($0)") }
            let outcomes = try store.outcomes(of: try texts.map { try upload($0.string) })
            for (text, outcome) in zip(texts, outcomes) {
                guard case .stored(let sequence) = outcome else { throw UnexpectedOutcome(outcome: outcome) }
                store.reader.note(text, at: sequence)
            }
        }
        #expect(store.reader.tail.rows <= 3 * HashtagTail.rowsAtOnce)
        #expect(store.reader.tail.start > 0)
    }

    /// A full disk must not refuse a batch only because index rows are due with it.
    @Test(arguments: [(10, "unavailable"), (3, "stored 4")])
    func aDiskThatIsNearlyFullTakesABatchWithoutTheRows(tailRows: Int, word: String) throws {
        let directory = try TestDirectory()
        let store = try directory.open(tailRows: tailRows)
        _ = try store.outcomes(of: upload("#a"), upload("#b"))
        directory.disk.fail(.write, of: "-wal", with: .full, times: 1)
        #expect(try store.outcomes(of: upload("#c")).map(\.word) == [word])
        _ = try store.outcomes(of: upload("#a #c"))
        #expect(try store.tweets(of: Hashtag("c")).count == (word == "unavailable" ? 1 : 2))
        #expect(try store.tweets(of: Hashtag("a")).count == 2)
    }

    // MARK: The tail by itself

    @Test func rowsComeInTheOrderOfTheIndex() throws {
        var tail = HashtagTail(behind: 10)
        for (sequence, text) in [(10, "#old"), (11, "#b #é #a"), (12, "#a"), (13, "none"), (14, "#z #Zz #日本")] {
            tail.add(try TweetText(text), at: SequenceNumber(sequence))
        }
        let rows = tail.allRows().map { "\($0.key) \($0.sequence)" }
        #expect(rows == ["a 11", "a 12", "b 11", "z 14", "zz 14", "é 11", "日本 14"])
        #expect((tail.start, tail.end, tail.rows) == (10, 14, 7))
        tail.drop(through: 11)
        #expect((tail.start, tail.end, tail.rows) == (11, 14, 4))
        #expect(tail.key(after: "") == "a")
        // The tail is sorted once, and in order from then on.
        tail.add(try TweetText("#m #a"), at: 15)
        #expect(tail.key(after: "a") == "m")
        tail.drop(through: 11)
        #expect(tail.key(after: "m") == "z")
        #expect(tail.key(after: "日本") == nil)
        #expect(tail.newest(of: "a") == 15)
        #expect(tail.newest(of: "a", before: 12) == nil)
        tail.drop(through: 20)
        #expect((tail.start, tail.end, tail.rows) == (20, 20, 0))
    }
}
