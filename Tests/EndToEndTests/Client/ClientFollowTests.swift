import CSystem
import Foundation
import TestSupport
import Testing

/// `ttweetcl -d … --follow` and `--wait`, which print tweets as they arrive.
@Suite(.ownThreads) struct ClientFollowTests {
    /// Uploads texts, one after the other.
    private func upload(_ texts: [String], to server: ServerProcess) throws {
        let client = try server.connect()
        for text in texts { #expect(try client.request("[\"u\",\"\(text)\"]")?.hasPrefix(#"["ok""#) == true) }
    }

    /// The numbers of the knocks that the client printed, from the first one to the last one.
    private func heard(_ client: ClientProcess, upTo last: Int) throws -> ClosedRange<Int> {
        let first = try client.awaitLines(1)[0]
        let number = try #require(first.firstMatch(of: /knock (\d+)/).flatMap { Int($0.1) }, "\(first)")
        try #require(number <= last)
        return number...last
    }

    // MARK: Output

    @Test func tweetsArePrintedAsTheyCome() throws {
        let server = try ServerProcess()
        try upload(["before"], to: server)
        let client = try ClientProcess(["--follow"], port: server.port, in: server.directory)
        let knocks = try heard(client, upTo: try client.knock(at: server)).map { "knock \($0)" }
        let live = ["one #ops", "two", "👩‍👩‍👧‍👦 three"]
        for (index, text) in live.enumerated() {
            #expect(try server.upload(text).exitCode == 0)
            // The client prints each tweet before the next one is sent.
            let last = try client.awaitLines(knocks.count + index + 1).last
            #expect(last == "Received Message: \(text)")
        }
        #expect(try client.stop() == .exit(0))
        #expect(client.output == (knocks + live).map { "Received Message: \($0)\n" }.joined())
        #expect(client.errors == "")
    }

    @Test func aHashtagIsFollowedAlone() throws {
        let server = try ServerProcess()
        let client = try ClientProcess(["ops", "--follow", "-q"], port: server.port, in: server.directory)
        let knocks = try heard(client, upTo: try client.knock(at: server, tag: " #Ops")).map { "knock \($0) #Ops" }
        try upload(["a #OPS", "another #opsy", "none", "b #x #ops"], to: server)
        let expected = knocks + ["a #OPS", "b #x #ops"]
        #expect(try client.awaitLines(expected.count) == expected)
        #expect(try client.stop() == .exit(0))
        #expect(client.output == expected.map { $0 + "\n" }.joined())
    }

    @Test func theNewestComeFirstWhereTheyAreAskedFor() throws {
        let server = try ServerProcess()
        try upload(["one", "two #x", "three", "four #x"], to: server)
        let all = try ClientProcess(["--follow", "-q", "-n", "2"], port: server.port, in: server.directory)
        let tag = try ClientProcess(["#x", "--follow", "-q", "-n", "1"], port: server.port, in: server.directory)
        #expect(try all.awaitLines(2) == ["three", "four #x"])
        #expect(try tag.awaitLines(1) == ["four #x"])
        try upload(["five", "six #x"], to: server)
        #expect(try all.awaitLines(4) == ["three", "four #x", "five", "six #x"])
        #expect(try tag.awaitLines(2) == ["four #x", "six #x"])
    }

    @Test func whatWasMissedComesFirstFromEarlierSessionsToo() throws {
        let first = try ServerProcess()
        try upload(["one", "two", "three"], to: first)
        try first.stop()
        let second = try ServerProcess(in: first.directory)
        try upload(["four"], to: second)
        // Entry 1 starts the first session, and entry 2 is the first tweet.
        let client = try ClientProcess(["--follow", "-q", "--since", "2"], port: second.port, in: second.directory)
        #expect(try client.awaitLines(3) == ["two", "three", "four"])
        try upload(["five"], to: second)
        #expect(try client.awaitLines(4).last == "five")
    }

    @Test func eachLineOfJSONIsOneTweet() throws {
        let server = try ServerProcess()
        let client = try ClientProcess(["--follow", "--since", "0", "--json"], port: server.port, in: server.directory)
        try upload([#"say \"hi\" #Ops #x"#, "two"], to: server)
        let tweets = try objects(try client.awaitLines(2).joined(separator: "\n"))
        for tweet in tweets { #expect(Set(tweet.keys) == ["seq", "time", "author", "text", "tags", "epoch_ms"]) }
        #expect(tweets.map { $0["text"] as? String } == [#"say "hi" #Ops #x"#, "two"])
        #expect(tweets.map { $0["tags"] as? [String] } == [["Ops", "x"], []])
        #expect(tweets.map { $0["seq"] as? Int } == [2, 3])
        #expect(tweets.allSatisfy { $0["author"] is NSNull })
    }

    @Test func theLogIsToldOfEachToo() throws {
        let server = try ServerProcess()
        let words = ["--follow", "--since", "0", "-q", "--log", "client"]
        let client = try ClientProcess(words, port: server.port, in: server.directory)
        try upload(["hello"], to: server)
        _ = try client.awaitLines(1)
        #expect(try client.stop() == .exit(0))
        let log = try #require(server.directory.content("client"))
        #expect(log.contains("CLIENT [CONNECTION] ") && log.hasSuffix(" message received: hello\n"))
    }

    // MARK: Exit

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsItAndAllIsWell(signal: CInt) throws {
        let server = try ServerProcess()
        try upload(["one"], to: server)
        let client = try ClientProcess(["--follow", "-n", "1"], port: server.port, in: server.directory)
        _ = try client.awaitLines(1)
        client.process.signal(signal)
        #expect(try client.process.wait() == .exit(0))
        #expect(client.output == "Received Message: one\n")
        #expect(client.errors == "")
    }

    @Test func aTimeoutEndsIt() throws {
        let server = try ServerProcess()
        let result = try server.download("--follow", "--timeout", "0.5")
        #expect(result.exitCode == 75)
        #expect(result.output == "")
        #expect(result.errors.contains("timed out"))
    }

    /// The client notices this without a new tweet.
    @Test func aReaderThatGoesEndsIt() throws {
        let server = try ServerProcess()
        try upload(["one"], to: server)
        let (reader, writer) = try WatchedOutput.pipe()
        let words = ["--follow", "-q", "-n", "1"]
        let client = try ClientProcess(words, port: server.port, in: server.directory, output: writer)
        close(writer)
        var buffer = [UInt8](repeating: 0, count: 100)
        #expect(read(reader, &buffer, buffer.count) == 4)
        close(reader)
        #expect(try client.process.wait() == .exit(74))
        // The client reports no error, since `… | head -1` is not a mistake.
        #expect(client.errors == "")
    }

    @Test func anOutputThatIsFullEndsIt() throws {
        let server = try ServerProcess()
        try upload(["one"], to: server)
        let number = csystem_open("/dev/full", O_WRONLY | O_CLOEXEC, 0)
        defer { close(number) }
        let words = ["--follow", "-n", "1"]
        let client = try ClientProcess(words, port: server.port, in: server.directory, output: number)
        #expect(try client.process.wait() == .exit(74))
        #expect(client.errors.contains("cannot write standard output: No space left on device"))
    }

    @Test(arguments: ["--follow", "--wait"]) func aServerThatIsNotThereEndsIt(option: String) throws {
        let port = try Ports.free()
        let result = try run(.client, ["-d", "127.0.0.1", String(port), option])
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("cannot connect to 127.0.0.1:\(port) (Connection refused)"))
    }

    // MARK: Server restarts

    @Test(arguments: [SIGKILL, SIGTERM]) func nothingIsMissedAndNothingComesTwice(signal: CInt) throws {
        let port = try Ports.free()
        var server = try ServerProcess(port: port)
        let directory = server.directory
        let all = try ClientProcess(["--follow", "--since", "0", "-q"], port: port, in: directory)
        let tag = try ClientProcess(["ops", "--follow", "--since", "0", "-q"], port: port, in: directory)
        try upload(["begin #ops"], to: server)
        _ = try all.awaitLines(1)
        _ = try tag.awaitLines(1)
        var texts = ["begin #ops"]
        var tagged = texts
        for round in 1...3 {
            // The server goes down without waiting until the followers have these tweets.
            let before = (1...20).map { "before \(round) \($0)\($0.isMultiple(of: 2) ? " #ops" : "")" }
            try upload(before, to: server)
            server.signal(signal)
            _ = try server.process.wait()
            server = try ServerProcess(["--resume"], port: port, in: directory)
            let after = (1...5).map { "after \(round) \($0) #ops" }
            try upload(after, to: server)
            texts += before + after
            tagged = texts.filter { $0.contains("#ops") }
            // Both followers have connected again before the server goes down again.
            #expect(try all.awaitLines(texts.count) == texts)
            #expect(try tag.awaitLines(tagged.count) == tagged)
        }
        #expect(try all.stop() == .exit(0))
        #expect(try tag.stop() == .exit(0))
        #expect(all.output == texts.map { $0 + "\n" }.joined())
        #expect(tag.output == tagged.map { $0 + "\n" }.joined())
        // Each client reports each lost connection once, and each new connection once.
        for client in [all, tag] {
            let said = client.errors.split(separator: "\n")
            try #require(said.count == 6, "\(said)")
            for index in 0..<3 {
                #expect(said[2 * index].contains(" the connection to 127.0.0.1:\(port) is lost: "))
                #expect(said[2 * index + 1].hasSuffix(" connected to 127.0.0.1:\(port) again"))
            }
        }
    }

    // MARK: Waiting for one tweet

    @Test func waitingPrintsTheNextOneAndEnds() throws {
        let server = try ServerProcess()
        try upload(["before"], to: server)
        let client = try ClientProcess(["--wait", "--timeout", "100"], port: server.port, in: server.directory)
        let last = try client.knock(at: server)
        #expect(try client.process.wait() == .exit(0))
        let number = client.output.wholeMatch(of: /Received Message: knock (\d+)\nTransmission Successfull...\n/)?.1
        #expect((1...last).contains(number.flatMap { Int($0) } ?? 0), "\(client.output)")
    }

    @Test func waitingGivesWhatHasComeSinceAtOnceAndNoMore() throws {
        let server = try ServerProcess()
        try upload(["one #x", "two", "three #x", "four #x"], to: server)
        #expect(try server.download("--wait", "--since", "2", "-q").output == "two\n")
        #expect(try server.download("x", "--wait", "--since", "2", "-q").output == "three #x\n")
    }

    @Test func waitingInVainTimesOut() throws {
        let server = try ServerProcess()
        try upload(["before"], to: server)
        let result = try server.download("--wait", "--timeout", "0.5")
        #expect(result.exitCode == 75)
        #expect(result.output == "")
        #expect(result.errors.contains("timed out"))
    }
}
