import CSystem
import Foundation
import TestSupport
import Testing

/// A server that runs out of places: idle strangers give theirs, and whoever has a name keeps it.
@Suite(.ownThreads) struct ServerExhaustionTests {
    private static let wrapper = ["sh", "-c", "ulimit -n 60; exec \"$@\"", "-"]
    /// The connections that 60 descriptors allow.
    private static let places = 30
    private static let busy =
        #"["error",{"code":"busy","message":"the server has no room for another connection","retry_after":1}]"#

    private static func isOK(_ line: String?) -> Bool {
        line?.hasPrefix(#"["ok""#) == true
    }

    /// Connects clients that take a name, as many as there are places.
    private func fill(_ server: ServerProcess) throws -> [TestConnection] {
        try (0..<Self.places).map { number in
            // Half of the places are for those of one address that stay.
            let client = try server.connect(from: number < Self.places / 2 ? "127.0.0.1" : "127.0.0.2")
            #expect(Self.isOK(try client.request("[\"name\",\"n\(number)\"]")))
            return client
        }
    }

    /// One stranger's silent connections used to take all descriptors, and every honest client got `busy`.
    @Test func silentStrangersKeepNobodyOut() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        var crowd: [TestConnection] = []
        for number in 0..<100 {
            crowd.append(try server.connect())
            if number % 10 == 9 { #expect(try server.upload("served \(number)").exitCode == 0) }
        }
        #expect(try server.download("-q").output == "served 99\n")
        #expect(try crowd[0].readLine()?.contains("another one needs its place") == true)
        #expect(try crowd[0].readLine() == nil)
    }

    @Test func aClientForWhichThereIsNoRoomIsToldSoAndTheOthersAreServed() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        let clients = try fill(server)
        let refused = try server.connect()
        #expect(try refused.readLine() == Self.busy)
        #expect(try refused.readLine() == nil)
        for client in clients { #expect(Self.isOK(try client.request("[\"u\",\"still served\"]"))) }
        try server.awaitReports("was refused: busy, no connection can be closed for it")
        let result = try server.download()
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("the server has no room for another connection (busy)"))
    }

    @Test func clientsAreServedAgainOnceThereIsRoom() throws {
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

    /// Two thousand clients for which there is no room are told so in a moment, and leave a few reports.
    @Test func aFloodOfConnectionsCostsFewReports() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        let clients = try fill(server)
        let flood = try (0..<2000).map { _ in try server.connect() }
        for client in flood { #expect(try client.readLine() == Self.busy) }
        try server.awaitReports("more reports about 127.0.0.1 are left out")
        #expect(server.log.split(separator: "\n").count { $0.contains("was refused: busy") } < 200)
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
