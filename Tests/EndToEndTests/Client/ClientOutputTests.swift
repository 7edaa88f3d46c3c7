import CSystem
import Foundation
import TestSupport
import Testing

/// The output of ttweetcl, byte for byte.
@Suite(.ownThreads) struct ClientOutputTests {
    private static let done = "Transmission Successfull...\n"

    /// A server with three messages in its session.
    private func server() throws -> ServerProcess {
        let server = try ServerProcess()
        for text in ["one #a", "two #b", "three #A"] { #expect(try server.upload(text).exitCode == 0) }
        return server
    }

    @Test func anEmptySessionHasTheEmptyMessage() throws {
        let server = try ServerProcess()
        let plain = try server.download()
        #expect(plain.output == "Received Message: Empty Message\n" + Self.done)
        #expect(plain.exitCode == 0)
        #expect(try server.download("-q").output == "Empty Message\n")
        #expect(try server.download("-n", "3", "-q").output == "Empty Message\n")
        #expect(try server.download("#none", "-q").output == "Empty Message\n")
        #expect(
            try server.download("--json").output
                == #"{"seq":null,"time":null,"author":null,"text":"Empty Message","tags":[],"epoch_ms":null}"# + "\n")
        // An empty list prints no line of JSON.
        for arguments in [["-n", "3"], ["-n", "3", "none"], ["--since", "0"]] {
            let list = try run(.client, ["-d", "127.0.0.1", String(server.port), "--json"] + arguments)
            #expect(list.output == "")
            #expect(list.exitCode == 0)
        }
    }

    @Test(arguments: [
        ([], "Received Message: three #A\n" + done),
        (["-q"], "three #A\n"),
        (["#a"], "Received Message: three #A\n" + done),
        (["b"], "Received Message: two #b\n" + done),
        (["#b", "-q"], "two #b\n"),
        (["nothing", "-q"], "Empty Message\n"),
        (["-n", "2"], "Received Message: two #b\nReceived Message: three #A\n" + done),
        (["-n", "2", "-q"], "two #b\nthree #A\n"),
        (["-n", "1", "-q"], "three #A\n"),
        (["-q", "-n", "1000"], "one #a\ntwo #b\nthree #A\n"),
        (["-n", "9", "a", "-q"], "one #a\nthree #A\n"),
        (["-n", "9", "nothing", "-q"], "Empty Message\n"),
        (["--max-age", "1h", "-q"], "three #A\n"),
        (["--max-age", "1d", "-n", "9", "b", "-q"], "two #b\n"),
    ])
    func aDownloadPrints(arguments: [String], output: String) throws {
        let server = try server()
        let result = try run(.client, ["-d", "127.0.0.1", String(server.port)] + arguments)
        #expect(result.output == output)
        #expect(result.errors == "")
        #expect(result.exitCode == 0)
    }

    @Test func anUploadPrintsTheOriginalsLineOrNothing() throws {
        let server = try ServerProcess()
        let plain = try server.upload("plain")
        #expect(plain.output == Self.done)
        let quiet = try server.upload("quiet", "-q")
        #expect(quiet.output == "")
        #expect([plain.exitCode, quiet.exitCode] == [0, 0])
        #expect(plain.errors + quiet.errors == "")
        #expect(try server.upload("", "-q").output == "")
    }

    // MARK: JSON

    private func object(_ line: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func jsonIsOneObjectALineForUploadsToo() throws {
        let server = try ServerProcess()
        let text = #"quotes " and \ and ä #Ops #héllo #ops"#
        let before = Date()
        let upload = try server.upload(text, "--json")
        #expect(upload.exitCode == 0)
        #expect(upload.output.hasSuffix("}\n"))
        let tweet = try object(upload.output)
        #expect(Set(tweet.keys) == ["seq", "time", "author", "text", "tags", "epoch_ms"])
        #expect(tweet["seq"] as? Int == 2)
        #expect(tweet["author"] is NSNull)
        #expect(tweet["text"] as? String == text)
        #expect(tweet["tags"] as? [String] == ["Ops", "héllo"])
        let time = try #require(tweet["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        let date = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(date.timeIntervalSince(before) > -1 && date.timeIntervalSince(before) < Patience.seconds)
        let milliseconds = try #require(tweet["epoch_ms"] as? Double)
        #expect(abs(milliseconds - date.timeIntervalSince1970 * 1000) < 1)
        #expect(try server.download("--json").output == upload.output)
        #expect(try server.download("--json", "ops").output == upload.output)
        let reset = try object(try server.upload("", "--json").output)
        #expect(reset["seq"] is NSNull)
        #expect(reset["text"] as? String == "Empty Message")
    }

    @Test func aListInJSONIsOneObjectALine() throws {
        let server = try server()
        let lines = try server.download("--json", "-n", "9").output.split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "")
        let objects = try lines.dropLast().map { try object($0) }
        #expect(objects.map { $0["text"] as? String } == ["one #a", "two #b", "three #A"])
        #expect(objects.map { $0["seq"] as? Int } == [2, 3, 4])
    }

    // MARK: New messages

    @Test func whatCameAfterASequenceIsPrintedOnce() throws {
        let server = try server()
        #expect(try server.download("--since", "2", "-q").output == "two #b\nthree #A\n")
        #expect(try server.download("--since", "2", "-q", "a").output == "three #A\n")
        let plain = try server.download("--since", "3")
        #expect(plain.output == "Received Message: three #A\n" + Self.done)
        let nothing = try server.download("--since", "4", "-q")
        #expect(nothing.output == "")
        #expect(nothing.exitCode == 0)
        #expect(try server.download("--since", "4").output == Self.done)
    }

    /// The new messages do not fit into one answer.
    @Test func whatIsNewMayBeManyPages() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        for number in 1...2001 { try client.send("[\"u\",\"\(number)\"]\n") }
        for _ in 1...2001 { _ = try client.readLine() }
        let lines = try server.download("--since", "0", "-q", "--timeout", "100").output.split(separator: "\n")
        #expect(lines == (1...2001).map { "\($0)" })
        #expect(try server.download("--since", "0", "--timeout", "100").output.hasSuffix(": 2001\n" + Self.done))
    }

