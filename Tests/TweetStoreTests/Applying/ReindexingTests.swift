import CSystem
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// A store whose hashtags come from an earlier rule: its first start indexes the tweets anew.
struct ReindexingTests {
    private static let texts = [
        "see https://wiki.example/ops.html#deploy #ops", "a#b", "#می\u{200C}خواهم", "＃Full #ｗｉｄｔｈ", "no hashtag",
        "#Ops #deploy", "#cs#3251",
    ]
    /// The hashtags of each text by the rule of version 2, and a hashtag that no tweet has.
    private static let formerTags = [
        "deploy", "ops", "b", "می", "ｗｉｄｔｈ", "ops", "deploy", "cs", "3251", "of_nothing",
    ]
    private static let expected = [
        ("ops", [7, 2]), ("deploy", [7]), ("b", []), ("می", []), ("میخواهم", [4]), ("full", [5]), ("width", [5]),
        ("cs", [8]), ("3251", [8]), ("of_nothing", []),
    ].map { (tag: $0.0, sequences: $0.1 as [Int64]) }

    /// Counts the tables that exist only until all tweets are indexed anew.
    private static let isReindexing =
        "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%former%' OR name = 'reindexing'"

    private let directory: TestDirectory

    /// Makes a store of version 2, with tweets from sequence 2 on.
    init() throws {
        directory = try TestDirectory()
        let made = directory.path + "/made"
        let other = try OtherConnection(made)
        try other.execute(
            """
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 2; \(Schema.steps[0])
            \(Schema.steps[1])
            INSERT INTO session (sequence, time) VALUES (1, 0);
            """)
        for (index, text) in Self.texts.enumerated() {
            try other.execute("INSERT INTO tweet VALUES (\(index + 2), 0, NULL, NULL, '\(text)')")
        }
        for (index, tag) in Self.formerTags.enumerated() {
            try other.execute("INSERT INTO hashtag VALUES ('\(tag)', \(index + 2))")
        }
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(try contents(of: made), to: directory.storePath)
    }

    private func check(_ store: TestStore) throws {
        for (tag, sequences) in Self.expected {
            let found = try store.tweets(of: Hashtag(tag)).compactMap { Int64($0.prefix { $0 != " " }) }
            #expect(found == sequences.sorted(), "#\(tag)")
        }
        let other = try OtherConnection(store.directory.storePath)
        #expect(try other.integers(Self.isReindexing) == [0])
        #expect(try other.integers("PRAGMA user_version") == [Int64(Schema.steps.count)])
        #expect(try other.integers("SELECT count(*) FROM hashtag") == [8])
    }

    @Test func tweetsAreFoundByTheHashtagsOfThisRule() throws {
        do {
            let store = try directory.open()
            try check(store)
            store.journal.close()
        }
        // The next start has nothing left to index.
        try check(try directory.open())
    }

    @Test(arguments: [1, 2, 3, 100])
    func itIsDoneInSlicesAndTellsHowFarItIs(rows: Int) throws {
        var told: [SequenceNumber] = []
        do {
            let store = try Store(path: directory.storePath, durability: .full)
            while let progress = try store.reindexMore(rows: rows) {
                told.append(progress.sequence)
                #expect(progress.newest == 8)
            }
        }
        #expect(told == told.sorted())
        #expect(told.last == 8)
        #expect(rows == 100 || told.count > 7 / rows)
        try check(try directory.open())
    }

    private func reindex(_ directory: TestDirectory, rows: Int) throws {
        let store = try Store(path: directory.storePath, durability: .full)
        while try store.reindexMore(rows: rows) != nil {}
    }

    /// After an interruption at any point, the next start continues from there and keeps the finished part.
    @Test func itMayBeCutOffAnywhere() throws {
        let files = try files(in: directory.data)
        var failures = 0
        for changes in 0... {
            let directory = try TestDirectory(with: files)
            directory.disk.die(afterChanges: changes)
            if (try? reindex(directory, rows: 3)) != nil { break }
            failures += 1
            let next = try directory.afterKill()
            let store = try next.open()
            try check(store)
            #expect(try store.outcomes(of: upload("next #ops")).map(\.word) == ["stored 10"])
        }
        #expect(failures > 10)
    }

