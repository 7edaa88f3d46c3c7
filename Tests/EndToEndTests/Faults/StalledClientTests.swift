import Foundation
import TestSupport
import Testing

/// Clients that send requests and do not read: they use bounded memory, delay nobody and are disconnected.
@Suite(.ownThreads) struct StalledClientTests {
    /// A server with messages of the maximum length, so that its lists are as long as possible.
    private func server() throws -> (ServerProcess, TestConnection) {
        let server = try ServerProcess()
        let client = try server.connect()
        try server.fill(50, from: client) { _, long in long + "#" + String(repeating: "x", count: 140) }
        return (server, client)
    }

    /// Connects clients that ask for lists and do not read them.
    private func stalledClients(_ count: Int, of server: ServerProcess) throws -> [TestConnection] {
        try (0..<count).map { _ in
            let client = try server.connectSlowly()
            try client.stall(with: #"["d",{"count":1000}]"#)
            return client
        }
    }

    /// This test takes the full thirty seconds after which the server disconnects such a client.
    @Test(.enabled(if: !Sanitizer.isOn, "a sanitizer's memory is not the server's"))
    func theyCostBoundedMemoryAndAreDisconnected() throws {
        let (server, other) = try server()
        // The first clients also cause memory use that happens only once, such as caches.
        for client in try stalledClients(4, of: server) { client.close() }
        try server.awaitReports(" disconnected", count: 4)
        let before = try server.memory()
        let clients = try stalledClients(16, of: server)
        for _ in 0..<500 { #expect(try other.request(#"["d",""]"#).isOK) }
        let growth = try server.memory() - before
        #expect(growth < clients.count * 65_536, "\(growth / clients.count) bytes a connection")
        let stalled = try server.awaitReports("did not read what it was sent", count: clients.count)
        #expect(stalled.allSatisfy { $0.hasPrefix("SERVER [ERROR] ") })
        #expect(try other.request(#"["d",""]"#).isOK)
    }

    /// A client that reads as fast as the server writes gets its turn, and no more.
    @Test func whoDownloadsALotHoldsUpNobody() throws {
        let (server, other) = try server()
        let client = try server.connect()
        let lists = 100
        try client.send(String(repeating: #"["d",{"count":1000}]"# + "\n", count: lists))
        client.finishSending()
        #expect(try client.readChunk(atMost: 1).count == 1)
        let gathered = client.gatherLines()
        // Without turns, the server would answer the first of these requests only after the last list.
        var answered = 0
        while gathered.access({ $0 == nil }) {
            #expect(try other.request(#"["d",""]"#).isOK)
            answered += 1
        }
        #expect(answered > 20)
        #expect(gathered.access { $0?.lines.count } == lists * 51)
    }
}
