import CSystem
import TestSupport
import Testing
import TweetSystem

/// HTTP as a client that nobody here wrote speaks it: curl.
@Suite(.ownThreads) struct CurlTests {
    private func curl(_ arguments: String..., input: String = "") throws -> Completed {
        try run(["curl", "-sS", "--max-time", String(Patience.seconds)] + arguments, input: Array(input.utf8))
    }

    @Test func theLinesOfTheReadmeWork() throws {
        let server = try ServerProcess()
        let root = "http://localhost:\(server.port)"
        #expect(try curl(root + "/").output == "Empty Message\n")
        let uploaded = try curl("-d", "backup done #ops", root + "/")
        #expect(uploaded.output.contains(#""author":null,"text":"backup done #ops","tags":["ops"]}"#))
        #expect(try curl(root + "/").output == "backup done #ops\n")
        #expect(try server.download("-q").output == "backup done #ops\n")
        #expect(try curl("-f", root + "/tag/ops?max_age=25h").output == "backup done #ops\n")
        let missing = try curl("-f", root + "/tag/backup?max_age=25h")
        #expect(missing.exitCode == 22)
        #expect(missing.output == "")
        #expect(try curl("--data-binary", "@-", root + "/", input: "from a pipe\n").exitCode == 0)
        #expect(try curl(root + "/").output == "from a pipe\n")
        // A body without a length is not taken.
        #expect(try curl("-f", "-T", "-", root + "/", input: "from a pipe\n").exitCode == 22)
        #expect(try curl("-I", root + "/").output.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try server.stop() == .exit(0))
    }

    /// curl sends several requests over one connection, in order.
    @Test func aConnectionIsUsedAgain() throws {
        let server = try ServerProcess()
        let root = "http://127.0.0.1:\(server.port)/"
        let answers = try curl("-w", "%{num_connects}\n", root, root, root)
        #expect(answers.output == "Empty Message\n1\nEmpty Message\n0\nEmpty Message\n0\n")
        let old = try curl("--http1.0", "-w", "%{num_connects}\n", root, root)
        #expect(old.output == "Empty Message\n1\nEmpty Message\n1\n")
    }

    @Test func aStreamShowsWhatOthersUpload() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let follower = try ChildProcess(
            ["curl", "-sSN", "http://localhost:\(server.port)/tag/deploy/follow?since=0"].map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path)
        #expect(try server.upload("one #deploy").exitCode == 0)
        try follower.awaitLine(#""text":"one #deploy""#)
        #expect(try server.upload("two").exitCode == 0)
        #expect(try server.upload("three #deploy").exitCode == 0)
        try follower.awaitLine(#""text":"three #deploy""#)
        #expect(try server.stop() == .exit(0))
        #expect(try follower.wait() == .exit(0))
        #expect(!String(decoding: follower.standardOutput.access { $0.bytes }, as: UTF8.self).contains("two"))
    }

    @Test func itIsServedOverTLSToo() throws {
        let certificates = try Certificates.shared.get()
        let server = try ServerProcess([
            "--tls-cert", certificates.path("good", "cert.pem"), "--tls-key", certificates.path("good", "key.pem"),
            "--tls", "required",
        ])
        let authority = certificates.path("good", "authority.pem")
        let root = "https://localhost:\(server.port)/"
        #expect(try curl("--cacert", authority, "-d", "over tls", root).exitCode == 0)
        #expect(try curl("--cacert", authority, root).output == "over tls\n")
        let plain = try curl("-w", "%{http_code}", "http://localhost:\(server.port)/")
        #expect(plain.output.hasSuffix("}\n403"), "\(plain.output)")
    }

    @Test func withoutHTTPItIsToldSoAndServedNothing() throws {
        let server = try ServerProcess(["--http", "off"])
        let root = "http://localhost:\(server.port)/"
        for answer in [try curl("-w", "%{http_code}", root), try curl("-w", "%{http_code}", "-d", "over HTTP", root)] {
            #expect(answer.output.hasSuffix("501") && answer.output.contains("HTTP is not served at this port"))
        }
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func httpMayHaveAPortOfItsOwn() throws {
        let server = try ServerProcess(["--http", "0"])
        let report = try #require(try server.awaitReports("HTTP is served at ").first)
        let port = try #require(report.firstMatch(of: /:(\d+)$/)).1
        #expect(try curl("-d", "over its own port", "http://localhost:\(port)/").exitCode == 0)
        #expect(try server.download("-q").output == "over its own port\n")
        #expect(try curl("-w", "%{http_code}", "http://localhost:\(server.port)/").output.hasSuffix("501"))
        #expect(try run(.client, ["-d", "localhost", String(port), "--timeout", "10"]).exitCode != 0)
        #expect(try server.stop() == .exit(0))
    }

    @Test func aNameHasToBeKnown() throws {
        let server = try ServerProcess(["--http-host", "cellar.example"])
        for (host, status) in [("cellar.example", "200"), ("evil.example", "421")] {
            let answer = try curl(
                "-o", "/dev/null", "-w", "%{http_code}", "--resolve", "\(host):\(server.port):127.0.0.1",
                "http://\(host):\(server.port)/")
            #expect(answer.output == status)
        }
    }

    /// For HTTP/1.0 the end of the connection is the end of a list: one that is cut off ends with a reset.
    @Test func aListThatIsCutOffDoesNotLookWhole() throws {
        let server = try ServerProcess()
        let lines = (1...1000).map { "\($0) " + String(repeating: "x", count: 140) }.joined(separator: "\n")
        let port = String(server.port)
        #expect(try run(.client, ["-u", "--lines", "127.0.0.1", port], input: lines + "\n").exitCode == 0)
        let address = try #require(try SocketAddress.lookup(host: "127.0.0.1", port: server.port).first)
        let client = try TestConnection(to: address, receiveBuffer: 4096)
        try client.send("GET /tweets HTTP/1.0\r\n\r\n")
        #expect(try client.readLine() == "HTTP/1.1 200 OK\r")
        try server.kill()
        #expect(throws: HarnessError.self) { try client.readToEnd() }
        // For HTTP/1.1 the last chunk is the end.
        let whole = try ServerProcess(in: server.directory)
        let answer = try curl("-w", "%{http_code}", "http://127.0.0.1:\(whole.port)/tweets?since=0")
        #expect(answer.output.hasSuffix("}\n200"))
        #expect(answer.output.split(separator: "\n").count == 1001)
    }
}
