import Foundation
import TestSupport
import Testing

/// Clients that send requests and do not read: they use bounded memory, delay nobody and are disconnected.
@Suite(.ownThreads) struct StalledClientTests {
    private static func isOK(_ line: String?) -> Bool {
        line?.hasPrefix(#"["ok""#) == true
    }

    /// A server with messages of the maximum length, so that its lists are as long as possible.
    private func server() throws -> (ServerProcess, TestConnection) {
        let server = try ServerProcess()
        let client = try server.connect()
        let text = "e" + String(repeating: "\u{301}", count: 1000) + "#" + String(repeating: "x", count: 140)
        for _ in 0..<50 { #expect(Self.isOK(try client.request("[\"u\",\"\(text)\"]"))) }
        return (server, client)
    }

    /// Connects clients that ask for much more than the sockets hold and do not read it.
    ///
    /// Their sockets are small: the server would else write some hundred megabytes before all of them are stalled.
    private func stall(_ server: ServerProcess, clients count: Int) throws -> [TestConnection] {
        try (0..<count).map { _ in
            let client = try TestConnection(port: server.port, receiveBuffer: 4096)
            let requests = Array(repeating: Array((#"["d",{"count":1000}]"# + "\n").utf8), count: 2000).joined()
            try client.sendSome(Array(requests)[...])
            return client
        }
    }

    /// This test takes the full thirty seconds after which the server disconnects such a client.
    @Test(.enabled(if: !Sanitizer.isOn, "a sanitizer's memory is not the server's"))
    func theyCostBoundedMemoryAndAreDisconnected() throws {
        let (server, other) = try server()
        // The first clients also cause memory use that happens only once, such as caches.
        for client in try stall(server, clients: 4) {
            #expect(try client.readChunk(atMost: 1).count == 1)
            client.close()
        }
        try server.awaitReports(" disconnected", count: 4)
        let before = try server.memory()
        let clients = try stall(server, clients: 16)
        for client in clients { #expect(try client.readChunk(atMost: 1).count == 1) }
        for _ in 0..<500 { #expect(Self.isOK(try other.request(#"["d",""]"#))) }
        let growth = try server.memory() - before
        #expect(growth < clients.count * 65_536, "\(growth / clients.count) bytes a connection")
        let stalled = try server.awaitReports("did not read what it was sent", count: clients.count)
        #expect(stalled.allSatisfy { $0.hasPrefix("SERVER [ERROR] ") })
        #expect(Self.isOK(try other.request(#"["d",""]"#)))
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
            #expect(Self.isOK(try other.request(#"["d",""]"#)))
            answered += 1
        }
        #expect(answered > 20)
        #expect(gathered.access { $0?.lines.count } == lists * 51)
    }
}
