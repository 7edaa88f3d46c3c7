import TestSupport
import Testing

/// A server that takes uploads from accounts only.
@Suite(.ownThreads) struct RequireAccountTests {
    @Test func theNamelessUploadNothing() throws {
        let server = try ServerProcess(["--require-account"])
        let refusal = #"["error",{"code":"not_permitted","message":"uploads need an account here"}]"#
        let nobody = try server.connect()
        for line in [#"["u","hello"]"#, #"["u",""]"#, #"["u",{"text":"hello","id":"7"}]"#] {
            #expect(try nobody.ask(line).line == refusal)
        }
        let guest = try server.guest("ana")
        #expect(try guest.ask(#"["u","hello"]"#).line == refusal)
        let original = try server.connect()
        try original.send("u\nhello")
        original.finishSending()
        #expect(try original.readsOnlyReset())
        let upload = try server.upload("hello")
        #expect(upload.exitCode == 77)
        #expect(upload.errors.contains("uploads need an account here"))
        #expect(try server.download("-q").output == "Empty Message\n")
        try server.awaitReports("was refused: not_permitted, uploads need an account here", count: 6)
    }

    @Test func accountsUploadAndEverybodyReads() throws {
        let server = try ServerProcess(["--require-account"])
        let follower = try server.connect()
        try follower.askOK(#"["follow",""]"#)
        let guest = try server.guest("guest")
        try guest.signUp("ana")
        #expect(try guest.askOK(#"["u","hello #ops"]"#).string("author") == "ana")
        #expect(try follower.next("tweet").string("author") == "ana")
        #expect(try server.download("-q").output == "hello #ops\n")
        // Private messages are not uploads.
        try server.guest("bob").askOK(#"["message",{"to":"ana","text":"psst"}]"#)
        let client = try server.connect()
        try client.send(
            TestConnection.credentials("login", "ana", "correct horse") + "\n" + #"["u",{"text":"two","author":"ana"}]"#
                + "\n")
        #expect(try client.next().name == "ana")
        #expect(try client.next().text == "two")
    }

    @Test(arguments: ["environment", "file"]) func theSettingIsReadFromElsewhereToo(place: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("require-account = yes\n", to: "config")
        let server = try ServerProcess(
            place == "file" ? ["--config", "config"] : [],
            environment: place == "file" ? [:] : ["TTWEET_REQUIRE_ACCOUNT": "1"], in: directory)
        #expect(try server.connect().ask(#"["u","hello"]"#).word == "not_permitted")
    }
}
