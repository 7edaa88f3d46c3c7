import CSystem
import Foundation
import TestSupport
import Testing

/// A client written for the original server: plain sockets, the packet `u` LF text or `d` LF.
@Suite(.ownThreads) struct OriginalClientTests {
    /// Downloads as the original did: sends the packet and reads until the server closes.
    private func download(_ server: ServerProcess) throws -> String {
        let client = try server.connect()
        try client.send("d\n")
        return try client.readToEnd()
    }

    @Test func aDownloadIsAnsweredWithTheBareTextAndAClose() throws {
        let server = try ServerProcess()
        #expect(try download(server) == "Empty Message")
        #expect(try server.upload("hello #ops").exitCode == 0)
        #expect(try download(server) == "hello #ops")
    }

    @Test func anUploadIsTheTextUpToTheEndOfTheStream() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("u\nfrom the original #old")
        client.finishSending()
        // The server sends no answer, and closes the connection when the message is stored.
        #expect(try client.readToEnd() == "")
        #expect(try download(server) == "from the original #old")
        #expect(try server.download("old", "-q").output == "from the original #old\n")
    }

    @Test func anUploadByWhoClosesAtOnceIsStored() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("u\nsent and gone")
        client.close()
        try server.awaitReports("message 2 received from 127.0.0.1:")
        #expect(try download(server) == "sent and gone")
    }

    @Test func anEmptyUploadResets() throws {
        let server = try ServerProcess()
        #expect(try server.upload("before").exitCode == 0)
        let client = try server.connect()
        try client.send("u\n")
        client.finishSending()
        #expect(try client.readToEnd() == "")
        #expect(try download(server) == "Empty Message")
    }

    @Test(arguments: ["u\nin pieces of one byte\n", "d\n"]) func aPacketMayComeInPieces(packet: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        for byte in packet.utf8 { try client.send([byte]) }
        if packet.hasPrefix("u") { client.finishSending() }
        #expect(try client.readToEnd() == (packet.hasPrefix("u") ? "" : "Empty Message"))
        #expect(try download(server) == (packet.hasPrefix("u") ? "in pieces of one byte" : "Empty Message"))
    }

    /// The original client takes anything that it reads for success, even the end of the stream.
    @Test(arguments: [
        ("u\n" + String(repeating: "x", count: 151), "too_long"), ("u\ntwo\nlines", "forbidden_character"),
        ("u\n" + String(repeating: "x", count: 9000), "too_long"),
    ])
    func aRefusedUploadIsResetAndSaysNothing(packet: String, code: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send(packet)
        client.finishSending()
        #expect(try client.readsOnlyReset())
        try server.awaitReports("was refused: \(code), ")
        #expect(try download(server) == "Empty Message")
    }

    @Test func anUploadThatNeedsAnAccountIsReset() throws {
        let server = try ServerProcess(["--require-account"])
        let client = try server.connect()
        try client.send("u\nhello")
        client.finishSending()
        #expect(try client.readsOnlyReset())
    }

    @Test func anUploadThatHasBegunIsResetWhenTheServerStops() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("u\nhalf a mess")
        // The server has read the half message by then, since it serves connections in the order of their bytes.
        #expect(try download(server) == "Empty Message")
        server.signal(SIGTERM)
        #expect(try client.readsOnlyReset())
    }

    @Test func anUploadThatHasBegunIsResetWhenTheServerIsKilled() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("u\nhalf a mess")
        #expect(try download(server) == "Empty Message")
        try server.kill()
        #expect(try client.readsOnlyReset())
    }

    @Test func whatBothKindsOfClientsSayIsOneConversation() throws {
        let server = try ServerProcess()
        #expect(try server.upload("from ttweetcl").exitCode == 0)
        #expect(try download(server) == "from ttweetcl")
        let client = try server.connect()
        try client.send("u\nfrom the original")
        client.finishSending()
        #expect(try client.readToEnd() == "")
        #expect(try server.download().output == "Received Message: from the original\nTransmission Successfull...\n")
    }
}
