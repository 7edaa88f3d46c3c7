import CSystem
import Foundation
import TestSupport
import Testing

/// A server that runs out of descriptors: it pauses accepting, recovers, and uses little time meanwhile.
@Suite(.ownThreads) struct ServerExhaustionTests {
    private static let wrapper = ["sh", "-c", "ulimit -n 40; exec \"$@\"", "-"]
    private static let busy =
        #"["error",{"code":"busy","message":"the server has no room for another connection"}]"#

    private static func isOK(_ line: String?) -> Bool {
        line?.hasPrefix(#"["ok""#) == true
    }

    /// Connects clients until the server refuses one, and returns the others.
    private func fill(_ server: ServerProcess) throws -> [TestConnection] {
        var clients: [TestConnection] = []
        while clients.count < 40 {
            let client = try server.connect()
            let answer = try client.request(#"["d",""]"#)
            if answer == Self.busy {
                #expect(try client.readLine() == nil)
                return clients
            }
            #expect(Self.isOK(answer))
            clients.append(client)
        }
        throw HarnessError("there is room for \(clients.count)")
    }

    @Test func whoFindsNoRoomIsToldSoAndTheOthersAreServed() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        let clients = try fill(server)
        #expect(clients.count > 5)
        for client in clients { #expect(Self.isOK(try client.request("[\"u\",\"still served\"]"))) }
        let report = try server.awaitReports("accepting is paused")[0]
        #expect(
            report.wholeMatch(
                of: /SERVER \[ERROR\] \S{24} accepting is paused: Too many open files, (\d+) connections are open/)?.1
                ?? ""
                == String(clients.count))
        let result = try server.download()
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("the server has no room for another connection (busy)"))
    }

    @Test func acceptingGoesOnOnceThereIsRoom() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        for _ in 0..<3 {
            for client in try fill(server) { client.close() }
            // The server needs a moment to notice the closed connections, and has no room until then.
            var result = try server.download("-q")
            while result.exitCode == 69 { result = try server.download("-q") }
            #expect(result.output == "Empty Message\n")
        }
        #expect(try server.upload("it works").exitCode == 0)
        #expect(try server.stop() == .exit(0))
    }

    /// While two thousand clients wait, the server writes at most one report a second and does almost no work.
    @Test func aFloodOfConnectionsCostsNeitherTimeNorReports() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        let clients = try fill(server)
        let flood = try (0..<2000).map { _ in try server.connect() }
        try server.awaitReports("accepting is paused", count: 1)
        let before = try server.processorTime()
        let reports = try server.awaitReports("accepting is paused", count: 4)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let times = try reports.map { try Date(String($0.split(separator: " ")[2]), strategy: style) }
        for (earlier, later) in zip(times, times.dropFirst()) {
            #expect(later.timeIntervalSince(earlier) > 0.95, "one report a second at most")
        }
        let seconds = times[times.count - 1].timeIntervalSince(times[0])
        #expect(try server.processorTime() - before < seconds / 4, "a core that spins takes all of it")
        for client in clients { #expect(Self.isOK(try client.request(#"["d",""]"#))) }
        for client in flood + clients { client.close() }
        // The server accepts this client after all the others.
        var result = try server.download("-q", "--timeout", "100")
        while result.exitCode == 69 { result = try server.download("-q", "--timeout", "100") }
        #expect(result.output == "Empty Message\n")
    }

    /// More connections arrive at once than one turn accepts, and the server has room for all of them.
    @Test func aThousandConnectionsAtOnceAreAllServed() throws {
        let server = try ServerProcess()
        let clients = try (0..<1000).map { _ in try server.connect() }
        for (number, client) in clients.enumerated() { try client.send("[\"u\",\"message \(number)\"]\n") }
        for (number, client) in clients.enumerated() {
            #expect(try client.readLine()?.contains("\"message \(number)\"") == true)
        }
        for client in clients { client.close() }
        #expect(try server.stop() == .exit(0))
        #expect(server.log.split(separator: "\n").count { $0.hasSuffix(" activated") } == 1000)
    }
}
