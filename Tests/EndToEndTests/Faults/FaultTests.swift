import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel

/// Clients that go away, stay silent or do not read.
@Suite(.ownThreads) struct FaultTests {
    // MARK: Going away

    @Test func aResetInTheMiddleOfAnAnswerHarmsNobody() throws {
        let server = try ServerProcess()
        let other = try server.connect()
        for number in 0..<200 {
            #expect(try other.request("[\"u\",\"\(number) \(String(repeating: "x", count: 140))\"]").isOK)
        }
        for round in 0..<50 {
            let client = try server.connect()
            for _ in 0..<50 { try client.send(#"["d",{"count":200}]"# + "\n") }
            if round % 2 == 0 { #expect(try client.readChunk(atMost: 1000).count > 0) }
            try client.reset()
        }
        #expect(try other.request(#"["d",""]"#).isOK)
        try server.awaitReports(" disconnected", count: 50)
        #expect(try server.stop() == .exit(0))
    }

    @Test func aResetBeforeAnythingWasSaidIsReported() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try server.awaitReports(" activated")
        try client.reset()
        let report = try server.awaitReports(" disconnected")[0]
        #expect(
            report.wholeMatch(of: /SERVER \[CONNECTION\] \S{24} client \S+ disconnected: Connection reset by peer/)
                != nil)
    }

    @Test func anUploadOfWhoHasGoneIsStoredAllTheSame() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("[\"u\",\"sent and gone #x\"]\n")
        client.close()
        try server.awaitReports("message 2 received")
        #expect(try server.download("x", "-q").output == "sent and gone #x\n")
    }

    @Test func whoComesAndGoesIsReportedWithTheAddress() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        #expect(try client.request(#"["u","hello"]"#).isOK)
        client.close()
        try server.awaitReports(" disconnected")
        let texts = server.reports.dropFirst().map {
            String($0.replacing(#/ \S{24} client 127\.0\.0\.1:\d+/#, with: ""))
        }
        #expect(texts.count == 4)
        #expect(texts.first == "SERVER [GENERAL] activated")
        #expect(
            texts[1].wholeMatch(of: /SERVER \[GENERAL\] \S{24} message 2 received from 127\.0\.0\.1:\d+: hello/) != nil)
        #expect(texts[2...] == ["SERVER [GENERAL] deactivated", "SERVER [CONNECTION] disconnected"])
    }

    /// The connection is older than every timer, and the server reports its end at once, not with the next event.
    @Test func theEndOfALongConnectionIsReportedAtOnce() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        #expect(try client.request(#"["d",""]"#).isOK)
        // Waits until the loop has no timer left that would wake it; it checks deadlines several times a second.
        let start = try server.processorTime()
        var entry = pollfd(fd: client.number, events: Int16(POLLIN), revents: 0)
        #expect(poll(&entry, 1, 1000) == 0, "the server has nothing to say")
        client.finishSending()
        #expect(try client.readLine() == nil)
        try server.awaitReports(" disconnected")
        #expect(try server.processorTime() - start < 1)
    }

    // MARK: Silence

    /// This is the only test that waits the full ten seconds.
    @Test func whoSendsNoWholeLineIsDisconnectedAfterTenSeconds() throws {
        let server = try ServerProcess()
        let openings = ["", "[", #"["d",""#, "u", "d", String(repeating: " ", count: 8000)]
        let originals = ["u\n", "u\nhalf a message"]
        let start = Date()
        let clients = try (openings + originals).map { opening in
            let client = try server.connect()
            try client.send(opening)
            return client
        }
        let patient = try server.connect()
        #expect(try patient.request(#"["d",""]"#).isOK)
        for client in clients.prefix(openings.count) {
            #expect(try client.readLine() == #"["error",{"code":"timed_out","message":"no whole line in 10 seconds"}]"#)
            #expect(Date().timeIntervalSince(start) > 9)
            #expect(try client.readLine() == nil)
        }
        for client in clients.suffix(originals.count) { #expect(try client.readsOnlyReset()) }
        try server.awaitReports("was refused: timed_out", count: clients.count)
        // A client that has sent a line may stay silent as long as it likes.
        #expect(try patient.request(#"["d",""]"#).isOK)
    }

    /// A byte now and then does not extend the time, which counts from the start of the connection.
    @Test func aLineThatComesTooSlowlyIsNotWaitedFor() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        var entry = pollfd(fd: client.number, events: Int16(POLLIN), revents: 0)
        var sent = 0
        while poll(&entry, 1, 500) == 0 {
            try client.send(" ")
            sent += 1
            try #require(sent < 200, "it is waited for")
        }
        #expect(try client.readLine()?.contains("\"timed_out\"") == true)
        #expect(sent >= 10)
    }

    // MARK: Standard output

    @Test func aStandardOutputThatWasClosedStopsNobody() throws {
        let (reader, writer) = try WatchedOutput.pipe()
        let directory = try TemporaryDirectory()
        let port = try Ports.free()
        let server = try ChildProcess(
            [Program.server.path, String(port), "--data", "data"].map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path, outputs: (writer, nil))
        close(writer)
        var byte: UInt8 = 0
        #expect(read(reader, &byte, 1) == 1)
        close(reader)
        for number in 0..<20 {
            let client = try TestConnection(port: port)
            #expect(try client.request("[\"u\",\"message \(number)\"]").isOK)
        }
        server.signal(SIGTERM)
        #expect(try server.wait() == .exit(0))
        #expect(directory.content("Sample.txt")?.contains(": message 19\n") == true)
    }

    /// A pipe and a terminal have buffers of different sizes, and the server waits for neither.
    @Test(arguments: [false, true]) func aStandardOutputThatNobodyReadsStopsNobody(isTerminal: Bool) throws {
        let (reader, writer) = try isTerminal ? WatchedOutput.terminal() : WatchedOutput.pipe()
        defer { close(reader) }
        let directory = try TemporaryDirectory()
        let port = try Ports.free()
        let server = try ChildProcess(
            [Program.server.path, String(port), "--data", "data", "--log-max", "100M"].map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path, outputs: (writer, nil))
        close(writer)
        var byte: UInt8 = 0
        #expect(read(reader, &byte, 1) == 1)
        let client = try TestConnection(port: port)
        let count = 2000
        for number in 0..<count {
            try client.send("[\"u\",\"\(number) \(String(repeating: "x", count: 140))\"]\n")
            #expect(try client.readLine().isOK)
        }
        server.signal(SIGTERM)
        #expect(try server.wait() == .exit(0))
        #expect(
            directory.content("Sample.txt")?.split(separator: "\n").count { $0.contains(" received from ") } == count)
    }
}
