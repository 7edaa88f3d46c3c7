import Foundation
import TestSupport
import Testing

/// Followers that do not read: they do not slow down other clients, and they resume where they stopped.
@Suite(.ownThreads) struct FollowLagTests {
    private static let filler = "e" + String(repeating: "\u{301}", count: 1800)

    /// The size of the backlog for followers that lag behind.
    private static let feedBytes = 4 << 20
    /// The kernel's limit for the unsent output of one connection: see tcp(7), tcp_wmem.
    private static let kernelBytes: Int = {
        let setting = try? String(contentsOfFile: "/proc/sys/net/ipv4/tcp_wmem", encoding: .utf8)
        return setting?.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 4 << 20
    }()

    /// Uploads long texts, pipelined.
    private func upload(_ numbers: Range<Int>, _ client: TestConnection) throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 16) {
            let some = start..<min(start + 16, numbers.upperBound)
            try client.send(some.map { "[\"u\",\"\($0) \(Self.filler) #a\"]\n" }.joined())
            for _ in some { #expect(try client.next().operation == "ok") }
        }
    }

    /// A follower that reads nothing after the answer.
    private func silentFollower(_ server: ServerProcess, _ body: String) throws -> TestConnection {
        let client = try TestConnection(port: server.port, receiveBuffer: 4096)
        try client.askOK("[\"follow\",\(body)]")
        return client
    }

    /// On a slow machine the server may have disconnected the follower by then; the follower resumes either way.
    @Test func oneThatDoesNotReadGoesOnFromWhatItHasAndHoldsUpNobody() throws {
        let server = try ServerProcess()
        let writer = try server.connect()
        let bodies = [(follow: #""""#, key: ""), (follow: ##""#a""##, key: #""tag":"a","#)]
        let silent = try bodies.map { try silentFollower(server, $0.follow) }
        let other = try server.connect()
        try other.askOK(#"["follow",""]"#)
        let count = (Self.feedBytes + Self.kernelBytes + (1 << 20)) / Self.filler.utf8.count / 50 * 50
        for start in stride(from: 0, to: count, by: 50) {
            try upload(start..<start + 50, writer)
            for number in start..<start + 50 {
                #expect(try other.readLine()?.contains("\"text\":\"\(number) ") == true)
            }
        }
        var live = [other]
        for (client, body) in zip(silent, bodies) {
            var got: [Int] = []
            var since: Int?
            while since == nil, let line = try? client.next() {
                if line.operation == "lagged" {
                    since = line.sequence
                } else {
                    got.append(try #require(line.sequence))
                }
            }
            let wasCutOff = since == nil
            let reports = try server.awaitReports(
                wasCutOff ? "did not read what it was sent" : " lags behind what it follows")
            #expect(reports.allSatisfy { $0.hasPrefix("SERVER [ERROR] ") && $0.contains("client 127.0.0.1:") })
            let last = try #require(got.last)
            #expect(since == nil || since == last)
            #expect(got.count < count)
            let next = wasCutOff ? try server.connect() : client
            try next.send("[\"follow\",{\(body.key)\"since\":\(last)}]\n")
            while true {
                let line = try next.next()
                if line.operation == "ok" { break }
                got.append(try #require(line.sequence))
            }
            #expect(got == Array(2..<count + 2), "no gap and no double")
            live.append(next)
        }
        try writer.askOK(#"["u","live #a"]"#)
        for client in live { #expect(try client.next().text == "live #a") }
    }

    /// A follower that was disconnected resumes on a new connection.
    @Test func oneThatWasCutOffGoesOnFromWhatItHas() throws {
        let server = try ServerProcess()
        let writer = try server.connect()
        var got: [Int] = []
        var since = 0
        for round in 0..<5 {
            let follower = try server.connect()
            try follower.send("[\"follow\",{\"since\":\(since)}]\n")
            while true {
                let line = try follower.next()
                since = max(since, try #require(line.sequence))
                if line.operation == "ok" { break }
                got.append(try #require(line.sequence))
            }
            try upload(round * 40..<round * 40 + 20, writer)
            for _ in 0..<7 {
                since = try #require(try follower.next().sequence)
                got.append(since)
            }
            try follower.reset()
            try upload(round * 40 + 20..<round * 40 + 40, writer)
        }
        let last = try server.connect()
        got += try last.list("[\"d\",{\"since\":\(since)}]").compactMap(\.sequence)
        #expect(got == Array(2..<202))
    }

    /// This test takes the full thirty seconds after which the server disconnects such a client.
    @Test func oneThatNeverReadsAtAllIsDisconnected() throws {
        let server = try ServerProcess()
        let writer = try server.connect()
        let silent = try silentFollower(server, #""""#)
        let other = try server.connect()
        try other.askOK(#"["follow",""]"#)
        for start in stride(from: 0, to: 2 * Self.kernelBytes / Self.filler.utf8.count, by: 50) {
            try upload(start..<start + 50, writer)
            for _ in 0..<50 { #expect(try other.readLine() != nil) }
        }
        try server.awaitReports("did not read what it was sent")
        try writer.askOK(#"["u","live"]"#)
        #expect(try other.next().text == "live")
        withExtendedLifetime(silent) {}
    }

    @Test(.enabled(if: !Sanitizer.isOn, "a sanitizer's memory is not the server's"))
    func memoryIsBoundedWhateverIsPublishedForThoseWhoDoNotRead() throws {
        let server = try ServerProcess()
        let writer = try server.connect()
        let silent = try (0..<20).map { _ in try silentFollower(server, #""""#) }
        try upload(0..<1300, writer)
        let before = try server.memory()
        try upload(1300..<2000, writer)
        let growth = try server.memory() - before
        #expect(growth < 8 << 20, "\(growth) bytes")
        withExtendedLifetime(silent) {}
    }
}
