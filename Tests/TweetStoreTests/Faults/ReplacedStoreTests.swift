import CSystem
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// A store whose files are removed or replaced under the running server: nothing is acknowledged that no start finds.
struct ReplacedStoreTests {
    /// A change to the data directory that another program makes.
    enum Change: CaseIterable {
        case fileRemoved, logRemoved, fileReplaced, logReplaced, directoryRenamed, directoryReplaced, filesRemoved

        func make(in directory: TestDirectory) throws {
            let (data, store) = (directory.data, directory.storePath)
            switch self {
            case .fileRemoved: try #require(unlink(store) == 0)
            case .logRemoved: try #require(unlink(store + "-wal") == 0)
            case .fileReplaced: try replace(store)
            case .logReplaced: try replace(store + "-wal")
            case .directoryRenamed: try #require(csystem_rename(data, data + "-old") == 0)
            case .directoryReplaced:
                let files = try files(in: data)
                try #require(csystem_rename(data, data + "-old") == 0)
                try #require(mkdir(data, 0o700) == 0)
                for (name, bytes) in files { try write(bytes, to: data + "/" + name) }
            case .filesRemoved:
                for name in try files(in: data).keys { try #require(unlink(data + "/" + name) == 0) }
            }
        }

        /// Puts a copy in a file's place, as a restore by hand does.
        private func replace(_ path: String) throws {
            try write(try contents(of: path), to: path + ".new")
            try #require(csystem_rename(path + ".new", path) == 0)
        }
    }

    @Test(arguments: Change.allCases)
    func noEntryIsAcknowledgedAfterwards(change: Change) throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        #expect(try store.outcomes(of: upload("first", id: "f")).map(\.word) == ["stored 2"])
        try change.make(in: directory)
        let entries = [try upload("a", id: "a"), try upload("first", id: "f")]
        #expect(try store.outcomes(of: entries).map(\.word) == ["unknown", "unknown"])
        #expect(store.failure?.contains("removed or replaced") == true)
        #expect(try store.outcomes(of: upload("b")).map(\.word) == ["unavailable"])
    }

    /// A path that leads in circles hides the files, as a directory does that may not be searched: it says nothing about
    /// them.
    @Test func aStoreThatCannotBeSeenForAWhileIsNotReplaced() throws {
        let directory = try TestDirectory()
        let data = directory.data
        let store = try directory.open()
        #expect(try store.outcomes(of: upload("first")).map(\.word) == ["stored 2"])
        try #require(csystem_rename(data, data + "-old") == 0)
        try #require(symlink(data, data) == 0)
        // The first batch is committed before anybody looks; from then on nothing is stored until a look succeeds.
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["unknown"])
        #expect(
            try store.outcomes(of: upload("a", id: "a"), upload("b")).map(\.word) == ["unavailable", "unavailable"])
        #expect(store.failure == nil)
        try #require(unlink(data) == 0)
        try #require(csystem_rename(data + "-old", data) == 0)
        #expect(
            try store.outcomes(of: upload("a", id: "a"), upload("b")).map(\.word) == ["duplicate of 3", "stored 4"])
        #expect(store.failure == nil)
    }

    /// Only an error that says that there is no file counts as one.
    @Test(arguments: [("missing", true), ("file/below", true), ("circle/below", false), (name, false)])
    func aFileThatCannotBeLookedForMayBeThere(path: String, isMissing: Bool) throws {
        let directory = try TestDirectory()
        try write([], to: directory.path + "/file")
        try #require(symlink("circle", directory.path + "/circle") == 0)
        if isMissing {
            #expect(try FileIdentity.find(directory.path + "/" + path) == nil)
        } else {
            #expect(throws: Errno.self) { try FileIdentity.find(directory.path + "/" + path) }
        }
    }

    /// A longer name than a file may have.
    private static let name = String(repeating: "x", count: 300)

    /// A backup and an operator's sqlite3 leave the files where they are.
    @Test func anotherProgramThatReadsAndWritesIsNoReplacement() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try Backup.save(directory.data, to: directory.path + "/backup")
        try OtherConnection(directory.storePath).execute("PRAGMA wal_checkpoint(TRUNCATE); CREATE TABLE noise (x)")
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["stored 2"])
        #expect(store.failure == nil)
    }
}
