import Foundation
import TestSupport
import Testing

/// Private messages: they reach their recipients, wait for absent ones, and stay private.
@Suite(.ownThreads) struct ServerMessageTests {
    private func message(_ to: String..., text: String, id: String? = nil) -> String {
        let names = to.map { "\"\($0)\"" }.joined(separator: ",")
        return "[\"message\",{\"to\":[\(names)],\"text\":\"\(text)\"\(id.map { ",\"id\":\"\($0)\"" } ?? "")}]"
    }

    private func inbox(_ client: TestConnection) throws -> [ServerLine] { try client.list(#"["inbox",""]"#) }

    // MARK: Sending

    @Test func aMessageGoesToSeveralAtOnceAndWaitsUntilItIsRead() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("Bob")
        let eva = try server.account("eva")
        let other = try server.login("eva")
        for client in [eva, other] { try client.askOK(#"["join",""]"#) }
        let sent = try ana.askOK(message("BOB", "eva", "bob", text: "psst \\\"ü\\\""))
        #expect(sent.strings("to") == ["Bob", "eva"], "each once, as they are spelled")
        #expect(sent.string("from") == "ana")
        #expect(sent.text == "psst \"ü\"")
        #expect(sent.line.hasSuffix(#","read":null,"account":true}]"#))
        for client in [eva, other] {
            #expect(try client.next("message").line == sent.line.replacing("[\"ok\",", with: "[\"message\","))
        }
        for client in [bob, eva] {
            let pending = try inbox(client)
            #expect(pending.map(\.line) == [sent.line.replacing("[\"ok\",", with: "[\"part\",")])
        }
        #expect(try server.connect().logIn("bob").number("pending") == 1)
        let sequence = try #require(sent.sequence)
        #expect(try bob.askOK("[\"read\",{\"seqs\":[\(sequence),\(sequence)]}]").number("count") == 1)
        #expect(try bob.askOK("[\"read\",{\"seqs\":[\(sequence)]}]").number("count") == 0)
        #expect(try inbox(bob).isEmpty)
        #expect(try inbox(eva).count == 1)
        #expect(try server.connect().logIn("bob").number("pending") == 0)
        // The sender sees which recipients have read the message, and when.
        let list = try ana.list(#"["sent",""]"#)
        #expect(list.map { $0.strings("to") } == [["Bob"], ["eva"]])
        #expect(list.map { $0.string("read") != nil } == [true, false])
        let archive = try bob.list(#"["inbox",{"archive":true}]"#)
        #expect(archive.map(\.sequence) == [sequence])
        #expect(archive[0].string("read") == list[0].string("read"))
    }

    @Test func whereOneNameIsNobodysNobodyGetsIt() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        let guest = try server.guest("guest")
        try bob.askOK(#"["join",""]"#)
        let refused = try ana.ask(message("bob", "guest", "nobody", text: "psst"))
        #expect(refused.line == #"["error",{"code":"no_such_name","message":"there is nobody called nobody"}]"#)
        #expect(try ana.ask(message("nobody", text: "psst")).word == "no_such_name")
        #expect(try ana.ask(message("Server", text: "psst")).word == "no_such_name")
        #expect(try ana.ask(message("bob", "ANA", text: "psst")).word == "to_oneself")
        #expect(try guest.ask(message("Guest", text: "psst")).word == "to_oneself")
        // The refused messages went to nobody, so this message arrives first.
        try ana.askOK(message("bob", "guest", text: "at last"))
        #expect(try bob.next("message").text == "at last")
        #expect(try guest.next("message").text == "at last")
        #expect(try inbox(bob).map(\.text) == ["at last"])
        #expect(try ana.list(#"["sent",""]"#).count == 1)
    }

    @Test func listsNameAccountsAndNoGuests() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        let guest = try server.guest("guest")
        let sent = try ana.askOK(message("bob", "guest", text: "psst"))
        #expect(sent.strings("to") == ["bob", "guest"])
        #expect(try guest.next("message").strings("to") == ["bob", "guest"])
        #expect(try inbox(bob).map { $0.strings("to") } == [["bob"]])
        #expect(try ana.list(#"["sent",""]"#).map { $0.strings("to") } == [["bob"]])
    }

    @Test func aGuestGetsItNowOrNever() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let guest = try server.connect()
        try guest.askOK(#"["name","Guest"]"#)
        #expect(try ana.ask(message("guest", text: "psst")).word == "no_such_name", "it is not here")
        try guest.askOK(#"["join",""]"#)
        let sent = try ana.askOK(message("guest", text: "psst"))
        #expect(sent.line.hasPrefix(#"["ok",{"seq":null,"#))
        #expect(sent.strings("to") == ["Guest"])
        #expect(try guest.next("message").line == sent.line.replacing("[\"ok\",", with: "[\"message\","))
        #expect(try ana.list(#"["sent",""]"#).isEmpty, "it was not stored")
        // A guest can send too; an answer is refused once the guest has left.
        try guest.askOK(message("ana", text: "thanks"))
        #expect(try inbox(ana).map { $0.string("from") } == ["Guest"])
        guest.close()
        try server.awaitReports("Guest left from")
        #expect(try ana.ask(message("Guest", text: "psst")).word == "no_such_name")
        let thief = try server.guest("guest")
        #expect(try thief.ask(#"["inbox",""]"#).word == "account_needed")
        try thief.signUp("guest")
        #expect(try inbox(thief).isEmpty)
        #expect(try thief.list(#"["sent",""]"#).isEmpty, "what an earlier guest of the name has sent")
    }

    @Test func aTextIsHeldToTheSameRulesAsATweets() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        _ = try server.account("bob")
        for (text, word) in [
            (String(repeating: "é", count: 150), "ok"), (String(repeating: "é", count: 151), "too_long"),
            ("", "bad_body"), ("a\\u0007", "forbidden_character"), ("\\u202e", "forbidden_character"),
        ] { #expect(try ana.ask(message("bob", text: text)).word == word) }
        let names = (0..<17).map { "\"n\($0)\"" }.joined(separator: ",")
        #expect(try ana.ask("[\"message\",{\"to\":[\(names)],\"text\":\"x\"}]").word == "bad_body")
    }

    // MARK: Waiting

    @Test(arguments: [false, true]) func whatIsPendingWaitsAcrossARestart(wasKilled: Bool) throws {
        let first = try ServerProcess()
        let ana = try first.account("ana")
        _ = try first.account("bob")
        var sequences: [Int?] = []
        for number in 0..<3 { sequences.append(try ana.askOK(message("bob", text: "number \(number)")).sequence) }
        // The server ends right after its last `ok`.
        if wasKilled { try first.kill() } else { try first.stop() }
        let server = try ServerProcess(in: first.directory)
        let bob = try server.connect()
        #expect(try bob.logIn("bob").number("pending") == 3)
        #expect(try inbox(bob).map(\.sequence) == sequences)
        try bob.askOK("[\"read\",{\"seqs\":[\(try #require(sequences[1]))]}]")
        try server.kill()
        let third = try ServerProcess(in: first.directory)
        #expect(try inbox(third.login("bob")).map(\.sequence) == [sequences[0], sequences[2]])
        #expect(try third.login("ana").list(#"["sent",""]"#).map { $0.string("read") != nil } == [false, true, false])
    }

    /// Acknowledged messages survive a kill, and wait once each and in order.
    @Test func whatWasAcknowledgedWaitsWhateverHappensToTheServer() throws {
        let directory = try TemporaryDirectory()
        var acknowledged: [String] = []
        for round in 0..<6 {
            let server = try ServerProcess(in: directory)
            let ana = try round == 0 ? server.account("ana") : server.login("ana")
            let bob = try round == 0 ? server.account("bob") : server.login("bob")
            try bob.askOK(#"["join",""]"#)
            let lines = (0..<200).map { message("bob", text: "round \(round) number \($0)", id: "\(round).\($0)") }
            Thread.detachNewThread { try? ana.send(lines.joined(separator: "\n") + "\n") }
            for number in 0..<round * 25 + 1 {
                #expect(try ana.next().operation == "ok")
                acknowledged.append("round \(round) number \(number)")
            }
            try server.kill()
        }
        let server = try ServerProcess(in: directory)
        let texts = try inbox(server.login("bob")).map(\.text)
        #expect(texts.filter { Set(acknowledged).contains($0) } == acknowledged)
        #expect(Set(texts).count == texts.count)
    }

    @Test func aMessageThatIsSentAgainIsStoredAndDeliveredOnce() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        try bob.askOK(#"["join",""]"#)
        let line = message("bob", text: "once", id: "7")
        let first = try ana.askOK(line)
        #expect(try ana.askOK(line).line == first.line)
        try server.kill()
        let second = try ServerProcess(in: server.directory)
        let again = try second.login("ana")
        #expect(try again.askOK(line).line == first.line)
        #expect(try again.ask(message("bob", text: "another", id: "7")).word == "id_reused")
        #expect(try again.ask(#"["u",{"text":"once","id":"7"}]"#).word == "id_reused")
        try again.askOK(message("bob", text: "last"))
        #expect(try inbox(second.login("bob")).map(\.text) == ["once", "last"])
        #expect(try bob.next("message").text == "once")
        #expect(try bob.readLine() == nil, "the second was no delivery")
    }

    // MARK: Pages

    @Test func listsComeInPages() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        let filler = String(repeating: "x", count: 100)
        var sequences: [Int] = []
        for number in 0..<120 {
            sequences.append(try #require(try ana.askOK(message("bob", text: "\(number) \(filler)")).sequence))
        }
        #expect(try inbox(bob).compactMap(\.sequence) == sequences)
        let page = { (request: String) in try bob.list(request).compactMap(\.sequence) }
        #expect(try page(#"["inbox",{"count":5}]"#) == Array(sequences.prefix(5)), "the oldest of the pending")
        #expect(try page("[\"inbox\",{\"since\":\(sequences[4]),\"count\":5}]") == Array(sequences[5..<10]))
        let read = sequences.prefix(60).map(String.init).joined(separator: ",")
        #expect(try bob.askOK("[\"read\",{\"seqs\":[\(read)]}]").number("count") == 60)
        #expect(try page(#"["inbox",""]"#) == Array(sequences[60...]))
        #expect(try page(#"["inbox",{"archive":true,"count":5}]"#) == Array(sequences[55..<60]), "the newest")
        #expect(try page(#"["inbox",{"archive":true,"since":0,"count":5}]"#) == Array(sequences.prefix(5)))
        #expect(try ana.list(#"["sent",{"count":3}]"#).compactMap(\.sequence) == Array(sequences.suffix(3)))
        #expect(try page(#"["sent",""]"#) == [])
        var walked: [Int] = []
        while true {
            let next = try page("[\"inbox\",{\"since\":\(walked.last ?? 0),\"count\":7}]")
            if next.isEmpty { break }
            walked += next
        }
        #expect(walked == Array(sequences[60...]))
    }

    // MARK: Privacy

    @Test func nobodyElseReadsAMessageOverAnyOperation() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        let eva = try server.account("eva")
        try eva.askOK(#"["join",""]"#)
        try eva.askOK(#"["follow",""]"#)
        let guest = try server.guest("guest")
        let theOperator = try server.connectAsOperator()
        let secret = "theSecretText"
        let sent = try ana.askOK(message("bob", text: "\(secret) #ops", id: "7"))
        let sequence = try #require(sent.sequence)
        for client in [eva, guest, theOperator, try server.connect()] {
            let gathered = client.gatherLines()
            let requests = [
                #"["d",""]"#, #"["d","ops"]"#, #"["d",{"since":0}]"#, #"["d",{"tag":"ops","count":9}]"#,
                #"["follow",{"since":0}]"#, #"["follow",{"tag":"ops","since":0}]"#, #"["inbox",""]"#,
                #"["inbox",{"archive":true}]"#, #"["inbox",{"since":0}]"#, #"["sent",""]"#, #"["who",""]"#,
                #"["who","bob"]"#, "[\"read\",{\"seqs\":[\(sequence)]}]", message("bob", text: "x", id: "7"),
                #"["u",{"text":"x","id":"7"}]"#, #"["u",{"text":"","id":"7"}]"#,
            ]
            try client.send(requests.joined(separator: "\n") + "\n")
            client.finishSending()
            let lines = try #require(gathered.wait { $0?.lines })
            #expect(lines.count >= requests.count)
            #expect(!lines.contains { $0.contains(secret) })
        }
        #expect(try inbox(bob).map(\.sequence) == [sequence], "and nobody has marked it as read")
        #expect(!server.log.contains(secret))
        #expect(!server.reports.joined().contains(secret))
    }

    @Test func onlyWhoGotAMessageMarksItAsRead() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        let sequence = try #require(try ana.askOK(message("bob", text: "psst")).sequence)
        let tweet = try #require(try ana.askOK(#"["u","hello"]"#).sequence)
        let seqs = "[\"read\",{\"seqs\":[0,-1,\(tweet),9223372036854775807,\(sequence)]}]"
        #expect(try ana.askOK(seqs).number("count") == 0)
        #expect(try inbox(bob).count == 1)
        #expect(try bob.askOK(seqs).number("count") == 1)
    }
}

/// A disk that fills up while clients use the server.
@Suite(.ownThreads, .enabled(if: MountNamespace.isPermitted, "a mount name space of its own is not permitted here"))
struct PeopleFullDiskTests {
    @Test func whatIsNotStoredIsNotDeliveredAndNobodyIsHalfSignedUp() throws {
        let server = try ServerProcess(data: "disk/data", wrapper: MountNamespace.wrapper(size: "8m"))
        let ana = try server.account("ana")
        let bob = try server.account("bob")
        try bob.askOK(#"["join",""]"#)
        try server.onDisk("cat /dev/zero > disk/filler")
        let filler = String(repeating: "x", count: 100)
        var sent = 0
        while true {
            let answer = try ana.ask("[\"message\",{\"to\":\"bob\",\"text\":\"\(sent) \(filler)\"}]")
            if answer.operation != "ok" {
                #expect(
                    answer.line == #"["error",{"code":"unavailable","message":"not stored: database or disk is full"}]"#
                )
                break
            }
            sent += 1
            try #require(sent < 5000, "the disk does not fill up")
        }
        let other = try server.connect()
        #expect(try other.ask(TestConnection.credentials("signup", "eva", "correct horse")).word == "unavailable")
        #expect(try other.ask(#"["who","eva"]"#).word == "no_such_name")
        #expect(try other.ask(#"["name","eva"]"#).operation == "ok", "the name is free")
        #expect(try ana.ask(#"["hide",""]"#).word == "unavailable")
        #expect(
            try ana.ask(#"["passwd",{"old":"correct horse","new":"battery staple"}]"#).word == "unavailable")
        try server.login("ana").close()
        for number in 0..<sent { #expect(try bob.next("message").text == "\(number) \(filler)") }
        try server.onDisk("rm disk/filler")
        try ana.askOK(#"["message",{"to":"bob","text":"there is room"}]"#)
        #expect(try bob.next("message").text == "there is room", "nothing in between")
        #expect(try other.askOK(TestConnection.credentials("signup", "eva", "correct horse")).name == "eva")
        server.process.endInput()
        #expect(try server.stop() == .exit(0))
    }
}
