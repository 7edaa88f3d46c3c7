import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// Private messages between the request and the commit: no wrong person sees them.
struct DeliveryTests {
    @Test func aMessageIsDeliveredOnlyOnceItIsDurable() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let bob = try fixture.account("bob")
        try bob.expect(#"["join",""]"#, "ok")
        fixture.holdOutcomes()
        try ana.send(#"["message",{"to":"bob","text":"psst"}]"#)
        fixture.turn()
        try fixture.awaitCommit()
        try bob.expect(#"["who","bob"]"#, "ok")
        #expect(ana.takeLines() == [])
        #expect(bob.takeLines() == [])
        fixture.takeOutcomes()
        #expect(try bob.next()?.hasPrefix(#"["message",{"#) == true)
        #expect(try ana.next()?.hasPrefix(#"["ok",{"seq""#) == true)
    }

    /// By the time the message is stored, another client may have the name of a guest who has left.
    @Test func aMessageToAGuestIsForNobodyWhoTakesTheNameAfterwards() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let eva = try fixture.account("eva")
        let guest = try fixture.guest("bob")
        fixture.holdOutcomes()
        try ana.send(#"["message",{"to":["eva","bob"],"text":"psst"}]"#)
        fixture.turn()
        try fixture.awaitCommit()
        guest.finishSending()
        fixture.turn { !fixture.server.live.directory.isHeld(Name(stored: "bob")) }
        let thief = try fixture.guest("bob")
        fixture.takeOutcomes()
        #expect(try ana.next()?.hasPrefix(#"["ok",{"seq""#) == true)
        try thief.expect(#"["who","bob"]"#, "ok")
        #expect(thief.takeLines() == [])
        try eva.expect(#"["inbox",""]"#, "part")
    }

    @Test func aMessageToAGuestWhoSignsUpMeanwhileIsStillForIt() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        _ = try fixture.account("eva")
        let guest = try fixture.guest("bob")
        fixture.holdOutcomes()
        try ana.send(#"["message",{"to":["eva","bob"],"text":"psst"}]"#)
        fixture.turn()
        try fixture.awaitCommit()
        let handler = try #require(guest.handler)
        handler.take(.account(Name(stored: "bob")), isHidden: false)
        fixture.takeOutcomes()
        #expect(try guest.next()?.contains("psst") == true)
    }

    /// The answer was lost, and the guest has left since.
    @Test func aMessageThatIsSentAgainDoesNotAskWhoIsHereNow() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let eva = try fixture.account("eva")
        let guest = try fixture.guest("bob")
        let line = #"["message",{"to":["eva","bob"],"text":"psst","id":"7"}]"#
        try ana.expect(line, "ok")
        guest.finishSending()
        fixture.turn { !fixture.server.live.directory.isHeld(Name(stored: "bob")) }
        let again = try #require(try ana.request(line))
        #expect(again.hasPrefix(#"["ok",{"seq""#) && again.contains("eva"))
        try ana.expect(#"["message",{"to":["eva","bob"],"text":"another","id":"7"}]"#, "no_such_name")
        try ana.expect(#"["message",{"to":["eva","bob"],"text":"psst","id":"8"}]"#, "no_such_name")
        // An account that existed and did not get the message cannot be a guest who has left.
        _ = try fixture.account("bob")
        try ana.expect(line, "id_reused")
        try eva.expect(#"["inbox",""]"#, "part")
        #expect(try eva.next() == #"["ok",{"count":1}]"#)
    }

    @Test func anIdOfSomebodyElseShowsNothing() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let bob = try fixture.account("bob")
        let eva = try fixture.account("eva")
        let line = #"["message",{"to":"bob","text":"psst","id":"7"}]"#
        let first = try ana.request(line)
        #expect(try ana.request(line) == first, "the same once more")
        for other in [
            #"["message",{"to":"bob","text":"psst","id":"7"}]"#, #"["message",{"to":"ana","text":"x","id":"7"}]"#,
            #"["u",{"text":"psst","id":"7"}]"#, #"["u",{"text":"","id":"7"}]"#,
        ] {
            let answer = try #require(try eva.request(other))
            #expect(answer == #"["error",{"code":"id_reused","message":"the id was used for another message"}]"#)
        }
        try ana.expect(#"["message",{"to":"bob","text":"another","id":"7"}]"#, "id_reused")
        try ana.expect(#"["message",{"to":"eva","text":"psst","id":"7"}]"#, "id_reused")
        try bob.expect(#"["inbox",""]"#, "part")
        #expect(try bob.next() == #"["ok",{"count":1}]"#)
    }

    @Test func whoDoesNotReadIsCutOffAndFindsTheMessagesWhenBack() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let bob = try fixture.account("bob")
        try bob.expect(#"["join",""]"#, "ok")
        let text = String(repeating: "e\u{301}\u{302}\u{303}", count: 150)
        var sent = 0
        while fixture.server.live.directory[Name(stored: "bob")] != nil, sent < 2000 {
            try ana.expect("[\"message\",{\"to\":\"bob\",\"text\":\"\(text)\"}]", "ok")
            sent += 1
        }
        #expect(sent < 2000)
        let back = try fixture.connect()
        #expect(
            try back.request(#"["login",{"name":"bob","password":"correct horse"}]"#)
                == "[\"ok\",{\"name\":\"bob\",\"pending\":\(sent)}]")
    }

    // MARK: Removal of an account

    @Test func whoIsCutOffIsToldWhyAndNothingElse() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let bob = try fixture.account("bob")
        try ana.expect(#"["join",""]"#, "ok")
        let other = try fixture.account("ana", isNew: false)
        let theOperator = try fixture.connect(from: nil)
        fixture.holdOutcomes()
        try theOperator.send(#"["remove_account","ana"]"#)
        fixture.turn()
        try fixture.awaitCommit()
        // The loop does not know of the removal yet.
        try ana.send(#"["message",{"to":"bob","text":"psst"}]"#)
        try other.send(#"["u","hello"]"#)
        fixture.turn {
            ana.handler?.conversation.isAnswered == false && other.handler?.conversation.isAnswered == false
        }
        fixture.takeOutcomes()
        #expect(try theOperator.next() == #"["ok",{}]"#)
        for client in [ana, other] {
            #expect(
                try client.next() == #"["error",{"code":"not_permitted","message":"the account was removed"}]"#)
            #expect(try client.next() == nil)
            client.finishSending()
        }
        try bob.expect(#"["who","ana"]"#, "no_such_name")
        fixture.turn { fixture.server.loop.connections.count == 2 }
    }

    @Test func aListOfWhoIsCutOffEndsAtOnce() throws {
        let fixture = try ServerFixture()
        let uploader = try fixture.connect()
        for _ in 0..<30 { try uploader.expect("[\"u\",\"e\(String(repeating: "\u{301}", count: 1500))\"]", "ok") }
        let ana = try fixture.connect(sendBuffer: 4096)
        try ana.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
        try ana.send(#"["d",{"count":30}]"#)
        fixture.turn { ana.handler?.list != nil }
        let theOperator = try fixture.connect(from: nil)
        try theOperator.expect(#"["remove_account","ana"]"#, "ok")
        var lines: [String] = []
        while let line = try ana.next() { lines.append(line) }
        #expect(lines.count < 20)
        #expect(lines.last?.contains("the account was removed") == true)
    }
}

/// Private messages to their readers, when many come in one turn.
struct DeliveryFloodTests {
    @Test func manyMessagesInOneTurnThrowNobodyOut() throws {
        let fixture = try ServerFixture()
        let bob = try fixture.guest("bob")
        let senders = try (0..<40).map { try fixture.guest("sender\($0)") }
        _ = bob.takeLines()
        let text = "e" + String(repeating: "\u{301}", count: 1900)
        for sender in senders { try sender.send("[\"message\",{\"to\":\"bob\",\"text\":\"\(text)\"}]") }
        fixture.turn()
        var count = 0
        while count < senders.count {
            let line = try #require(try bob.next(), "bob is still here")
            if line.hasPrefix(#"["message""#) { count += 1 }
        }
        #expect(bob.connection?.isOpen == true)
    }

    @Test func whoDoesNotReadThemIsCutOff() throws {
        let fixture = try ServerFixture()
        let bob = try fixture.connect(sendBuffer: 4096)
        try bob.expect(#"["name","bob"]"#, "ok")
        try bob.expect(#"["join",""]"#, "ok")
        let sender = try fixture.guest("sender")
        let text = "e" + String(repeating: "\u{301}", count: 1900)
        for _ in 0..<60 where bob.connection?.isOpen == true {
            // After the removal of bob nobody has that name.
            _ = try sender.request("[\"message\",{\"to\":\"bob\",\"text\":\"\(text)\"}]")
            _ = sender.takeLines()
        }
        #expect(bob.connection?.isOpen != true)
    }

    /// The store knows of the removal before the loop does.
    @Test func theNameOfAnAccountThatIsBeingRemovedIsNobodysYet() throws {
        let fixture = try ServerFixture()
        let bob = try fixture.account("bob")
        try bob.expect(#"["join",""]"#, "ok")
        let ana = try fixture.account("ana")
        let theOperator = try fixture.connect(from: nil)
        fixture.holdOutcomes()
        try ana.send(#"["message",{"to":"bob","text":"psst"}]"#)
        fixture.turn()
        try theOperator.send(#"["remove_account","bob"]"#)
        fixture.turn()
        try fixture.awaitCommit()
        let thief = try fixture.connect()
        fixture.turn { (try? fixture.server.account(Name(stored: "bob"))) == .some(nil) }
        #expect(try thief.request(#"["name","bob"]"#)?.contains("name_taken") == true)
        fixture.takeOutcomes()
        #expect(try theOperator.next() == #"["ok",{}]"#)
        #expect(thief.takeLines() == [])
        try thief.expect(#"["name","bob"]"#, "ok")
    }

    @Test func aPasswordThatIsChangedEndsTheOtherConnectionsOfItsAccount() throws {
        let fixture = try ServerFixture()
        let own = try fixture.account("ana")
        let other = try fixture.account("ana", isNew: false)
        try own.expect(#"["passwd",{"old":"correct horse","new":"battery staple"}]"#, "ok")
        #expect(try other.next()?.contains("not_permitted") == true)
        #expect(try other.next() == nil)
        try own.expect(#"["inbox",""]"#, "ok")
        let theOperator = try fixture.connect(from: nil)
        try theOperator.expect(#"["reset_password",{"name":"ana","password":"correct horse"}]"#, "ok")
        #expect(try own.next()?.contains("not_permitted") == true)
    }

    @Test func aGuestWhoIsHiddenSignsUpUnseen() throws {
        let fixture = try ServerFixture()
        let watcher = try fixture.guest("watcher")
        let ana = try fixture.connect()
        for line in [#"["name","ana"]"#, #"["hide",""]"#, #"["join",""]"#] { try ana.expect(line, "ok") }
        try ana.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
        #expect(try watcher.request(#"["who","ana"]"#)?.contains("no_such_name") == true)
        #expect(watcher.takeLines() == [])
    }
}