    /// An operator who changes one account must not wait for the indexing of a million tweets.
    @Test func aChangeWithoutAServerLeavesItToTheNextStart() throws {
        let entry = Entry.accountCreated(
            time: Timestamp(milliseconds: 0), name: try #require(Name("ana")), password: PasswordHash("hash"))
        #expect(try OfflineStore.commit(entry, in: try DataDirectory(path: directory.data)).word.hasPrefix("stored"))
        let other = try OtherConnection(directory.storePath)
        #expect(try other.integers("SELECT sequence FROM reindexing") == [0])
        try check(try directory.open())
    }

    @Test func aNewStoreHasNothingToIndex() throws {
        let directory = try TestDirectory()
        var told = 0
        do {
            let data = try DataDirectory(path: directory.data)
            let opened = try OpenStore(data, durability: .full, resume: false, time: Timestamp(milliseconds: 0)) { _ in
                told += 1
            }
            opened.close()
        }
        #expect(told == 0)
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one #ops"))
        #expect(try store.tweets(of: Hashtag("ops")) == ["3 one #ops"])
        let other = try OtherConnection(directory.storePath)
        #expect(try other.integers(Self.isReindexing) == [0])
    }

    // MARK: The rule of version 4

    /// Makes a store of version 4; with `isUnderWay`, one whose indexing by the rule of that version has not finished.
    private func makeVersion4(isUnderWay: Bool) throws -> TestDirectory {
        let done = "DROP TABLE former_hashtag; DROP TABLE reindexing;"
        let underWay = "INSERT INTO former_hashtag VALUES ('old', 3), ('x', 4); UPDATE reindexing SET sequence = 3;"
        return try makeStore(
            ofVersion: 4,
            """
            \(isUnderWay ? underWay : done)
            INSERT INTO session (sequence, time) VALUES (1, 0);
            INSERT INTO tweet (sequence, time, text) VALUES
                (2, 0, '#\u{200D}joined #ops'), (3, 0, 'wiki/#deploy #1️⃣'), (4, 0, 'https://例え.jp/x。#タグ');
            INSERT INTO hashtag VALUES ('ops', 2), ('deploy', 3), ('1', 3);
            """)
    }

    /// A store that has taken the first steps of the schema.
    private func makeStore(ofVersion version: Int, _ statements: String) throws -> TestDirectory {
        let directory = try TestDirectory()
        let made = directory.path + "/made"
        try OtherConnection(made).execute(
            """
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(version);
            \(Schema.steps[..<version].joined()) \(statements)
            """)
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(try contents(of: made), to: directory.storePath)
        return directory
    }

    @Test(arguments: [false, true], [1, 2, 100])
    func aStoreOfVersion4IsIndexedAnewToo(isUnderWay: Bool, rows: Int) throws {
        let directory = try makeVersion4(isUnderWay: isUnderWay)
        try reindex(directory, rows: rows)
        let other = try OtherConnection(directory.storePath)
        #expect(try other.integers(Self.isReindexing) == [0])
        #expect(try other.integers("SELECT count(*) FROM hashtag") == [3])
        let store = try directory.open()
        for (tag, sequences) in [("joined", [2]), ("ops", [2]), ("タグ", [4]), ("deploy", []), ("1", []), ("old", [])] {
            let found = try store.tweets(of: Hashtag(tag)).compactMap { Int($0.prefix { $0 != " " }) }
            #expect(found == sequences, "#\(tag)")
        }
    }

    // MARK: The rule of version 5

    /// Version 5 writes its index rows later, so the newest tweet has none yet.
    @Test(arguments: [false, true], [1, 100])
    func aStoreOfVersion5IsIndexedAnewToo(isUnderWay: Bool, rows: Int) throws {
        let done = Schema.formerIndexes.dropLast().map { "DROP TABLE \($0);" }.joined() + "DROP TABLE reindexing;"
        let underWay = "INSERT INTO former_hashtag_4 VALUES ('old', 2); UPDATE reindexing SET sequence = 2;"
        let directory = try makeStore(
            ofVersion: 5,
            """
            \(isUnderWay ? underWay : done)
            INSERT INTO session (sequence, time) VALUES (1, 0);
            INSERT INTO tweet (sequence, time, text) VALUES
                (2, 0, '(https://x.y/a)#ops'), (3, 0, 'C:\\logs\\#deploy'), (4, 0, '#newest');
            INSERT INTO hashtag VALUES ('deploy', 3);
            UPDATE indexed SET sequence = 3;
            """)
        try reindex(directory, rows: rows)
        let reopened = try OtherConnection(directory.storePath)
        #expect(try reopened.integers(Self.isReindexing) == [0])
        #expect(try reopened.integers("SELECT count(*) FROM hashtag") == [2])
        let store = try directory.open()
        for (tag, sequences) in [("ops", [2]), ("newest", [4]), ("deploy", []), ("old", [])] {
            let found = try store.tweets(of: Hashtag(tag)).compactMap { Int($0.prefix { $0 != " " }) }
            #expect(found == sequences, "#\(tag)")
        }
    }
}
