import CSystem
import TestSupport
import Testing

/// An upload that ends without an answer says whether the message may be stored, however it ends.
@Suite(.ownThreads) struct ClientOpenOutcomeTests {
    /// The kinds of uploads; each signs nothing or logs in as ana, and gets its password from the environment.
    enum Kind: CaseIterable {
        case message, lines, privateMessage

        func words(port: UInt16) -> [String] {
            let server = ["-u", "127.0.0.1:\(port)"]
            switch self {
            case .message: return server + ["a message"]
            case .lines: return server + ["--lines"]
            case .privateMessage: return server + ["a message", "--to", "bob", "--user", "ana"]
            }
        }

        var clause: String {
            self == .lines
                ? "it is unknown whether line 1 and later lines are stored"
                : "the outcome is unknown: the message may or may not be stored"
        }

        /// The server's moves until it has read the upload.
        var beginning: [Script.Move] {
            switch self {
            case .message: [.read]
            case .lines: [.read, .send("[\"ok\",{}]\n"), .read]
            case .privateMessage: [.read, .send("[\"ok\",{\"name\":\"ana\",\"pending\":0}]\n"), .read]
            }
        }
    }

    private static let push = #"["joined",{"name":"x"}]"# + "\n"
    private let environment = ["TTWEET_PASSWORD": "correct horse"]

    private func client(_ words: [String], in directory: TemporaryDirectory) throws -> ChildProcess {
        let client = try ChildProcess(
            ([Program.client.path] + words).map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path, adding: environment), directory: directory.path)
        client.write(Array("a message\n".utf8))
        return client
    }

    private func errors(_ client: ChildProcess) -> String {
        String(decoding: client.standardError.access { $0.bytes }, as: UTF8.self)
    }

    private func awaitUpload(_ server: ScriptedServer) throws {
        let isThere = server.requests.wait { $0.contains { $0.contains("a message") } ? true : nil }
        try #require(isThere == true)
    }

    @Test(arguments: Kind.allCases) func aServerThatPushesWithoutEndIsGivenUp(kind: Kind) throws {
        let server = try ScriptedServer([Script(kind.beginning + [.flood(Self.push)])])
        let result = try run(
            .client, kind.words(port: server.port) + ["--timeout", "1"], input: "a message\n", environment: environment)
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("timed out: no answer from 127.0.0.1:\(server.port) within "))
        #expect(result.errors.contains(kind.clause))
    }

    /// A client that was stopped and continues finds its timer's signal before it looks at the server.
    @Test(arguments: Kind.allCases) func theTimerSaysIt(kind: Kind) throws {
        let server = try ScriptedServer([Script(kind.beginning + [.awaitEnd])])
        let directory = try TemporaryDirectory()
        let client = try client(kind.words(port: server.port) + ["--timeout", "600"], in: directory)
        try awaitUpload(server)
        client.signal(SIGALRM)
        #expect(try client.wait() == .exit(75))
        #expect(
            errors(client).wholeMatch(of: /CLIENT \[ERROR\] 20\d\d-\d\d-\d\dT\S{12}Z timed out; (.*)\n/)?.1 ?? ""
                == kind.clause)
    }

    @Test(arguments: Kind.allCases, [SIGINT, SIGTERM, SIGHUP]) func anInterruptionSaysIt(kind: Kind, number: CInt)
        throws
    {
        let server = try ScriptedServer([Script(kind.beginning + [.awaitEnd])])
        let directory = try TemporaryDirectory()
        let client = try client(kind.words(port: server.port) + ["--timeout", "600"], in: directory)
        try awaitUpload(server)
        client.signal(number)
        // The first one only ends the reading of lines.
        while kind == .lines, !client.hasEnded { client.signal(number) }
        #expect(try client.wait() == .signal(number))
        #expect(errors(client).hasSuffix(" interrupted; \(kind.clause)\n"))
    }

    @Test func aDownloadThatIsInterruptedSaysNothing() throws {
        let server = try ScriptedServer([.silence])
        let directory = try TemporaryDirectory()
        let client = try client(["-d", "127.0.0.1:\(server.port)"], in: directory)
        #expect(server.requests.wait { $0.isEmpty ? nil : true } == true)
        client.signal(SIGTERM)
        #expect(try client.wait() == .signal(SIGTERM))
        #expect(errors(client) == "")
    }

    // MARK: Nothing was sent

    /// Servers that break the TLS handshake, or never finish it.
    @Test(arguments: Kind.allCases, [Script.slam, [.awaitEnd], [.send([0x16]), .awaitEnd]])
    func withoutAHandshakeNothingMayBeStored(kind: Kind, script: Script) throws {
        let server = try ScriptedServer(repeatingLast: script)
        let result = try run(
            .client, kind.words(port: server.port) + ["--tls", "--timeout", "1"], input: "a message\n",
            environment: environment)
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("timed out: no answer from 127.0.0.1:\(server.port) within "))
        #expect(!result.errors.contains("unknown"))
        #expect(result.errors.contains("0 lines are stored") == (kind == .lines))
    }

    @Test func overTLSALineWithoutAnAnswerMayBeStored() throws {
        let certificates = try Certificates.shared.get()
        let server = try ServerProcess([
            "--tls-cert", certificates.path("good", "cert.pem"), "--tls-key", certificates.path("good", "key.pem"),
        ])
        // A busy machine needs this much time for the first line.
        let words = [
            "-u", "127.0.0.1:\(server.port)", "--lines", "--pin", certificates.pin, "--json", "--timeout", "4",
        ]
        let client = try client(words, in: server.directory)
        #expect(client.standardOutput.wait { $0.bytes.contains(UInt8(ascii: "\n")) ? true : nil } == true)
        // The handshake is done, and a stopped server answers nothing.
        server.signal(SIGSTOP)
        client.write(Array("another message\n".utf8))
        #expect(try client.wait() == .exit(75))
        #expect(
            errors(client).contains("1 line is stored, and it is unknown whether line 2 and later lines are stored"))
    }
}