    // MARK: The long form

    @Test func theLongFormShowsTheTimeOfTheZoneAndTheAuthor() throws {
        let server = try ServerProcess()
        try server.signUp("ana")
        #expect(try server.client(as: "ana", "-u", "by ana").exitCode == 0)
        #expect(try server.upload("by nobody").exitCode == 0)
        let object = try object(try server.download("--json").output)
        let milliseconds = try #require(object["epoch_ms"] as? Double)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        for (zone, seconds) in [("UTC0", 0), ("XST-05:45", 20_700), ("YST+03", -10_800)] {
            formatter.timeZone = TimeZone(secondsFromGMT: seconds)
            let shown = formatter.string(from: Date(timeIntervalSince1970: (milliseconds / 1000).rounded(.down)))
            let result = try run(
                .client, ["-d", "127.0.0.1", String(server.port), "--long", "-n", "2"], environment: ["TZ": zone])
            let lines = result.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.hasSuffix(" ana: by ana") == true)
            #expect(lines.last ?? "" == "\(shown) (anonymous): by nobody")
        }
        #expect(try server.upload("").exitCode == 0)
        #expect(try server.download("--long").output == "Empty Message\n")
    }

    // MARK: The command line

    @Test(arguments: [
        ["-d", "HOST", "PORT", "-q", "b"], ["HOST", "PORT", "b", "-d", "-q"], ["-q", "HOST", "-d", "PORT", "b"],
        ["-d", "-q", "HOST:PORT", "b"], ["-d", "-q", "--", "HOST", "PORT", "b"],
        ["-d", "HOST", "-q", "--", "PORT", "#b"],
        ["-d", "HOST", "PORT", "-q", "b", "--timeout=60"], ["-d", "--timeout", "60", "HOST", "PORT", "b", "-q"],
        ["-d", "HOST", "PORT", "-q", "b", "-n", "1", "--max-age=1h"],
        ["-d", "HOST", "PORT", "-q", "b", "--timeout", "60s"],
    ])
    func optionsStandAnywhere(words: [String]) throws {
        let server = try server()
        let words = words.map { word in
            word.replacing("HOST", with: "127.0.0.1").replacing("PORT", with: String(server.port))
        }
        let result = try run(.client, words)
        #expect(result.output == "two #b\n")
        #expect(result.exitCode == 0)
    }

    @Test(arguments: ["-dash", "--json", "--", "-", "-u"])
    func behindTwoDashesAMessageIsAMessage(text: String) throws {
        let server = try ServerProcess()
        let words = ["-u", "127.0.0.1", String(server.port), "--", text]
        let result = try run(.client, words, input: "from standard input")
        #expect(result.exitCode == 0)
        #expect(try server.download("-q").output == (text == "-" ? "from standard input\n" : text + "\n"))
    }

    @Test func theHelpNamesEveryOptionAndExitCode() throws {
        for option in ["--help", "-h"] {
            let help = try run(.client, [option])
            #expect(help.exitCode == 0)
            #expect(help.errors == "")
            #expect(help.output.hasPrefix("Usage: ttweetcl "))
            for name in [
                "-u", "-d", "-n", "-q", "--json", "--max-age", "--timeout", "--log", "--server", "--config", "--help",
                "--version",
            ] {
                #expect(help.output.contains(" \(name) "), "\(name)")
            }
            for code in [0, 64, 65, 66, 67, 68, 69, 74, 75, 76, 77, 78] {
                #expect(help.output.firstMatch(of: try Regex("\n +\(code)  ")) != nil, "\(code)")
            }
            #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        }
    }

    @Test func theVersionIsOneLine() throws {
        let version = try run(.client, ["--version"])
        #expect(version.exitCode == 0)
        #expect(version.output.wholeMatch(of: /ttweetcl \d+\.\d+\.\d+\n/) != nil)
        #expect(version.output.dropFirst(8) == (try run(.server, ["--version"]).output.dropFirst(9)))
    }
}
