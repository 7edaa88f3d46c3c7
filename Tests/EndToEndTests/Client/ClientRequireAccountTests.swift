import Foundation
import TestSupport
import Testing

/// ttweetcl with a server that takes uploads from accounts only.
@Suite(.ownThreads) struct ClientRequireAccountTests {
    private static let refusal = #"["error",{"code":"not_permitted","message":"uploads need an account here"}]"#

    private func server() throws -> ServerProcess {
        let server = try ServerProcess(["--require-account"])
        try server.signUp("ana")
        return server
    }

    private func expectNothingStored(_ server: ServerProcess) throws {
        #expect(try server.download("-n", "9", "-q").output == "Empty Message\n")
    }

    @Test func anAccountsUploadIsTaken() throws {
        let server = try server()
        #expect(try server.client(as: "ana", "-u", "mine #x").output == "Transmission Successfull...\n")
        #expect(try server.download("-q").output == "mine #x\n")
        #expect(try server.download("x", "-q").output == "mine #x\n")
        #expect(try server.client(as: "ana", "-u", "").exitCode == 0)
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test(arguments: ["a message", ""]) func theNamelessAreRefused(text: String) throws {
        let server = try server()
        #expect(try server.client(as: "ana", "-u", "before").exitCode == 0)
        let result = try server.upload(text)
        #expect(result.exitCode == 77)
        #expect(result.output == "")
        #expect(result.errors.contains("the server says: uploads need an account here (not_permitted)"))
        #expect(try server.download("-n", "9", "-q").output == "before\n")
        try server.awaitReports("not_permitted")
    }

    @Test func aWrongPasswordDoesNotHelp() throws {
        let server = try server()
        #expect(try server.client(as: "ana", "-u", "x", password: "a wrong horse").exitCode == 77)
        try expectNothingStored(server)
    }

    @Test func guestsAreRefused() throws {
        let server = try server()
        let guest = try server.connect()
        #expect(try guest.request(#"["name","gus"]"#)?.hasPrefix(#"["ok""#) == true)
        #expect(try guest.request(#"["u","as a guest"]"#) == Self.refusal)
        #expect(try guest.request(#"["u",{"text":"as a guest","author":"gus"}]"#) == Self.refusal)
        try expectNothingStored(server)
    }

    @Test(arguments: ["u\nfrom the original", "u\n"]) func theOriginalPacketIsRefused(packet: String) throws {
        let server = try server()
        let client = try server.connect()
        try client.send(packet)
        client.finishSending()
        #expect(try client.readsOnlyReset())
        try expectNothingStored(server)
    }

    @Test func readingAndTheAccountsOwnOperationsGoOn() throws {
        let server = try server()
        #expect(try server.client(as: "ana", "-u", "hello").exitCode == 0)
        #expect(try server.client("-d", "-q").output == "hello\n")
        #expect(try server.client("-d", "--wait", "--since", "0", "-q").output == "hello\n")
        #expect(try server.client("--who").output == "ana offline\n")
        let original = try server.connect()
        try original.send("d\n")
        #expect(try original.readToEnd() == "hello")
        // A client that signs up may upload from then on.
        let client = try server.connect()
        #expect(try client.request(#"["u","too early"]"#) == Self.refusal)
        let credentials = #"{"name":"bob","password":"correct horse"}"#
        #expect(try client.request("[\"signup\",\(credentials)]")?.hasPrefix(#"["ok""#) == true)
        #expect(try client.request(#"["u","in time"]"#)?.contains(#""author":"bob""#) == true)
    }
}
