import CSystem
import Foundation
import TestSupport
import Testing

/// A server that runs out of places.
@Suite(.ownThreads) struct ServerExhaustionTests {
    private static let wrapper = ["sh", "-c", "ulimit -n 60; exec \"$@\"", "-"]
    /// The connections that 60 descriptors allow.
    private static let places = 30
    /// Four fifths of them are for connections that stay.
    private static let stays = 24

    /// Connects clients that take a name, as many as may stay, and silent ones for the other places.
    private func fill(_ server: ServerProcess) throws -> (named: [TestConnection], silent: [TestConnection]) {
        let named = try (0..<Self.stays).map { number in
            // Half of the places are for those of one address that stay.
            let client = try server.connect(from: number % 2 == 0 ? "127.0.0.1" : "127.0.0.2")
            #expect(try client.request("[\"name\",\"n\(number)\"]").isOK)
            return client
        }
        return (named, try (Self.stays..<Self.places).map { _ in try server.connect() })
    }

    private static func isBusy(_ line: String?) -> Bool { line?.contains(#""code":"busy""#) == true }

    /// One stranger's silent connections used to take all descriptors, and every honest client got `busy`.
    @Test func silentStrangersKeepNobodyOut() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        var crowd: [TestConnection] = []
        for number in 0..<100 {
            crowd.append(try server.connect())
            if number % 10 == 9 { #expect(try server.upload("served \(number)").exitCode == 0) }
        }
        #expect(try server.download("-q").output == "served 99\n")
        #expect(try crowd[0].readLine()?.contains("another connection needs its place") == true)
        #expect(try crowd[0].readLine() == nil)
    }

    @Test func theLastPlacesAreForRequests() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        let (named, silent) = try fill(server)
        for number in 0..<10 { #expect(try server.upload("served \(number)").exitCode == 0) }
        #expect(try server.download("-q").output == "served 9\n")
        #expect(Self.isBusy(try silent[0].readLine()))
        #expect(try silent[0].readLine() == nil)
        for client in named { #expect(try client.request("[\"u\",\"still served\"]").isOK) }
        // Both addresses have as many as a third one could get.
        let late = try server.connect(from: "127.0.0.1")
        #expect(Self.isBusy(try late.request(#"["name","late"]"#)))
    }

    @Test func clientsAreServedAgainOnceThereIsRoom() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        for _ in 0..<3 {
            let (named, silent) = try fill(server)
            for client in named + silent { client.close() }
            #expect(try server.download("-q").output == "Empty Message\n")
        }
        #expect(try server.upload("it works").exitCode == 0)
        #expect(try server.stop() == .exit(0))
    }

    /// Two thousand connections for which there is no room are closed in a moment, and leave a few reports.
    @Test func aFloodOfConnectionsCostsFewReports() throws {
        let server = try ServerProcess(wrapper: Self.wrapper)
        let (named, _) = try fill(server)
        let flood = try (0..<2000).map { _ in try server.connect() }
        // On a busy machine some have waited too long for their first line before their place is needed.
        for client in flood.dropLast(Self.places) { #expect(try client.readLine()?.hasPrefix(#"["error""#) == true) }
        try server.awaitReports("more reports about 127.0.0.1 are left out")
        #expect(server.log.split(separator: "\n").count { $0.contains("another connection needs its place") } < 200)
        for client in named { #expect(try client.request(#"["d",""]"#).isOK) }
        #expect(try server.download("-q", "--timeout", "100").output == "Empty Message\n")
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
