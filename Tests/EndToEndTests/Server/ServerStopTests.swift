import CSystem
import Foundation
import TestSupport
import Testing

/// SIGTERM, SIGINT and SIGHUP, and their effect on requests under way.
@Suite(.ownThreads) struct ServerStopTests {
    /// Milliseconds between two reports.
    private func milliseconds(from first: String, to last: String) throws -> Double {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let times = try [first, last].map { line in
            try Date(String(line.split(separator: " ")[2]), strategy: style)
        }
        return times[1].timeIntervalSince(times[0]) * 1000
    }

    private func stopMilliseconds(_ server: ServerProcess) throws -> Double {
        let stopping = try server.awaitReports("server stopping")[0]
        return try milliseconds(from: stopping, to: try server.awaitReports("server deactivated")[0])
    }

    @Test(arguments: [SIGTERM, SIGINT]) func aSignalStopsTheServer(signal: CInt) throws {
        let server = try ServerProcess()
        server.signal(signal)
        #expect(try server.process.wait() == .exit(0))
        let pattern = /SERVER \[GENERAL\] \S{24} server stopping\nSERVER \[CONNECTION\] \S{24} server deactivated\n/
        #expect(server.log.firstMatch(of: pattern)?.range.upperBound == server.log.endIndex)
        #expect(server.log == server.reports.map { $0 + "\n" }.joined())
    }

    @Test func whoIsIdleIsDisconnectedAtOnce() throws {
        let server = try ServerProcess()
        let clients = try (0..<20).map { _ in try server.connect() }
        for client in clients { #expect(try client.request(#"["d",""]"#) != nil) }
        #expect(try server.stop() == .exit(0))
        for client in clients { #expect(try client.readLine() == nil) }
        #expect(server.reports.count { $0.hasSuffix("disconnected: the server stops") } == clients.count)
        #expect(try stopMilliseconds(server) < 4000, "nobody was under way, so nothing was waited for")
    }

    /// The server either stores an upload and answers `ok`, or refuses it and does not store it.
    @Test func uploadsUnderWayAreAnsweredAndTheRestIsRefused() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let gathered = client.gatherLines()
        let count = 2000
        for number in 0..<count {
            // The signal comes while the server is in the middle of these uploads.
            if number == count / 2 { server.signal(SIGTERM) }
            guard (try? client.send("[\"u\",\"message \(number) #all\"]\n")) != nil else { break }
        }
        #expect(try server.process.wait() == .exit(0))
        let (lines, wasReset) = try #require(gathered.wait { $0.map { ($0.lines, $0.wasReset) } })
        #expect(!wasReset, "a reset may overtake an answer")
        let refusal = #"["error",{"code":"stopping","message":"the server is stopping"}]"#
        let stored = lines.filter { $0.hasPrefix(#"["ok""#) }
        #expect(lines == stored || lines == stored + [refusal])
        for (number, line) in stored.enumerated() { #expect(line.contains("\"text\":\"message \(number) #all\"")) }
        #expect(try stopMilliseconds(server) < 4000, "a client that reads is not waited for")

        let next = try ServerProcess(["--resume"], in: server.directory)
        let list = try next.connect()
        try list.send(#"["d",{"since":0}]"# + "\n" + #"["d",{"since":1001}]"# + "\n")
        list.finishSending()
        let parts = try list.readToEnd().split(separator: "\n").filter { $0.hasPrefix(#"["part""#) }
        #expect(parts.map { $0.replacing(#"["part""#, with: #"["ok""#) } == stored.map { $0[...] })
    }

    @Test func anOriginalUploadUnderWayIsStored() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("u\nsaid before the end")
        client.finishSending()
        #expect(try client.readToEnd() == "")
        try server.stop()
        let next = try ServerProcess(["--resume"], in: server.directory)
        #expect(try next.download("-q").output == "said before the end\n")
    }

    /// A server that has more lists to send than any socket holds, and the client that does not read them.
    private func serverWithUnreadOutput() throws -> (ServerProcess, TestConnection) {
        let server = try ServerProcess()
        let other = try server.connect()
        for number in 0..<1000 { try other.send("[\"u\",\"\(number) \(String(repeating: "x", count: 140))\"]\n") }
        for _ in 0..<1000 { #expect(try other.readLine()?.hasPrefix(#"["ok""#) == true) }
        let client = try server.connect()
        for _ in 0..<100 { try client.send(#"["d",{"count":1000}]"# + "\n") }
        #expect(try client.readChunk(atMost: 1).count == 1)
        // Each answer takes a turn of the loop, in which the server continues the list until the socket is full.
        for _ in 0..<2000 { #expect(try other.request(#"["d",""]"#) != nil) }
        return (server, client)
    }

    /// Repeats the body until the server had to wait for the client.
    ///
    /// The kernel decides whether the sockets are full by then; if they are not, the server has nothing to wait for.
    private func untilItWaits(_ body: (ServerProcess) throws -> Bool) throws {
        for _ in 0..<20 {
            let (server, client) = try serverWithUnreadOutput()
            if try body(server) { return client.close() }
        }
        Issue.record("the server never had anything to wait for")
    }

    @Test func aSecondSignalEndsTheServerAtOnce() throws {
        try untilItWaits { server in
            server.signal(SIGTERM)
            try server.awaitReports("server stopping")
            server.signal(SIGTERM)
            let ending = try server.process.wait()
            #expect(ending == .exit(1) || ending == .exit(0))
            return ending == .exit(1)
        }
    }

    @Test func whatIsUnderWayHasFiveSeconds() throws {
        try untilItWaits { server in
            #expect(try server.stop() == .exit(0))
            // The limit is a little less than 5 s, since the loop's timers and the reports use different clocks.
            return try stopMilliseconds(server) > 4500
        }
    }

    @Test func aListUnderWayIsSentToItsEnd() throws {
        let (server, client) = try serverWithUnreadOutput()
        server.signal(SIGTERM)
        try server.awaitReports("server stopping")
        let lines = try client.readToEnd().split(separator: "\n")
        // Every list that had begun is complete.
        let lists = lines.count { $0 == #"["ok",{"count":1000}]"# }
        #expect(lists >= 1)
        #expect(lines.count { $0.contains(#""part",{"#) } == lists * 1000)
        let last = try #require(lines.last)
        #expect(last == #"["ok",{"count":1000}]"# || last.hasPrefix(#"["error",{"code":"stopping""#))
        #expect(try server.process.wait() == .exit(0))
    }

    // MARK: SIGHUP

    @Test func aHangUpReopensTheLogThatWasRenamed() throws {
        let server = try ServerProcess()
        let directory = server.directory
        #expect(try server.upload("before").exitCode == 0)
        #expect(rename(directory.file("Sample.txt"), directory.file("moved")) == 0)
        server.signal(SIGHUP)
        // The server handles the signal in some later turn, so it reports requests in one file or the other.
        let client = try server.connect()
        for number in 0... {
            #expect(try client.request("[\"u\",\"after \(number)\"]")?.hasPrefix(#"["ok""#) == true)
            if directory.content("Sample.txt")?.contains(": after ") == true { break }
            try #require(!server.process.hasEnded)
        }
        #expect(directory.content("moved")?.contains(": before\n") == true)
        client.close()
        try server.stop()
        let both = (directory.content("moved") ?? "") + server.log
        #expect(both == server.reports.map { $0 + "\n" }.joined())
    }
}
