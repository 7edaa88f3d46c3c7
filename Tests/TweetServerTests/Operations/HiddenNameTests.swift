import Testing
import TweetModel

@testable import TweetServer

/// Answers about a hidden name, beside the directory: they tell no more than the protocol's document says.
struct HiddenNameTests {
    /// A server with the hidden accounts `here1` (joined) and `away1` (gone), the hidden guest `guest1`, the guest
    /// `quiet1`, who has not joined, and the visible account `seen1`.
    private func fixture() throws -> (ServerFixture, [FixtureClient]) {
        let fixture = try ServerFixture()
        let (here, away, seen) = (
            try fixture.account("Here1"), try fixture.account("Away1"), try fixture.account("Seen1")
        )
        for client in [here, away] { try client.expect(#"["hide",""]"#, "ok") }
        try here.expect(#"["join",""]"#, "ok")
        try away.expect(#"["leave",""]"#, "ok")
        let (guest, quiet) = (try fixture.connect(), try fixture.connect())
        try guest.expect(#"["name","Guest1"]"#, "ok")
        try guest.expect(#"["hide",""]"#, "ok")
        try guest.expect(#"["join",""]"#, "ok")
        try quiet.expect(#"["name","Quiet1"]"#, "ok")
        return (fixture, [here, away, seen, guest, quiet])
    }

    @Test func takingANameTellsOnlyThatSomebodyHasIt() throws {
        let (fixture, people) = try fixture()
        defer { withExtendedLifetime(people) {} }
        for name in ["here1", "away1", "guest1", "quiet1", "seen1", "Server"] {
            let client = try fixture.connect()
            let expected = #"["error",{"code":"name_taken","message":"the name \#(name) is taken"}]"#
            #expect(try client.request(#"["name","\#(name)"]"#) == expected)
            #expect(try client.request(#"["signup",{"name":"\#(name)","password":"correct horse"}]"#) == expected)
        }
    }

    @Test func aMessageTellsNotWhetherAHiddenAccountIsHere() throws {
        let (fixture, people) = try fixture()
        defer { withExtendedLifetime(people) {} }
        let sender = try fixture.account("eve")
        var answers: [String] = []
        for name in ["here1", "away1"] {
            let answer = try sender.request(#"["message",{"to":"\#(name)","text":"t"}]"#) ?? ""
            answers.append(answer.replacing(name, with: "NAME").replacing(/"seq":\d+/, with: "\"seq\":N"))
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].contains(#""to":["NAME"]"#), "the spelling is the sender's")
        #expect(try sender.request(#"["message",{"to":"guest1","text":"t"}]"#)?.contains(#""to":["guest1"]"#) == true)
        #expect(try sender.request(#"["message",{"to":"seen1","text":"t"}]"#)?.contains(#""to":["Seen1"]"#) == true)
        // They have got it all the same.
        try people[1].send(#"["inbox",""]"#)
        #expect(try people[1].next(2).last == #"["ok",{"count":1}]"#)
        #expect(try people[3].next()?.hasPrefix(#"["message""#) == true)
    }

    @Test func aWrongPasswordTellsNothing() throws {
        let (fixture, people) = try fixture()
        defer { withExtendedLifetime(people) {} }
        let client = try fixture.connect()
        let answers = try ["here1", "away1", "guest1", "nobody1"].map {
            try client.request(#"["login",{"name":"\#($0)","password":"wrong horse"}]"#)
        }
        #expect(Set(answers).count == 1)
    }
}
