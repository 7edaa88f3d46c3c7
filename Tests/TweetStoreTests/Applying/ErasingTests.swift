import Foundation
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// The messages of a removed account: gone for every reader at once, erased step by step, from every file.
struct ErasingTests {
    private static let secret = "s3cret"
    /// More messages than two steps erase.
    private static let count = 2 * Store.erasedAtOnce + 3

    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    /// Ana and Eve send messages to Bob, and one to Bob and Ana; Bob reads some.
    private func fill() throws -> [Entry] {
        var entries = [try signUp("Ana"), try signUp("Bob"), try signUp("Eve")]
        for number in 0..<Self.count {
            entries.append(try message("\(Self.secret) \(number)", from: number % 3 == 0 ? "Eve" : "Ana", to: "Bob"))
        }
        entries.append(try message("for both", from: "Eve", to: "Bob", "Ana"))
        entries.append(try reading(of: 4, 5, 6, 7, by: "Bob"))
        return entries
    }

    private func deliveries(in directory: TestDirectory) throws -> [Int64] {
        try OtherConnection(directory.storePath).integers(
            "SELECT (SELECT count(*) FROM delivery WHERE recipient = 'bob'), (SELECT count(*) FROM erasure)")
    }

    @Test func noReaderFindsAMessageThatIsStillToBeErased() throws {
        let store = try directory.openStore()
        _ = try store.append(try fill())
        _ = try store.append([removal(of: "Bob"), signUp("bob"), message("new", from: "Ana", to: "Bob")])
        let left = Int64(Self.count + 1 - Store.erasedAtOnce)
        #expect(try deliveries(in: directory) == [left + 1, 1])
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        func texts(_ cursor: MessageCursor) throws -> [String] {
            var cursor = cursor
            var texts: [String] = []
            try reader.read(&cursor) {
                texts.append($0.text.string)
                return true
            }
            return texts
        }
        func account(_ name: String) throws -> Account { try #require(try reader.account(try Name(known: name))) }
        #expect(try texts(reader.inboxCursor(of: account("Bob"), isArchive: false, count: 9, since: 0)) == ["new"])
        #expect(try texts(reader.inboxCursor(of: account("Bob"), isArchive: true, count: 9, since: 0)) == [])
        #expect(try texts(reader.sentCursor(of: account("Ana"), count: 9, since: 0)) == ["new"])
        #expect(try texts(reader.sentCursor(of: account("Eve"), count: 9, since: nil)) == ["for both"])
        // The new account can neither read nor count what was sent to the old one.
        let last = SequenceNumber(Self.count + 3)
        #expect(try store.append([reading(of: last, by: "Bob")]).map(\.word).first?.hasPrefix("read 0") == true)
        #expect(try reader.pendingCount(of: account("Bob")) == 1)
    }

    /// A list of sent messages reads no more rows at once than it may, however many are still to be erased.
    @Test(arguments: [nil, 0] as [SequenceNumber?], [1, 7, 64])
    func aListOfSentMessagesYieldsWhileManyAreErased(since: SequenceNumber?, lookUps: Int) throws {
        let store = try directory.openStore()
        let first = [
            try signUp("Ana"), try signUp("Bob"), try signUp("Eve"), try message("old", from: "Ana", to: "Eve"),
        ]
        let many = try (0..<Self.count).map { try message("\(Self.secret) \($0)", from: "Ana", to: "Bob") }
        _ = try store.append(first + many + [message("new", from: "Ana", to: "Eve"), removal(of: "Bob")])
        let left = Self.count - Store.erasedAtOnce
        let reader = try StoreReader(path: directory.storePath)
        defer { reader.close() }
        let ana = try #require(try reader.account(try Name(known: "Ana")))
        var cursor = try reader.sentCursor(of: ana, count: 2, since: since)
        var texts: [String] = []
        var turns = 0
        while !cursor.isAtEnd {
            try reader.read(&cursor, atMost: lookUps) {
                texts.append($0.text.string)
                return true
            }
            turns += 1
        }
        #expect(texts == ["old", "new"])
        #expect(turns > left / lookUps)
    }

    @Test func whatALaterAccountReceivesIsKept() throws {
        let store = try directory.openStore()
        _ = try store.append(try fill())
        _ = try store.append([removal(of: "Bob"), signUp("bob"), message("new", from: "Ana", to: "Bob")])
        while try store.eraseMore() == .underWay {}
        #expect(try deliveries(in: directory) == [1, 0])
        #expect(try store.eraseMore() == .done)
        try store.close()
        #expect(try directory.open().pending(of: "Bob").map { $0.hasSuffix(" Ana to Bob: new") } == [true])
    }

    /// A process that is killed in the middle of a step leaves the rest to the next one.
    @Test func erasingGoesOnAfterAKillAtAnyPlace() throws {
        let store = try directory.openStore()
        _ = try store.append(try fill())
        _ = try store.append([removal(of: "Bob")])
        let start = try directory.afterKill()
        try store.close()
        var kills = 0
        for changes in stride(from: 0, to: 10_000, by: 7) {
            let killed = try start.afterKill()
            let store = try killed.openStore()
            killed.disk.die(afterChanges: changes)
            var isWhole = false
            do {
                while try store.eraseMore() == .underWay {}
                isWhole = true
            } catch {
                kills += 1
            }
            let next = try killed.afterKill().openStore()
            while try next.eraseMore() == .underWay {}
            #expect(try next.database.integer("SELECT count(*) FROM delivery WHERE recipient = 'bob'") == 0)
            #expect(try next.database.integer("SELECT count(*) FROM message WHERE text <> ''") == 1)
            if isWhole { break }
        }
        #expect(kills > 3)
    }

    /// A batch waits for the step that is under way, and for no other.
    @Test func anUploadWaitsForOneStepAtMost() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: try fill())
        // The removal is acknowledged after one sync; the sync of the first step waits until the upload is submitted.
        let syncs = Monitor((allowed: 1, reached: 0))
        directory.disk.beforeEach { operation, name in
            guard operation == .sync, name.hasSuffix("-wal") else { return }
            syncs.access { $0.reached += 1 }
            _ = syncs.wait { $0.reached <= $0.allowed ? true : nil }
        }
        defer { directory.disk.beforeEach(nil) }
        #expect(try store.outcomes(of: removal(of: "Bob")).map(\.word).first?.hasPrefix("stored") == true)
        try #require(syncs.wait { $0.reached == 2 ? true : nil } == true)
        store.propose([try upload("in between")])
        store.journal.submit()
        // One sync for the step, one for the upload.
        syncs.access { $0.allowed = 3 }
        #expect(try store.awaitOutcomes(1).map(\.word).first?.hasPrefix("stored") == true)
        #expect(try deliveries(in: directory)[1] == 1)
        syncs.access { $0.allowed = .max }
        store.close()
        #expect(try deliveries(in: directory)[1] == 0)
    }

    /// The texts stand in the file, and many times in the log, since each commit writes whole pages.
    private func filesWithSecrets(_ directory: TestDirectory) throws -> [String] {
        try files(in: directory.data).filter { $0.value.contains(text: Self.secret) }.map(\.key).sorted()
    }

    @Test func noFileOfARunningServerHasTheTexts() throws {
        let store = try directory.openStore()
        for entry in try fill() { _ = try store.append([entry]) }
        #expect(try filesWithSecrets(directory) == ["store.sqlite-wal"])
        try store.checkpoint()
        #expect(try filesWithSecrets(directory) == ["store.sqlite", "store.sqlite-wal"])
        _ = try store.append([removal(of: "Bob")])
        while try store.eraseMore() == .underWay {}
        #expect(try filesWithSecrets(directory) == [])
    }

    @Test(arguments: [false, true]) func noFileHasTheTextsAfterAStop(isKilled: Bool) throws {
        var store = try directory.open()
        for entry in try fill() { _ = try store.outcomes(of: entry) }
        store.close()
        #expect(try filesWithSecrets(directory) == ["store.sqlite"])
        store = try directory.open()
        for number in 0..<50 {
            _ = try store.outcomes(of: message("\(Self.secret) more \(number)", from: "Ana", to: "Bob"))
        }
        _ = try store.outcomes(of: removal(of: "Bob"))
        if isKilled {
            let next = try directory.afterKill()
            try next.open().close()
            #expect(try filesWithSecrets(next) == [])
        }
        store.close()
        #expect(try filesWithSecrets(directory) == [])
    }

    @Test func aRemovalWithoutAServerErasesAll() throws {
        let store = try directory.openStore()
        _ = try store.append(try fill())
        try store.close()
        _ = try OfflineStore.commit(try removal(of: "Bob"), in: try DataDirectory(path: directory.data))
        #expect(try deliveries(in: directory) == [0, 0])
        #expect(try filesWithSecrets(directory) == [])
    }

    /// A reader, such as a backup, holds the log: it is emptied once the reader has gone.
    @Test func aReaderInTheWayOnlyDelaysTheEndOfTheLog() throws {
        let store = try directory.openStore()
        _ = try store.append(try fill())
        let other = try OtherConnection(directory.storePath)
        try other.execute("BEGIN; SELECT * FROM tweet")
        _ = try store.append([removal(of: "Bob")])
        var last = try store.eraseMore()
        while last == .underWay { last = try store.eraseMore() }
        #expect(last == .blocked)
        #expect(try filesWithSecrets(directory).contains("store.sqlite-wal"))
        try other.execute("COMMIT")
        #expect(try store.eraseMore() == .done)
        #expect(try filesWithSecrets(directory) == [])
    }
}

extension [UInt8] {
    /// Whether the bytes contain a text.
    fileprivate func contains(text: String) -> Bool { Data(self).range(of: Data(text.utf8)) != nil }
}
