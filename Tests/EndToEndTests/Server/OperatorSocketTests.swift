import CSystem
import Foundation
import TestSupport
import Testing

/// The socket in the data directory, the only one on which the server accepts the operator's operations.
@Suite(.ownThreads) struct OperatorSocketTests {
    private func add(_ name: String, _ password: String = "correct horse") -> String {
        TestConnection.credentials("add_account", name, password)
    }

    @Test func theOperatorKeepsTheAccounts() throws {
        let server = try ServerProcess()
        let theOperator = try server.connectAsOperator()
        #expect(try theOperator.ask(add("Ana")).line == #"["ok",{}]"#)
        #expect(try theOperator.ask(add("ANA")).word == "name_taken")
        try server.login("ana").close()
        #expect(
            try theOperator.ask(TestConnection.credentials("reset_password", "ana", "battery staple")).line
                == #"["ok",{}]"#)
        #expect(
            try server.connect().ask(TestConnection.credentials("login", "ana", "correct horse")).word
                == "wrong_password")
        try server.login("ana", "battery staple").close()
        #expect(try theOperator.ask(#"["remove_account","aNA"]"#).line == #"["ok",{}]"#)
        #expect(try theOperator.ask(#"["remove_account","ana"]"#).word == "no_such_name")
        #expect(
            try theOperator.ask(TestConnection.credentials("reset_password", "ana", "battery staple")).word
                == "no_such_name")
        #expect(try server.connect().ask(#"["name","ana"]"#).operation == "ok")
        for text in ["Ana was added by the operator", "ana got a new password from", "aNA was removed by"] {
            #expect(try server.awaitReports(text)[0].hasPrefix("SERVER [GENERAL] "))
        }
    }

    @Test func aNameThatAGuestHasIsNotGivenAway() throws {
        let server = try ServerProcess()
        let guest = try server.guest("ana")
        let theOperator = try server.connectAsOperator()
        #expect(try theOperator.ask(add("ana")).word == "name_taken")
        guest.close()
        try server.awaitReports("ana left from")
        #expect(try theOperator.ask(add("ana")).operation == "ok")
    }

    @Test func nobodyElseMayDoThat() throws {
        let server = try ServerProcess()
        _ = try server.account("bob")
        let lines = [
            add("ana"), TestConnection.credentials("reset_password", "bob", "battery staple"),
            #"["remove_account","bob"]"#,
        ]
        for client in [try server.connect(), try server.guest("guest"), try server.login("bob")] {
            for line in lines { #expect(try client.ask(line).word == "not_permitted") }
        }
        try server.login("bob").close()
    }

    @Test func whoIsLoggedInToARemovedAccountIsToldAndCutOff() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let others = try (0..<3).map { _ in try server.login("ana") }
        try others[0].askOK(#"["join",""]"#)
        try others[1].askOK(#"["follow",""]"#)
        let watcher = try server.guest("watcher")
        let bystander = try server.account("anabel")
        try server.connectAsOperator().askOK(#"["remove_account","ana"]"#)
        for client in [ana] + others {
            let line = try client.next("error")
            #expect(line.line == #"["error",{"code":"not_permitted","message":"the account was removed"}]"#)
            #expect(try client.readLine() == nil)
        }
        #expect(try watcher.next("left").name == "ana")
        #expect(try watcher.ask(#"["who","ana"]"#).word == "no_such_name")
        #expect(try bystander.askOK(#"["u","hello"]"#).string("author") == "anabel")
    }

    @Test func whoSignsUpWithARemovedNameSeesNothingOfTheOld() throws {
        let server = try ServerProcess()
        let bob = try server.account("bob")
        let old = try server.account("ana")
        let first = try #require(try bob.askOK(#"["message",{"to":"ana","text":"for the old"}]"#).sequence)
        let second = try #require(try bob.askOK(#"["message",{"to":"ana","text":"for the old too"}]"#).sequence)
        try old.askOK("[\"read\",{\"seqs\":[\(first)]}]")
        try old.askOK(#"["message",{"to":"bob","text":"from the old"}]"#)
        try old.askOK(#"["hide",""]"#)
        try server.connectAsOperator().askOK(#"["remove_account","ana"]"#)
        let new = try server.connect()
        #expect(try new.signUp("ana").number("pending") == 0)
        for request in [
            #"["inbox",""]"#, #"["inbox",{"archive":true}]"#, #"["inbox",{"since":0}]"#, #"["sent",""]"#,
            #"["sent",{"since":0}]"#,
        ] { #expect(try new.list(request).isEmpty) }
        #expect(try new.askOK("[\"read\",{\"seqs\":[\(first),\(second)]}]").number("count") == 0)
        try new.askOK(#"["join",""]"#)
        #expect(try bob.askOK(#"["who","ana"]"#).string("status") == "online", "it is not hidden")
        #expect(try bob.list(#"["inbox",""]"#).map(\.text) == ["from the old"], "what others got is theirs")
        try bob.askOK(#"["message",{"to":"ana","text":"for the new"}]"#)
        #expect(try new.next("message").text == "for the new")
        #expect(try new.list(#"["inbox",""]"#).map(\.text) == ["for the new"])
    }

    // MARK: The socket

    @Test func onlyItsOwnerOpensTheSocket() throws {
        let server = try ServerProcess()
        var status = stat()
        #expect(lstat(server.controlPath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(csystem_is_socket(status.st_mode))
        try server.stop()
        #expect(lstat(server.controlPath, &status) != 0, "it goes with the server")
    }

    @Test func aSocketThatAKilledServerHasLeftIsReplaced() throws {
        let first = try ServerProcess()
        try first.connectAsOperator().askOK(add("ana"))
        try first.kill()
        #expect(FileManager.default.fileExists(atPath: first.controlPath))
        let second = try ServerProcess(in: first.directory)
        try second.connectAsOperator().askOK(#"["remove_account","ana"]"#)
        try second.stop()
        #expect(!FileManager.default.fileExists(atPath: first.controlPath))
    }

    @Test func theSocketSpeaksTheSameProtocol() throws {
        let server = try ServerProcess()
        let client = try server.connectAsOperator()
        try client.askOK(#"["u","hello"]"#)
        #expect(try client.ask(#"["d",""]"#).text == "hello")
        #expect(try client.ask(#"["name","ana"]"#).word == "already_named")
        #expect(try client.ask(#"["join",""]"#).word == "name_needed")
        #expect(try client.ask(#"["shout",""]"#).word == "unknown_operation")
        try server.awaitReports("client the operator was refused")
    }
}
