import CSystem
import Foundation
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// Creating, locking and refusing data directories.
struct DataDirectoryTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    // MARK: Creating

    @Test(arguments: ["a", "a/b/c", "a/b/", "a//b", "./a/../b"])
    func itIsMadeWithItsParents(relative: String) throws {
        if relative.contains("..") { try #require(mkdir(directory.path + "/a", 0o700) == 0) }
        let path = directory.path + "/" + relative
        _ = try DataDirectory(path: path)
        #expect(try mode(of: path) == "700")
        #expect(try mode(of: path + "/lock") == "600")
    }

    @Test func itsParentsAreAsPrivateAsItself() throws {
        _ = try DataDirectory(path: directory.path + "/a/b/c")
        #expect(try mode(of: directory.path + "/a") == "700")
        #expect(try mode(of: directory.path + "/a/b") == "700")
    }

    @Test func aRelativePathIsBelowTheCurrentDirectory() throws {
        let current = FileManager.default.currentDirectoryPath
        let up = current.split(separator: "/").map { _ in ".." }.joined(separator: "/")
        let path = up + directory.data
        let store = try OpenStore(
            try DataDirectory(path: path), durability: .full, resume: false, time: Timestamp(milliseconds: 0))
        #expect(store.session.number == 1)
        #expect(try mode(of: directory.storePath) == "600")
    }

    @Test func itsNameIsNeverTakenForAnAddress() throws {
        // SQLite would read "file:…" as a URI, in which %2e is a dot.
        #expect(try DataDirectory(path: directory.path).storePath == directory.path + "/store.sqlite")
        #expect(!DataDirectory.storePath(in: "file:%2e").hasPrefix("file:"))
    }

    /// A child process has a copy of every descriptor until it executes its own program.
    @Test func itsLockIsGivenUpWhereAChildStillHasACopyOfIt() throws {
        let copy: Descriptor
        do {
            let locked = try DataDirectory(path: directory.data)
            copy = try Descriptor.duplicate(try number(ofOpen: locked.path + "/lock"))
            #expect(throws: StoreError.self) { try DataDirectory(path: directory.data) }
        }
        _ = try DataDirectory(path: directory.data)
        _ = consume copy
    }

    /// The number of the descriptor under which this process has a file open.
    private func number(ofOpen path: String) throws -> CInt {
        let numbers = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { CInt($0) }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return try #require(
            numbers.first { number in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")) == real
            })
    }

    /// If root made the lock while saving the store, the user who runs the server could not open it.
    @Test(.enabled(if: geteuid() == 0)) func aLockThatRootMakesBelongsToTheDirectorysOwner() throws {
        try #require(mkdir(directory.data, 0o700) == 0 && chown(directory.data, 4711, 4712) == 0)
        _ = try DataDirectory(path: directory.data)
        var status = stat()
        try #require(lstat(directory.data + "/lock", &status) == 0)
        #expect(status.st_uid == 4711 && status.st_gid == 4712)
    }

    @Test func everyFileInItIsPrivate() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let modes = try ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "lock"].map {
            try mode(of: directory.data + "/" + $0)
        }
        #expect(modes == ["600", "600", "600", "600"])
    }

    @Test(arguments: [0o644, 0o666, 0o640, 0o700, 0o777] as [mode_t]) func filesThatOthersCanReadAreMadePrivate(
        given: mode_t
    ) throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let killed = try directory.afterKill()
        let names = ["store.sqlite", "store.sqlite-wal", "lock"]
        for name in names { try #require(chmod(killed.data + "/" + name, given) == 0) }
        try write([], to: killed.storePath + "-shm")
        try #require(chmod(killed.storePath + "-shm", given) == 0)
        let next = try killed.open()
        for name in names + ["store.sqlite-shm"] {
            #expect(try mode(of: killed.data + "/" + name) == "600", "\(name)")
        }
        next.close()
    }

    @Test func anExistingDirectoryKeepsItsMode() throws {
        try #require(mkdir(directory.data, 0o750) == 0)
        _ = try directory.open()
        #expect(try mode(of: directory.data) == "750")
    }

    // MARK: Locking

    @Test func aSecondServerIsRefused() throws {
        let first = try directory.open()
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        #expect(error?.description == "the data directory \(directory.data) is in use by another ttweetsrv")
        // The first process continues to work.
        #expect(try first.outcomes(of: upload("one")).map(\.word) == ["stored 2"])
    }

    @Test func theLockEndsWithItsOwner() throws {
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("one"))
        }
        #expect(try directory.open().tweets() == ["2 one"])
    }

    @Test func everyFileIsClosedWithItsOwner() throws {
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("one"))
            #expect(openFiles(below: directory.data).count > 3)
        }
        #expect(openFiles(below: directory.data) == [])
    }

    private func openFiles(below path: String) -> [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return numbers.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
            .filter { $0.hasPrefix(path) }
    }

    @Test func aLockThatIsALinkIsRefused() throws {
        try #require(mkdir(directory.data, 0o700) == 0)
        try write([1, 2, 3], to: directory.path + "/target")
        try #require(symlink(directory.path + "/target", directory.data + "/lock") == 0)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        #expect(error?.isCannotCreate == true)
        #expect(try contents(of: directory.path + "/target") == [1, 2, 3])
    }

    @Test func aStoreThatIsALinkIsRefused() throws {
        try #require(mkdir(directory.data, 0o700) == 0)
        try write([], to: directory.path + "/target")
        try #require(symlink(directory.path + "/target", directory.storePath) == 0)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        #expect(error?.isCannotCreate == true)
        #expect(try contents(of: directory.path + "/target") == [])
    }

    // MARK: Refusing

    @Test(arguments: ["/file", "/file/below", "/file/below/deeper"])
    func aFileInTheWayIsRefused(relative: String) throws {
        try write([1], to: directory.path + "/file")
        let error = #expect(throws: StoreError.self) { _ = try DataDirectory(path: directory.path + relative) }
        #expect(error?.isCannotCreate == true)
        #expect(error?.description.contains("Not a directory") == true)
        #expect(try contents(of: directory.path + "/file") == [1])
    }

    @Test(arguments: ["/proc/ttweet", "/proc/ttweet/data", "/proc/self/fd", "/dev/null"])
    func aPlaceThatCannotBeWrittenIsRefused(path: String) {
        let error = #expect(throws: StoreError.self) { _ = try DataDirectory(path: path) }
        #expect(error?.isCannotCreate == true)
    }

    @Test func aDirectoryInPlaceOfTheStoreIsRefused() throws {
        try #require(mkdir(directory.data, 0o700) == 0)
        try #require(mkdir(directory.storePath, 0o700) == 0)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        #expect(error?.isCannotCreate == true)
    }
}

extension StoreError {
    fileprivate var isCannotCreate: Bool {
        if case .cannotCreate = self { true } else { false }
    }
}
