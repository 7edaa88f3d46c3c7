// A store with wild numbers, and a server's clock at a wild time: nothing traps, and no number is used twice.
//
// The input is a list of changes to a store that a server has written: one byte for what is changed, 8 bytes for the
// number, most significant first. Then the store is opened, read, written, closed and opened once more. A store that
// cannot be used is refused with an error.

import CSystem
import TweetJournal
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetServer
@testable import TweetStore

func fuzzStore(_ input: UnsafeRawBufferPointer) {
    var wild = WildStore()
    defer { wild.remove() }
    let most = 8
    for start in stride(from: 0, to: input.count - 8, by: 9).prefix(most) {
        let number = input[start + 1..<start + 9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        wild.change(input[start], to: Int64(bitPattern: number))
    }
    for _ in 0..<2 {
        do {
            try wild.use()
        } catch let error as StoreError {
            check(!error.description.isEmpty, "a refusal says why")
        } catch {
            check(error is CommitError || error is SQLiteError, "an error of another kind: \(error)")
        }
    }
}

/// A store's directory, and the wild numbers that are not in it.
private struct WildStore {
    private let directory: String
    private var path: String { directory + "/store.sqlite" }
    private var time = Timestamp(milliseconds: 0)
    private var sequence: SequenceNumber = 0

    init() {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/ttweet-fuzz-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("no temporary directory") }
        directory = String(cString: made)
        do {
            try writeStore()
        } catch {
            fatalError("\(error)")
        }
    }

    func remove() {
        for companion in ["", "-wal", "-shm", "-journal"] { unlink(path + companion) }
        rmdir(directory)
    }

    private var entries: [Entry] {
        get throws {
            let (ana, bob) = (Name(stored: "ana"), Name(stored: "bob"))
            let text = TweetText(stored: "one #a #b")
            return [
                .sessionOpened(time: time), .tweetUploaded(time: time, author: nil, text: text, id: UploadID("t")),
                .accountCreated(time: time, name: ana, password: PasswordHash("x")),
                .accountCreated(time: time, name: bob, password: PasswordHash("x")),
                .messageSent(time: time, sender: ana, recipients: [bob], text: text, id: UploadID("m")),
                .blockChanged(time: time, by: bob, of: Name(stored: "eve"), isBlocked: true),
                .tokenCreated(
                    time: time, owner: bob, hash: TokenHash("t"), scope: .send, label: nil, expires: time),
                .tokenRemoved(time: time, owner: bob, token: sequence),
                .messagesRead(time: time, reader: bob, messages: [5, sequence]),
                .lastMessageReset(time: time, id: UploadID("r")),
                .tweetUploaded(time: time, author: ana, text: text, id: nil),
            ]
                + PruningStep.Kind.allCases.map { kind in
                    .pruned(time: time, PruningStep(kind, before: time, after: sequence, work: 100))
                }
        }
    }

    private func writeStore() throws {
        _ = try Descriptor.open(path, O_WRONLY | O_CREAT, mode: 0o600)
        let store = try Store(path: path, durability: .normal)
        _ = try store.append(try entries)
        try store.close()
    }

    /// Changes one number of the store, of the clock, or of what a client asks for.
    mutating func change(_ kind: UInt8, to number: Int64) {
        let statements = [
            "UPDATE latest SET sequence = ?", "UPDATE latest SET position = ?", "UPDATE indexed SET sequence = ?",
            "DELETE FROM latest", "DELETE FROM indexed", "UPDATE tweet SET time = ?", "UPDATE account SET pending = ?",
            "UPDATE account SET created = ?", "UPDATE tweet SET position = ?", "UPDATE delivery SET message = ?",
            "INSERT OR IGNORE INTO tweet (sequence, time, text, position) VALUES (?, ?, 'wild #a', ?)",
            "INSERT OR IGNORE INTO session (sequence, time, position) VALUES (?, ?, ?)",
            "UPDATE session SET number = ?", "INSERT OR IGNORE INTO reset (sequence, time) VALUES (?, ?)",
            "UPDATE OR IGNORE message SET sequence = ?",
            "INSERT OR IGNORE INTO hashtag (tag, sequence) VALUES ('a', ?)",
        ]
        // A number of a kind is in the seeds, so new kinds come last.
        let later = [
            "INSERT OR IGNORE INTO erasure (recipient, message) VALUES ('bob', ?)", "UPDATE block SET time = ?",
            "UPDATE pending_from SET count = ?", "UPDATE OR IGNORE token SET id = ?", "UPDATE token SET created = ?",
            "UPDATE token SET expires = ?", "UPDATE token SET kind = ?", "UPDATE search SET sequence = ?",
            "UPDATE search SET pruned = ?",
        ]
        let index = Int(kind) % (statements.count + 2 + later.count)
        if index == statements.count { return time = Timestamp(milliseconds: number) }
        if index == statements.count + 1 { return sequence = number }
        let statement = index < statements.count ? statements[index] : later[index - statements.count - 2]
        let parts = statement.split(separator: "?", omittingEmptySubsequences: false)
        // A change that SQLite refuses, such as a second row with one key, is left out.
        guard let database = try? Database(path: path, readOnly: false) else { return }
        try? database.execute(parts.joined(separator: "\(number)"))
        database.close()
    }

    /// Opens the store and does with it what a server does.
    func use() throws {
        let store = try Store(path: path, durability: .normal)
        let reader = try StoreReader(path: path)
        defer { reader.close() }
        let last = try reader.lastSequence()
        for entry in try entries {
            for case .stored(let stored) in try store.append([entry]) {
                check(stored > last, "sequence \(stored) after \(last)")
            }
        }
        for kind in PruningStep.Kind.allCases {
            let step = PruningStep(kind, before: Timestamp(milliseconds: .max), after: 0, work: 5)
            _ = try store.append([.pruned(time: time, step)])
        }
        check(try reader.lastSequence() >= last, "pruning gives back a sequence")
        while try store.eraseMore() == .underWay {}
        var steps = 0
        while try store.indexWords() == .underWay {
            steps += 1
            check(steps < 100, "indexing does not end")
        }
        for before in [SequenceNumber.max, sequence] {
            guard let query = SearchQuery("wild a") else { return check(false, "no query") }
            var cursor = SearchCursor(query, before: before, atMost: 3)
            for _ in 0..<100 where !cursor.isAtEnd { try reader.read(&cursor, atMost: 64) { _ in true } }
            check(cursor.isAtEnd, "a search does not end")
        }
        _ = try reader.newestSession()
        let fresh = Freshness(maxAge: sequence >= 0 ? sequence : .max, at: time)
        let tags = [Hashtag("a"), Hashtag("b")].compactMap { $0 }
        for tags in [[], Array(tags.prefix(1)), tags] {
            var cursors = [TweetCursor(after: sequence, of: tags, atMost: 3)]
            for floor in [0, sequence] { cursors.append(try reader.cursor(newest: 3, after: floor, of: tags)) }
            for cursor in cursors { try read(reader, cursor, fresh) }
        }
        _ = try reader.hashtag(after: "")
        _ = try reader.countTweets(of: "a", after: sequence, through: last, atMost: 10)
        for name in ["ana", "bob"] {
            guard let account = try reader.account(Name(stored: name)) else { continue }
            _ = try reader.pendingCount(of: account)
            for isArchive in [false, true] {
                var cursor = try reader.inboxCursor(of: account, isArchive: isArchive, count: 3, since: sequence)
                try reader.read(&cursor) { !PacketWriter.part(WireMessage($0)).isEmpty }
            }
            try reader.readBlocks(of: account, after: nil) { name, time in
                !PacketWriter.part(WireBlock(name: name.string, time: time)).isEmpty
            }
            var cursor = try reader.sentCursor(of: account, count: 3, since: nil)
            try reader.read(&cursor) { !PacketWriter.part(WireMessage($0)).isEmpty }
        }
        try store.close()
    }

    private func read(_ reader: StoreReader, _ cursor: TweetCursor, _ fresh: Freshness) throws {
        var cursor = cursor
        try reader.read(&cursor, atMost: 100) { tweet in
            !PacketWriter.part(tweet).isEmpty
        }
        var tweets = try FreshTweets(fresh, newest: 3, of: [], after: 0, in: reader)
        var turns = 0
        while try !tweets.read(from: reader, atMost: 100, { !PacketWriter.part($0).isEmpty }) {
            turns += 1
            check(turns < 100, "the search for fresh tweets does not end")
        }
    }
}
