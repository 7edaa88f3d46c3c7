import CSystem
import Foundation
import Testing
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

@testable import TweetServer

/// Every example of the protocol's document, spoken to a real server whose clock stands still.
@Suite(.serialized)
struct ProtocolDocumentTests {
    @Test(arguments: try Example.all())
    func theServerAnswersAsTheDocumentSays(_ example: Example) throws {
        let server = try FrozenServer()
        defer { server.stop() }
        let socket = try server.connect()
        for step in example.steps {
            switch step {
            case .client(let bytes, let endsStream):
                let sent = try bytes.withUnsafeBytes { try socket.descriptor.send($0) }
                #expect(sent == bytes.count)
                if endsStream { socket.descriptor.shutdownSending() }
            case .server(let bytes, let endsStream):
                let answer = try read(socket.descriptor, bytes.count, toEnd: endsStream)
                #expect(answer == String(decoding: bytes, as: UTF8.self))
            }
        }
        socket.descriptor.shutdownSending()
        let rest = try read(socket.descriptor, .max, toEnd: true)
        #expect(rest == "", "nothing more than the document says")
    }

    @Test
    func theDocumentHasExamplesOfEveryForm() throws {
        let text = try Example.document()
        #expect(try Example.all().count >= 6)
        for operation in Operation.allCases where operation.requirement != .operator {
            #expect(text.contains("> [\"\(operation.rawValue)\","), "\(operation) has an example")
        }
        for form in [#"> ["u","#, #"> ["u",{"#, #"> ["d",""]"#, "> [\"d\",\"#", #"> ["d",{"#, "> u\n", "> d\n"] {
            #expect(text.contains(form))
        }
    }

    private func read(_ connection: borrowing Descriptor, _ count: Int, toEnd: Bool) throws -> String {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while result.count < count || toEnd {
            guard try Poll.wait(for: connection, toWrite: false, until: .now + .seconds(60)) else { break }
            let wanted = toEnd ? chunk.count : min(chunk.count, count - result.count)
            let got = try chunk.withUnsafeMutableBytes {
                try connection.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
            }
            if got == 0 { break }
            result += chunk[..<got]
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// One code block of the document.
struct Example: Sendable, CustomTestStringConvertible {
    enum Step: Sendable {
        case client([UInt8], endsStream: Bool)
        case server([UInt8], endsStream: Bool)
    }

    let testDescription: String
    let steps: [Step]

    static func document() throws -> String {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(
            contentsOf: top.appending(path: "Sources/TweetWire/TweetWire.docc/Protocol.md"), encoding: .utf8)
    }

    static func all() throws -> [Example] {
        let parts = try document().components(separatedBy: "```\n")
        return parts.indices.filter { $0 % 2 == 1 }.map { index in
            let lines = parts[index].split(separator: "\n").map(String.init)
            return Example(testDescription: lines.first ?? "", steps: lines.map(step))
        }
    }

    private static func step(_ line: String) -> Step {
        switch line.prefix(3) {
        case ">> ": .client(Array(line.dropFirst(3).utf8), endsStream: true)
        case "<< ": .server(Array(line.dropFirst(3).utf8), endsStream: true)
        default:
            line.hasPrefix("> ")
                ? .client(Array((line.dropFirst(2) + "\n").utf8), endsStream: false)
                : .server(Array((line.dropFirst(2) + "\n").utf8), endsStream: false)
        }
    }
}

/// A server in this process, on a thread of its own, with a store of its own.
private final class FrozenServer {
    private let directory: URL
    private let address: SocketAddress
    private let ended = DispatchSemaphore(value: 0)
    /// Not a signal: those are the test process's, in which others ask for passwords.
    private let ending: WakeUp

    init() throws {
        ending = try WakeUp()
        directory = FileManager.default.temporaryDirectory.appending(path: "ttweet-\(UUID().uuidString)")
        let path = directory.path
        let started = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var result: Result<SocketAddress, any Error>?
        let (ended, ending) = (ended, ending)
        Thread.detachNewThread {
            do {
                let time = try #require(Timestamp("2026-11-21T05:03:00.123Z"))
                let any = try #require(try SocketAddress.lookup(host: "127.0.0.1", port: 0).first)
                let listener = try Listener(at: any)
                let store = try OpenStore(
                    try DataDirectory(path: path), durability: .normal, resume: false, time: time)
                let server = try Server(
                    listeners: [listener], store: store, log: ReportLog(file: nil, streams: []),
                    clock: { time })
                let stopping = Event(server.loop, readable: ending.descriptorNumber) {
                    ending.clear()
                    server.stop()
                }
                result = .success(listener.address)
                started.signal()
                withExtendedLifetime(stopping) { server.run() }
                server.close()
            } catch {
                result = .failure(error)
                started.signal()
            }
            ended.signal()
        }
        started.wait()
        address = try #require(result).get()
    }

    /// A connection to the server.
    func connect() throws -> ConnectingSocket {
        let socket = try Descriptor.connecting(to: address)
        _ = try Poll.wait(for: socket.descriptor, toWrite: true, until: .now + .seconds(60))
        return socket
    }

    func stop() {
        ending.signal()
        ended.wait()
        try? FileManager.default.removeItem(at: directory)
    }
}
