import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

@testable import TweetServer

/// Every example of the protocol's document, run against a real server whose clock stands still.
@Suite(.serialized)
struct ProtocolDocumentTests {
    @Test(arguments: try Example.all())
    func theServerAnswersAsTheDocumentSays(_ example: Example) throws {
        let server = try FrozenServer()
        defer { server.stop() }
        let client = try TestConnection(to: server.address)
        for step in example.steps {
            switch step {
            case .client(let bytes, let endsStream):
                try client.send(bytes)
                if endsStream { client.finishSending() }
            case .server(let bytes, let endsStream):
                let answer = try endsStream ? client.readToEnd() : client.read(bytes.count)
                #expect(answer == String(decoding: bytes, as: UTF8.self))
            }
        }
        client.finishSending()
        #expect(try client.readToEnd() == "", "nothing more than the document says")
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

/// A server in this process, on its own thread and with its own store.
private final class FrozenServer {
    private let directory: TemporaryDirectory
    let address: SocketAddress
    private let isOver: Monitor<Bool>
    /// The end of the server; a signal would reach the test process, in which other tests read passwords.
    private let ending: WakeUp

    init() throws {
        ending = try WakeUp()
        directory = try TemporaryDirectory()
        let path = directory.file("data")
        let start = Monitor<Result<SocketAddress, any Error>?>(nil)
        let isOver = Monitor(false)
        self.isOver = isOver
        let ending = ending
        Thread.detachNewThread {
            do {
                let time = try #require(Timestamp("2026-11-21T05:03:00.123Z"))
                let listener = try Listener(at: try .loopback())
                let store = try OpenStore(
                    try DataDirectory(path: path), durability: .normal, resume: false, time: time)
                let server = try Server(
                    listeners: [listener], store: store, log: ReportLog(file: nil, streams: []),
                    clock: { time })
                var tokens = 0
                server.makeSecret = {
                    tokens += 1
                    let digits = String(tokens)
                    let zeros = String(repeating: "0", count: 32 - digits.count)
                    guard let secret = TokenSecret("ttw_\(zeros)\(digits)") else { preconditionFailure("no token") }
                    return secret
                }
                let stopping = Event(server.loop, readable: ending.descriptorNumber) {
                    ending.clear()
                    server.stop()
                }
                start.access { $0 = .success(listener.address) }
                withExtendedLifetime(stopping) { server.run() }
                server.close()
            } catch {
                start.access { $0 = .failure(error) }
            }
            isOver.access { $0 = true }
        }
        address = try #require(start.wait(for: { $0 }) as Result?, "the server does not start").get()
    }

    func stop() {
        ending.signal()
        #expect(isOver.wait(for: { $0 ? true : nil }) == true, "the server does not end")
    }
}
