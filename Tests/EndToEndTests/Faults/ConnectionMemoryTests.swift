import Foundation
import TestSupport
import Testing
import TweetWire

/// The most memory that connections cost, whatever they hold.
@Suite(.ownThreads, .enabled(if: !Sanitizer.isOn, "a sanitizer's memory is not the server's"))
struct ConnectionMemoryTests {
    /// A kind of state that a client can make the server hold for it.
    enum State: CaseIterable {
        case partialLine, partialMessage, followedTags, tweetList, hashtagList, missedTweets, everything
    }

    /// The most bytes for each connection.
    private static let most = 65_536
    private static let clients = 8
    /// The rest of a long hashtag.
    private static let tag = String(repeating: "界", count: 100)

    /// Long hashtags, together as many bytes as one connection may follow.
    private static let follows = (0..<WireLimits.followedTags).map { number in
        let tag = "#t\(number)x" + String(repeating: "y", count: 64)
        return "[\"follow\",\"\(tag.prefix(WireLimits.followedTagBytes / WireLimits.followedTags))\"]\n"
    }.joined()

    private static let upgrade =
        "GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    private static let partialLine = "[\"u\",\"" + String(repeating: "x", count: WireLimits.lineBytes - 20)

    private func client(of server: ServerProcess, in state: State) throws -> TestConnection {
        let client = try server.connectSlowly()
        switch state {
        case .partialLine: try client.send(Self.partialLine)
        case .partialMessage:
            try client.send(Self.upgrade)
            while let line = try client.readLine(), line != "\r" {}
            // Fragments that are kept, and a frame that is not whole.
            var frame = ClientFrame(1, [UInt8](repeating: 0x20, count: 4000), isFinal: false).bytes
            frame += ClientFrame(0, [UInt8](repeating: 0x20, count: 4000)).bytes.dropLast()
            try client.send(frame)
        case .followedTags:
            try client.send(Self.follows)
            for _ in 0..<WireLimits.followedTags { #expect(try client.readLine().isOK) }
        case .tweetList: try client.stall(with: #"["d",{"count":1000}]"#)
        case .hashtagList: try client.stall(with: #"["tags",{"count":1000}]"#)
        case .missedTweets: try client.stall(with: #"["follow",{"tag":"","since":0}]"#)
        case .everything:
            try client.send(Self.follows)
            for _ in 0..<WireLimits.followedTags { #expect(try client.readLine().isOK) }
            try client.send("[\"name\",\"n\(client.number)\"]\n")
            #expect(try client.readLine().isOK)
            try client.stall(with: #"["d",{"count":1000}]"#)
        }
        return client
    }

    @Test(arguments: State.allCases) func aConnectionCostsBoundedMemory(state: State) throws {
        let server = try ServerProcess()
        let other = try server.connect()
        try server.fill(200, from: other) { number, long in "\(number) \(long) #n\(number)\(Self.tag)" }
        // The first clients also cause memory use that happens only once, such as caches.
        let first = try (0..<2).map { _ in try client(of: server, in: state) }
        for _ in 0..<20 { #expect(try other.request(#"["d",""]"#).isOK) }
        let before = try server.memory()
        let clients = try (0..<Self.clients).map { _ in try client(of: server, in: state) }
        for _ in 0..<50 { #expect(try other.request(#"["d",""]"#).isOK) }
        let growth = try server.memory() - before
        #expect(growth < Self.clients * Self.most, "\(growth / Self.clients) bytes a connection")
        withExtendedLifetime(first + clients) {}
    }
}
