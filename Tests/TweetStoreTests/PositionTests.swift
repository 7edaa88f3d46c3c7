import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Applying is idempotent by position: what a journal hands over again changes nothing, and the same entries in the same
/// order make the same store.
struct PositionTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    /// An entry of each kind, with and without an id, that stores something or finds that there is nothing to store.
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
            try removal(of: "bob"), try removal(of: "bob"), try signUp("bob"),
        ]
    }

    private static let count = 25

    private func openStore(_ directory: TestDirectory) throws -> Store {
        let data = try DataDirectory(path: directory.data)
        try data.prepareStoreFiles()
        return try Store(path: data.storePath, durability: .full)
    }

    private static let tables = [
        "session", "tweet", "reset", "hashtag", "account", "message", "other_upload", "delivery", "latest",
    ]

    /// Every row of every table, as SQL writes its values.
    private func contents(of store: Store) throws -> [String] {
        try Self.tables.flatMap { table in
            let names = try store.database.prepare(
                "SELECT group_concat('quote(' || name || ')', ' || '' '' || ') FROM pragma_table_info('\(table)')")
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
        var store = try openStore(directory)
        for entry in entries[...index] { #expect(try store.commit([entry])[0] != nil) }
        let contents = try contents(of: store)
        let next = store.nextSequence
        #expect(try store.commit([entries[index]])[0] == nil)
        #expect(try self.contents(of: store) == contents)
        try store.close()
        // The position is in the file, whatever the entry has stored.
        store = try openStore(directory)
        #expect(store.position == entries[index].position)
        #expect(store.nextSequence == next)
        #expect(try store.commit(Array(entries[...index])).allSatisfy { $0 == nil })
        #expect(try self.contents(of: store) == contents)
        try store.close()
    }

    /// However they are cut into transactions, and whatever is handed over twice.
    @Test(arguments: [1, 2, 3, 7, count])
    func theSameEntriesMakeTheSameStore(batch: Int) throws {
        let entries = positioned(try Self.everyKind())
        let reference = try openStore(directory)
        let expected = try reference.append(try Self.everyKind()).map(\.word)
        let other = try TestDirectory()
        let store = try openStore(other)
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

    /// A replicated journal has entries of its own that no store is given.
    @Test func positionsMayHaveGaps() throws {
        let store = try openStore(directory)
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
        let store = try openStore(directory)
        _ = try store.append([upload("one")])
        directory.disk.die(afterChanges: 0)
        #expect(throws: CommitError.self) { try store.append([upload("two"), upload("three")]) }
        #expect(store.position == JournalPosition(1))
        #expect(store.nextSequence == 2)
    }
}
