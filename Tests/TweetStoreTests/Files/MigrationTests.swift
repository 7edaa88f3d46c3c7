import CSystem
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Stores from one start to the next: tables of older versions, and sequences.
struct MigrationTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    // MARK: Version 1

    /// Makes a store as the first version left it, with two sessions, tweets and a reset.
    ///
    /// With `isLogged`, all of it is in the write-ahead log, as after a crash.
    private func makeFirstVersion(isLogged: Bool) throws {
        let made = directory.path + "/made"
        let other = try OtherConnection(made)
        try other.execute(
            """
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1; \(Schema.steps[0])
            PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
            INSERT INTO session (sequence, time) VALUES (1, 0), (5, 0);
            INSERT INTO tweet VALUES (2, 7, 'Ana', 'a', 'one #t'), (3, 8, NULL, NULL, 'two'), (6, 9, NULL, 'c', 'three');
            INSERT INTO hashtag VALUES ('t', 2);
            INSERT INTO reset VALUES (4, 8, 'r'), (7, 9, NULL);
            """)
        if !isLogged { try other.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        let log = try contents(of: made + "-wal")
        try #require(log.isEmpty != isLogged)
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(try contents(of: made), to: directory.storePath)
        if isLogged { try write(log, to: directory.storePath + "-wal") }
    }

    private func checkMigrated(_ store: TestStore, opened: SequenceNumber) throws {
        #expect(try store.tweets() == ["2 one #t", "3 two", "6 three"])
        #expect(try store.tweets(of: Hashtag("t")) == ["2 one #t"])
        let outcomes = try store.outcomes(
            of: upload("x", id: "a"), reset(id: "r"), upload("x", id: "r"), reset(id: "c"), signUp("Ana"),
            message("hi", from: "Ana", to: "Ana", id: "r"), message("hi", from: "Ana", to: "Ana", id: "c"),
            message("hi", from: "Ana", to: "Ana"))
        #expect(
            outcomes.map(\.word) == [
                "duplicate of 2", "duplicate reset", "duplicate reset", "duplicate of 6", "stored \(opened + 1)",
                "duplicate reset", "duplicate of 6", "stored \(opened + 2)",
            ])
    }

    @Test(arguments: [false, true], [false, true])
    func aStoreOfTheFirstVersionKeepsItsTweetsAndIds(isLogged: Bool, resume: Bool) throws {
        try makeFirstVersion(isLogged: isLogged)
        do {
            let store = try directory.open(resume: resume)
            #expect(store.session.number == (resume ? 2 : 3))
            #expect(store.session.floor == (resume ? 7 : 8))
            try checkMigrated(store, opened: resume ? 7 : 8)
            store.journal.close()
        }
        // The next start finds a store of the current version.
        let store = try directory.open(resume: true)
        #expect(try store.tweets().count == 3)
        #expect(try store.pending(of: "Ana").count == 1)
    }

    @Test func anOlderStoresPositionIsItsLastSequence() throws {
        try makeFirstVersion(isLogged: false)
        let store = try Store(path: directory.storePath, durability: .full)
        #expect(store.position == JournalPosition(7))
        #expect(try store.append([upload("next")]).map(\.word) == ["stored 8"])
        #expect(store.position == JournalPosition(8))
    }

    /// The last entry of the store has made no row with its sequence.
    @Test func thePositionOfAnOlderStoreCountsAccountsToo() throws {
        let other = try OtherConnection(directory.path + "/made")
        try other.execute(
            """
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 3;
            \(Schema.steps[0]) \(Schema.steps[1]) \(Schema.steps[2])
            INSERT INTO session (sequence, time) VALUES (1, 0); INSERT INTO tweet VALUES (2, 7, NULL, NULL, 'one #t');
            INSERT INTO account VALUES ('ana', 'Ana', 3, 4, 0, 'hash', 0, 0); UPDATE latest SET sequence = 4;
            """)
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(try contents(of: directory.path + "/made"), to: directory.storePath)
        let store = try Store(path: directory.storePath, durability: .full)
        #expect(store.position == JournalPosition(4))
        while try store.reindexMore() != nil {}
        #expect(try store.append([upload("next")]).map(\.word) == ["stored 5"])
        #expect(store.position == JournalPosition(5))
    }

    /// Version 7 notes whether an author had an account; what older versions stored is not known, and counts as a
    /// guest's.
    @Test func whatOlderVersionsStoredCountsAsAGuests() throws {
        let other = try OtherConnection(directory.path + "/made")
        try other.execute(
            """
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 6; \(Schema.steps[..<6].joined())
            INSERT INTO session (sequence, time) VALUES (1, 0);
            INSERT INTO tweet VALUES (2, 7, 'Ana', 'a', 'old', 2);
            INSERT INTO account VALUES ('ana', 'Ana', 3, 3, 0, 'hash', 0, 1);
            INSERT INTO message VALUES (4, 7, 'Ana', 'Ana', NULL, 'old', 4);
            INSERT INTO delivery VALUES ('ana', 4, 'ana', NULL, NULL);
            UPDATE latest SET sequence = 3, position = 4;
            DROP TABLE former_hashtag; DROP TABLE former_hashtag_4; DROP TABLE former_hashtag_5; DROP TABLE reindexing;
            """)
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(try contents(of: directory.path + "/made"), to: directory.storePath)
        let store = try directory.open(resume: true)
        let ana = try Name(known: "Ana")
        let text = try TweetText("new")
        let time = Timestamp(milliseconds: 0)
        _ = try store.outcomes(
            of: .tweetUploaded(time: time, author: ana, text: text, id: nil, isByAccount: true),
            .tweetUploaded(time: time, author: ana, text: text, id: nil),
            .messageSent(time: time, sender: ana, recipients: [ana], text: text, id: nil, isByAccount: true),
            .messageSent(time: time, sender: ana, recipients: [ana], text: text, id: nil))
        let reader = store.reader
        var tweets = TweetCursor(after: 0, of: [], atMost: .max)
        var found: [Bool] = []
        try reader.read(&tweets, atMost: .max) { tweet in
            found.append(tweet.isByAccount)
            return true
        }
        #expect(found == [false, true, false])
        found = []
        let account = try #require(try reader.account(ana))
        var messages = try reader.inboxCursor(of: account, isArchive: false, count: 9, since: nil)
        try reader.read(&messages) { message in
            found.append(message.isByAccount)
            return true
        }
        #expect(found == [false, true, false])
    }

    /// A new version counts what each sender has pending, also in a store of an older one.
    @Test func pendingMessagesOfAnOlderStoreAreCounted() throws {
        let other = try OtherConnection(directory.path + "/made")
        let most = MailLimits.pendingOfSender
        // Bob has read the first of Ana's messages; one of a guest's is of a version that did not note who wrote it.
        try other.execute(
            """
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 8; \(Schema.steps[..<8].joined())
            INSERT INTO session (sequence, time) VALUES (1, 0);
            INSERT INTO account VALUES ('ana', 'Ana', 2, 2, 0, 'hash', 0, 0), ('bob', 'Bob', 3, 3, 0, 'hash', 0, \(most + 1));
            WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < \(most + 4))
            INSERT INTO message SELECT i, 0, 'Ana', 'Bob', NULL, 'hi', i, 1 FROM n;
            INSERT INTO delivery SELECT 'bob', sequence, 'ana', NULL, NULL FROM message;
            UPDATE delivery SET reading = 4, read = 0 WHERE message = 4;
            INSERT INTO message VALUES (\(most + 5), 0, 'Eve', 'Bob', NULL, 'hi', \(most + 5), NULL);
            INSERT INTO delivery VALUES ('bob', \(most + 5), 'eve', NULL, NULL);
            UPDATE latest SET sequence = 4, position = \(most + 5); UPDATE indexed SET sequence = 0;
            DROP TABLE former_hashtag; DROP TABLE former_hashtag_4; DROP TABLE former_hashtag_5; DROP TABLE reindexing;
            """)
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(try contents(of: directory.path + "/made"), to: directory.storePath)
        let store = try directory.open(resume: true)
        #expect(try store.pendingCount(of: "Bob") == most + 1)
        func sent(by sender: String, isByAccount: Bool) throws -> Entry {
            .messageSent(
                time: Timestamp(milliseconds: 0), sender: try Name(known: sender), recipients: [try Name(known: "Bob")],
                text: try TweetText("hi"), id: nil, isByAccount: isByAccount)
        }
        let entries =
            try [sent(by: "Ana", isByAccount: true), reading(of: 5, by: "Bob"), sent(by: "Ana", isByAccount: true)]
            + Array(repeating: sent(by: "Eve", isByAccount: false), count: most)
        let words = try store.outcomes(of: entries).map { $0.word.split(separator: " ")[0] }
        #expect(words.prefix(3) == ["not", "read", "stored"])
        #expect(words.dropFirst(3).count { $0 == "stored" } == most - 1, "the guest's old message counts")
        #expect(try store.pendingCount(of: "Bob") == 2 * most)
    }

    @Test func aMigrationMayBeCutOffAnywhereAndTheNextStartMakesIt() throws {
        try makeFirstVersion(isLogged: false)
        var files = try files(in: directory.data)
        files["lock"] = nil
        var failures = 0
        for changes in 0... {
            let directory = try TestDirectory(with: files)
            directory.disk.die(afterChanges: changes)
            if (try? directory.open(resume: true)) != nil { break }
            failures += 1
            try checkMigrated(try directory.afterKill().open(resume: true), opened: 7)
        }
        #expect(failures > 5)
    }

    /// An earlier program checks the version, and refuses the store.
    @Test func aMigratedStoreSaysItsVersion() throws {
        try makeFirstVersion(isLogged: false)
        _ = try directory.open()
        let other = try OtherConnection(directory.storePath)
        #expect(try other.integers("PRAGMA user_version") == [Int64(Schema.steps.count)])
    }

    // MARK: Sequences

    /// The sequence of the last entry is not used again, whatever the entry was.
    @Test(arguments: [
        ("upload", "stored 8"), ("reset", "stored 8"), ("sign-up", "stored 8"), ("password", "stored 8"),
        ("hiding", "stored 8"), ("removal", "stored 8"), ("message", "stored 8"), ("reading", "read 1 8"),
        ("reading nothing", "read 0 8"), ("name taken", "taken Ana"), ("no account", "no account Zed"),
    ])
    func sequencesGoOnAfterTheLastEntry(kind: String, outcome: String) throws {
        let last: [String: Entry] = [
            "upload": try upload("x"), "reset": reset(), "sign-up": try signUp("Zed"),
            "password": try passwordChange(of: "Ana", to: "x"), "hiding": try visibility(of: "Ana", isHidden: true),
            "removal": try removal(of: "Bob"), "message": try message("m", from: "Ana", to: "Ana"),
            "reading": try reading(of: 7, by: "Bob"), "reading nothing": try reading(by: "Ana"),
            "name taken": try signUp("Ana"), "no account": try removal(of: "Zed"),
        ]
        do {
            let store = try directory.open()
            _ = try store.outcomes(
                of: upload("one"), signUp("Ana"), signUp("Bob"), message("hi", from: "Bob", to: "Ana"),
                reading(of: 5, by: "Ana"), message("hi", from: "Ana", to: "Bob"))
            #expect(try store.outcomes(of: #require(last[kind])).map(\.word) == [outcome])
            store.journal.close()
        }
        let isStored = outcome.hasSuffix("8")
        let next = isStored ? 9 : 8
        for store in [try directory.afterKill().open(resume: true), try directory.open(resume: true)] {
            #expect(try store.outcomes(of: upload("next")).map(\.word) == ["stored \(next)"])
        }
    }

    /// The sequence is not used again even if the account's rows are all removed.
    @Test func sequencesGoOnAfterARemovalThatLeavesNothing() throws {
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: signUp("Ana"), passwordChange(of: "Ana", to: "x"), removal(of: "Ana"))
            store.journal.close()
        }
        #expect(try directory.open(resume: true).outcomes(of: signUp("Ana")).map(\.word) == ["stored 5"])
    }

    @Test func theGreatestSequenceOfATweetIsOfAnySession() throws {
        do {
            let store = try directory.open()
            #expect(try store.reader.newestTweetSequence() == 0)
            _ = try store.outcomes(of: upload("one"), upload("two"), reset(), signUp("Ana"))
            #expect(try store.reader.newestTweetSequence() == 3)
            store.journal.close()
        }
        let store = try directory.open()
        #expect(try store.reader.newestTweetSequence() == 3)
        _ = try store.outcomes(of: upload("three"))
        #expect(try store.reader.newestTweetSequence() == 7)
    }
}
