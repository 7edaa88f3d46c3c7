import Testing
import TweetModel

@testable import TweetJournal
@testable import TweetStore

/// Application is idempotent by position: entries handed over again change nothing, and the same entries in the same
/// order make the same store.
struct PositionTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    /// An entry of each kind, with and without an id, with and without something to store.
    private static func everyKind() throws -> [Entry] {
        [
            .sessionOpened(time: Timestamp(milliseconds: 1)),
            try upload("one #t"), try upload("two #t", id: "a"), try upload("again", id: "a"),
            reset(), reset(id: "r"), reset(id: "r"), try upload("x", id: "r"),
            try signUp("Ana"), try signUp("bob"), try signUp("ANA"),
            try passwordChange(of: "Ana", to: "other"), try passwordChange(of: "nobody", to: "other"),
            .passwordChanged(
                time: Timestamp(milliseconds: 2), name: try Name(known: "Ana"), password: PasswordHash("third"),
                replacing: PasswordHash("not this")),
            try visibility(of: "Ana", isHidden: true), try visibility(of: "nobody", isHidden: true),
            try message("hi", from: "Ana", to: "bob", "Ana", id: "m"),
            try message("hi", from: "Ana", to: "bob", "Ana", id: "m"),
            try message("hi", from: "Ana", to: "nobody"), try message("hi", from: "Ana", to: "bob"),
            try reading(of: 10, by: "bob"), try reading(of: 10, by: "bob"),
            .messageSent(
                time: Timestamp(milliseconds: 3), sender: try Name(known: "Ana"), recipients: [try Name(known: "Ana")],
                text: try TweetText("proved"), id: nil, isByAccount: true),
            .tweetUploaded(
                time: Timestamp(milliseconds: 3), author: try Name(known: "Ana"), text: try TweetText("proved"),
                id: nil,
                isByAccount: true),
            try removal(of: "bob"), try removal(of: "bob"), try signUp("bob"),
            try blocking("Ana", by: "bob"), try blocking("Ana", by: "nobody"),
            try message("hi", from: "Ana", to: "bob"),
            try message("hi", from: "Eve", to: "bob"), try blocking("Eve", by: "bob"),
            try blocking("ana", by: "bob", isBlocked: false),
            try token("h1", of: "bob"), try token("h2", of: "nobody"), try tokenRemoval(of: 1, by: "bob"),
            pruning(.tweets, before: 1), pruning(.tweets, before: 1), pruning(.messages, before: 1),
            pruning(.resets, before: 1),
        ]
    }

    private static let count = 40

    private static let tables = [
        "session", "tweet", "reset", "hashtag", "account", "message", "other_upload", "delivery", "latest", "erasure",
        "token",
        "pending_from", "block",
    ]

    /// Every row of every table, as SQL writes its values.
    ///
    /// The position of an entry without a row is left out, since the store notes it only together with other entries.
    private func contents(of store: Store) throws -> [String] {
        try Self.tables.flatMap { table in
            let names = try store.database.prepare(
                """
                SELECT group_concat('quote(' || name || ')', ' || '' '' || ') FROM pragma_table_info('\(table)')
                WHERE '\(table)' <> 'latest' OR name <> 'position'
                """)
            let columns = try #require(try names.first { $0.text(0) } ?? nil)
            var rows: [String] = []
            _ = try store.database.prepare("SELECT \(columns) FROM \(table) ORDER BY 1").forEachRow { row in
                rows.append("\(table) \(row.text(0) ?? "")")
                return true
            }
            return rows
        }
    }

    private func positioned(_ entries: [Entry], from first: Int64 = 1) -> [PositionedEntry] {
        entries.enumerated().map { PositionedEntry($1, at: JournalPosition(first + Int64($0))) }
    }

    @Test(arguments: 0..<count)
    func anEntryThatIsAppliedAgainIsSkipped(index: Int) throws {
        let entries = positioned(try Self.everyKind())
        try #require(entries.count == Self.count)
        var store = try directory.openStore()
        let words = try entries[...index].map { try #require(try store.commit([$0])[0]).word }
        let contents = try contents(of: store)
        let next = store.nextSequence
        #expect(try store.commit([entries[index]])[0] == nil)
        #expect(try self.contents(of: store) == contents)
        try store.close()
        // The file has the position of the last entry that has stored something; later entries are applied again, to
        // the same effect.
        let stored =
            words.lastIndex { word in
                word != "pruned 0" && ["stored", "read", "pruned"].contains { word.hasPrefix($0) }
            } ?? -1
        store = try directory.openStore()
        #expect(store.position == JournalPosition(Int64(stored + 1)))
        #expect(store.nextSequence == next)
        let again = try store.commit(Array(entries[...index])).map { $0?.word }
        #expect(again == words.indices.map { $0 > stored ? words[$0] : nil })
        #expect(try self.contents(of: store) == contents)
        try store.close()
    }

    @Test func everyKindOfEntryIsAmongThem() throws {
        let kinds = try Self.everyKind().map { EntryCodec.encode($0)[1] }
        #expect(Set(kinds) == Set(EntryCodec.Kind.allCases.map(\.rawValue)))
    }

    /// The store is the same for every division into transactions and every repetition of entries.
    @Test(arguments: [1, 2, 3, 7, count])
    func theSameEntriesMakeTheSameStore(batch: Int) throws {
        let entries = positioned(try Self.everyKind())
        let reference = try directory.openStore()
        let expected = try reference.append(try Self.everyKind()).map(\.word)
        let other = try TestDirectory()
        let store = try other.openStore()
        var words: [String] = []
        for start in stride(from: 0, to: entries.count, by: batch) {
            let isFirst = start == 0
            let part = entries[(isFirst ? 0 : start - 1)..<min(start + batch, entries.count)]
            let outcomes = try store.commit(Array(part))
            #expect(isFirst || outcomes[0] == nil, "the last one of the batch before")
            words += outcomes.compactMap { $0?.word }
        }
        #expect(words == expected)
        #expect(words.contains("read 1 12"), "\(words)")
        #expect(try contents(of: store) == contents(of: reference))
        try reference.close()
        try store.close()
    }

    /// A replicated journal has entries of its own that it does not pass to the store.
    @Test func positionsMayHaveGaps() throws {
        let store = try directory.openStore()
        let outcomes = try store.commit([
            PositionedEntry(try upload("one"), at: JournalPosition(5)),
            PositionedEntry(try upload("late"), at: JournalPosition(4)),
            PositionedEntry(try upload("two"), at: JournalPosition(900)),
        ])
        #expect(outcomes.map { $0?.word } == ["stored 1", nil, "stored 2"])
        #expect(store.position == JournalPosition(900))
        #expect(try store.append([upload("three")]).map(\.word) == ["stored 3"])
        #expect(store.position == JournalPosition(901))
        try store.close()
    }

    @Test func aBatchThatIsNotStoredLeavesThePositionWhereItWas() throws {
        let store = try directory.openStore()
        _ = try store.append([upload("one")])
        directory.disk.die(afterChanges: 0)
        #expect(throws: CommitError.self) { try store.append([upload("two"), upload("three")]) }
        #expect(store.position == JournalPosition(1))
        #expect(store.nextSequence == 2)
    }
}
