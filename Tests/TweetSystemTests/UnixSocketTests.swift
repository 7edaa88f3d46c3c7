import CSystem
import Foundation
import Testing
import TweetSystem

/// Sockets that are files: the users who can connect, and the life of the file.
final class UnixSocketTests {
    private let directory: String
    private var path: String { "\(directory)/control" }

    init() throws {
        var template = Array("/tmp/ttweet-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        unlink(path)
        rmdir(directory)
    }

    private func listener() throws -> Descriptor {
        try Descriptor.listener(at: .unix(path: path), backlog: 8)
    }

    private func connection() throws -> Descriptor {
        let socket = try Descriptor.connecting(to: .unix(path: path))
        let isConnected = socket.isConnected
        #expect(isConnected)
        return socket.descriptor
    }

    private var status: stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    @Test func aConnectionCarriesBytesBothWays() throws {
        let listener = try listener()
        let client = try connection()
        var peer: SocketAddress?
        let server = try listener.accept(from: &peer)
        #expect(peer?.isUnix == true)
        #expect(peer?.path == nil)
        #expect(peer?.description == "the operator")
        #expect(try Array("ping".utf8).withUnsafeBytes { try client.send($0) } == 4)
        #expect(try server.text(atMost: 64) == "ping")
        #expect(try Array("pong".utf8).withUnsafeBytes { try server.send($0) } == 4)
        server.shutdownSending()
        #expect(try client.text(atMost: 64) == "pong")
        #expect(try client.text(atMost: 64) == "")
    }

    @Test func nothingBlocks() throws {
        let listener = try listener()
        var peer: SocketAddress?
        let accepting = #expect(throws: Errno.self) { _ = try listener.accept(from: &peer) }
        #expect(accepting?.wouldBlock == true)
        let client = try connection()
        let server = try listener.accept(from: &peer)
        let reading = #expect(throws: Errno.self) { try client.text(atMost: 1) }
        #expect(reading?.wouldBlock == true)
        let serving = #expect(throws: Errno.self) { try server.text(atMost: 1) }
        #expect(serving?.wouldBlock == true)
    }

    @Test func aListenerIsDescribedByItsPath() throws {
        let listener = try listener()
        let address = try listener.localAddress()
        #expect(address.isUnix)
        #expect(address.path == path)
        #expect(address.description == path)
        #expect(address.port == 0)
        #expect(address.with(port: 65535).description == path)
    }

    @Test func aNameThatAPeerGivesItselfIsNotBelieved() throws {
        let listener = try listener()
        let socket = Descriptor(owning: csystem_stream_socket(AF_UNIX))
        let own = try SocketAddress.unix(path: "\(directory)/own")
        defer { unlink("\(directory)/own") }
        try #require(own.withSocketAddress { bind(socket.number, $0, $1) } == 0)
        let target = try SocketAddress.unix(path: path)
        try #require(target.withSocketAddress { connect(socket.number, $0, $1) } == 0)
        var peer: SocketAddress?
        _ = try listener.accept(from: &peer)
        #expect(peer?.description == "the operator")
    }

    @Test func onlyTheUserItselfCanConnect() throws {
        let listener = try listener()
        let mode = try #require(status).st_mode
        #expect(mode == S_IFSOCK | 0o600)
        _ = consume listener
    }

    @Test func aSocketThatWasLeftBehindIsReplaced() throws {
        do { _ = try listener() }
        #expect(status != nil)
        #expect(throws: Errno(code: ECONNREFUSED)) { _ = try self.connection() }
        let listener = try listener()
        _ = try connection()
        var peer: SocketAddress?
        _ = try listener.accept(from: &peer)
        #expect(peer != nil)
    }

    @Test func aFileOfAnotherKindIsNotReplaced() throws {
        let file = try Descriptor.open(path, O_CREAT | O_EXCL | O_WRONLY, mode: 0o600)
        #expect(try Array("precious".utf8).withUnsafeBytes { try file.write($0) } == 8)
        #expect(throws: Errno(code: EADDRINUSE)) { _ = try self.listener() }
        #expect(try Descriptor.open(path, O_RDONLY).text(atMost: 64) == "precious")
    }

    @Test func aLinkIsNotFollowed() throws {
        let target = "\(directory)/target"
        try #require(symlink(target, path) == 0)
        #expect(throws: Errno(code: EADDRINUSE)) { _ = try self.listener() }
        #expect(access(target, F_OK) != 0)
    }

    @Test func connectingWhereThereIsNoSocketFails() {
        #expect(throws: Errno(code: ENOENT)) { _ = try self.connection() }
    }

    @Test func aDirectoryThatIsNotThereIsAnError() throws {
        let address = try SocketAddress.unix(path: "\(directory)/no/control")
        #expect(throws: Errno(code: ENOENT)) { _ = try Descriptor.listener(at: address, backlog: 1) }
    }

    // MARK: Paths

    @Test(arguments: [
        (0, ENOENT), (1, 0), (107, 0), (108, ENAMETOOLONG), (109, ENAMETOOLONG), (5000, ENAMETOOLONG),
    ])
    func aNameHasToFitAnAddress(length: Int, code: CInt) throws {
        let path = String(repeating: "p", count: length)
        do throws(Errno) {
            let address = try SocketAddress.unix(path: path)
            #expect(code == 0)
            #expect(address.path == path)
        } catch {
            #expect(error.code == code)
        }
    }

    @Test func aLongestPathWorks() throws {
        let name = String(repeating: "p", count: 107 - directory.utf8.count - 1)
        let address = try SocketAddress.unix(path: "\(directory)/\(name)")
        defer { unlink("\(directory)/\(name)") }
        let listener = try Descriptor.listener(at: address, backlog: 1)
        #expect(try listener.localAddress().description == address.description)
        let isConnected = try Descriptor.connecting(to: address).isConnected
        #expect(isConnected)
    }

    /// If a path is too long for an address, the socket is reached through its directory, which may be relative.
    @Test(arguments: [1, 30, 1000], [true, false]) func aLongPathWorks(more: Int, isRelative: Bool) throws {
        var folders = [directory]
        while folders.joined(separator: "/").utf8.count < 107 + more {
            folders.append(String(repeating: "d", count: 100))
            try #require(mkdir(folders.joined(separator: "/"), 0o700) == 0)
        }
        defer {
            for count in (2...folders.count).reversed() { rmdir(folders[..<count].joined(separator: "/")) }
        }
        let absolute = folders.joined(separator: "/") + "/control"
        let current = FileManager.default.currentDirectoryPath
        let up = current.split(separator: "/").map { _ in ".." }.joined(separator: "/")
        let path = isRelative ? up + absolute : absolute
        let address = try SocketAddress.unix(path: path)
        #expect(address.path == path && address.description == path && address.isUnix)
        #expect(throws: Errno(code: ENOENT)) { _ = try Descriptor.connecting(to: address) }
        let listener = try Descriptor.listener(at: address, backlog: 1)
        let file = try SocketFile(owning: path)
        var status = stat()
        #expect(lstat(absolute, &status) == 0 && status.st_mode == S_IFSOCK | 0o600)
        let socket = try Descriptor.connecting(to: address)
        let isConnected = socket.isConnected
        #expect(isConnected)
        var peer: SocketAddress?
        let server = try listener.accept(from: &peer)
        #expect(peer?.description == "the operator")
        #expect(try Array("ping".utf8).withUnsafeBytes { try socket.descriptor.send($0) } == 4)
        #expect(try server.text(atMost: 64) == "ping")
        _ = consume file
        #expect(access(absolute, F_OK) != 0)
        #expect(FileManager.default.currentDirectoryPath == current)
    }

    @Test func aLongPathWithoutADirectoryIsAnError() throws {
        let address = try SocketAddress.unix(path: directory + "/" + String(repeating: "d", count: 120) + "/control")
        #expect(throws: Errno(code: ENOENT)) { _ = try Descriptor.listener(at: address, backlog: 1) }
    }

    @Test func aPathWithAZeroByteIsNoPath() {
        #expect(throws: Errno(code: EINVAL)) { try SocketAddress.unix(path: "/tmp/a\0b") }
    }

    @Test func anAddressOfTheNetworkIsNotLocal() throws {
        for host in ["127.0.0.1", "::1"] {
            let address = try #require(try SocketAddress.lookup(host: host, port: 1).first)
            #expect(!address.isUnix)
            #expect(address.path == nil)
        }
    }

    // MARK: The file

    @Test func theFileGoesWithItsOwner() throws {
        let listener = try listener()
        do {
            let file = try SocketFile(owning: path)
            #expect(status != nil)
            _ = consume file
        }
        #expect(status == nil)
        _ = consume listener
    }

    @Test func theFileOfASuccessorStays() throws {
        let first = try listener()
        let file = try SocketFile(owning: path)
        let second = try listener()
        _ = consume file
        #expect(status != nil)
        _ = try connection()
        _ = consume first
        _ = consume second
    }

    @Test func aFileThatIsNotThereHasNoOwner() {
        #expect(throws: Errno(code: ENOENT)) { _ = try SocketFile(owning: self.path) }
    }
}
