import Foundation
import TestSupport
import Testing

/// Presence: joining, leaving, being away, being hidden, and the notices that other clients get.
@Suite(.ownThreads) struct PresenceTests {
    /// Reads notices up to the given one, and returns them as `+ana` and `-ana`.
    private func notices(_ client: TestConnection, upTo last: String) throws -> [String] {
        var notices: [String] = []
        while notices.last != last {
            let line = try client.next()
            notices.append((line.operation == "joined" ? "+" : line.operation == "left" ? "-" : "?") + line.name)
        }
        return notices
    }

    @Test func whoIsHereIsToldWhoJoinsAndLeaves() throws {
        let server = try ServerProcess()
        let watcher = try server.guest("watcher")
        let ana = try server.guest("Ana")
        let joined = try watcher.next()
        #expect(joined.operation == "joined")
        #expect(joined.name == "Ana")
        #expect(joined.string("time")?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        try ana.askOK(#"["leave",""]"#)
        #expect(try watcher.next().line.hasPrefix(#"["left",{"name":"Ana","time":""#))
        try ana.askOK(#"["join",""]"#)
        ana.close()
        #expect(try notices(watcher, upTo: "-Ana") == ["+Ana", "-Ana"])
        for text in ["Ana joined from 127.0.0.1:", "Ana left from 127.0.0.1:"] {
            let reports = try server.awaitReports(text, count: 2)
            #expect(reports.allSatisfy { $0.hasPrefix("SERVER [CONNECTION] ") })
        }
    }

    @Test func whoHasNotJoinedIsToldNothingAndIsNotHere() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        try ana.askOK(#"["follow",""]"#)
        let bob = try server.guest("bob")
        try bob.askOK(#"["u","hello"]"#)
        #expect(try ana.next().text == "hello", "and no notice before")
        #expect(try bob.list(#"["who",{"here":true}]"#).map(\.name) == ["bob"])
        #expect(try bob.askOK(#"["who","ana"]"#).line.contains(#""status":"offline","since":null,"account":true"#))
        // One-shot clients do not join.
        #expect(try server.upload("from a script").exitCode == 0)
        #expect(try ana.next().text == "from a script")
        let last = try server.guest("last")
        #expect(try notices(bob, upTo: "+last") == ["+last"])
        last.close()
    }

    @Test func aNameWithSeveralConnectionsJoinsAndLeavesOnce() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let watcher = try server.guest("watcher")
        let places = try (0..<4).map { _ in try server.login("ana") }
        for client in places { try client.askOK(#"["join",""]"#) }
        for client in places.dropLast() { client.close() }
        try server.awaitReports("ana left from", count: 3)
        #expect(try watcher.askOK(#"["who","ana"]"#).string("status") == "online")
        try places[3].askOK(#"["leave",""]"#)
        try places[3].askOK(#"["join",""]"#)
        try places[3].askOK(#"["join",""]"#)
        places[3].close()
        try server.awaitReports("ana left from", count: 5)
        let last = try server.guest("last")
        // The request for the status has skipped the notice of the first join.
        let told = try notices(watcher, upTo: "+last")
        #expect(told.filter { $0 == "-ana" }.count == 2)
        #expect(told.filter { $0 == "+ana" }.count == 1)
        last.close()
    }

    @Test func threeHundredWhoJoinAtOnceAreAllToldOnce() throws {
        let server = try ServerProcess()
        let watcher = try server.guest("watcher")
        let count = 300
        let clients = try (0..<count).map { number in
            let client = try server.connect()
            try client.send("[\"name\",\"n\(number)\"]\n[\"join\",\"\"]\n")
            return client
        }
        for client in clients {
            #expect(try client.next("ok").name != "")
            #expect(try client.next("ok").line == #"["ok",{}]"#)
        }
        let seen = try (0..<count).map { _ in try watcher.next("joined").name }
        #expect(Set(seen).count == count)
        #expect(try watcher.list(#"["who",{"here":true}]"#).count == count + 1)
        // The notice of one more guest comes last at every client, after the notices of all the others.
        let last = try server.guest("last")
        for client in clients {
            var names: [String] = []
            while names.last != "last" { names.append(try client.next("joined").name) }
            #expect(Set(names).count == names.count, "once")
        }
        for client in clients { client.close() }
        let left = try (0..<count).map { _ in try last.next("left").name }
        #expect(Set(left) == Set(seen))
    }

    // MARK: The directory

    @Test func theDirectoryHasWhoIsHereFirstThenTheOtherAccounts() throws {
        let server = try ServerProcess()
        for name in ["delta", "Bravo", "echo"] { try server.account(name).close() }
        let bravo = try server.login("bravo")
        try bravo.askOK(#"["join",""]"#)
        let charlie = try server.guest("charlie")
        let alpha = try server.guest("Alpha")
        try charlie.askOK(#"["away",""]"#)
        // A guest that has a name but has not joined is not in the directory.
        try server.connect().askOK(#"["name","zulu"]"#)
        let client = try server.connect()
        let everybody = try client.list(#"["who",""]"#)
        #expect(everybody.map(\.name) == ["Alpha", "Bravo", "charlie", "delta", "echo"])
        #expect(everybody.map { $0.string("status") } == ["online", "online", "away", "offline", "offline"])
        #expect(everybody.map { $0.number("account") } == [0, 1, 0, 1, 1])
        #expect(everybody.map { $0.string("since") != nil } == [true, true, true, false, false])
        let here = try client.list(#"["who",{"here":true}]"#)
        #expect(here.map(\.line) == everybody.prefix(3).map(\.line))
        #expect(try client.list(#"["who",{"here":false}]"#).count == 5)
        for person in everybody {
            #expect(
                try client.ask("[\"who\",\"\(person.name.uppercased())\"]").line
                    == person.line.replacing("[\"part\",", with: "[\"ok\","))
        }
        for name in ["zulu", "nobody", "Server"] {
            #expect(try client.ask("[\"who\",\"\(name)\"]").word == "no_such_name")
        }
        let keys = try #require(everybody.first?.line.matches(of: /"(\w+)":/).map { String($0.1) })
        #expect(keys == ["name", "status", "since", "account"], "and nothing of where somebody comes from")
        withExtendedLifetime(alpha) {}
    }

    @Test func aDirectoryOfManyPagesHasEveryNameOnce() throws {
        let server = try ServerProcess()
        let guests = try (0..<200).map { try server.guest("n\($0 + 1000)") }
        let client = try server.connect()
        for _ in 0..<5 { try client.send(#"["who",""]"# + "\n" + #"["d",""]"# + "\n") }
        for _ in 0..<5 {
            for number in 0..<200 { #expect(try client.next().name == "n\(number + 1000)") }
            #expect(try client.next().line == #"["ok",{"count":200}]"#)
            #expect(try client.next().text == "Empty Message")
        }
        withExtendedLifetime(guests) {}
    }

    @Test func aNameIsAwayWhenAllOfItsConnectionsAre() throws {
        let server = try ServerProcess()
        let one = try server.account("ana")
        let two = try server.login("ana")
        let status = { try server.connect().askOK(#"["who","ana"]"#).string("status") }
        for client in [one, two] { try client.askOK(#"["join",""]"#) }
        #expect(try one.ask(#"["away",""]"#).line == #"["ok",{}]"#)
        #expect(try status() == "online")
        try two.askOK(#"["away",""]"#)
        #expect(try status() == "away")
        #expect(try one.ask(#"["back",""]"#).line == #"["ok",{}]"#)
        #expect(try status() == "online")
        one.close()
        try server.awaitReports("ana left from")
        #expect(try status() == "away")
        try two.askOK(#"["leave",""]"#)
        #expect(try status() == "offline")
        try two.askOK(#"["join",""]"#)
        #expect(try status() == "online")
    }

    // MARK: Hidden

    @Test(arguments: [false, true]) func whoIsHiddenIsAsIfAbsent(hasAccount: Bool) throws {
        let server = try ServerProcess()
        let watcher = try server.guest("watcher")
        let ana = hasAccount ? try server.account("ana") : try server.connect()
        if !hasAccount { try ana.askOK(#"["name","ana"]"#) }
        try ana.askOK(#"["join",""]"#)
        #expect(try notices(watcher, upTo: "+ana") == ["+ana"])
        try ana.askOK(#"["hide",""]"#)
        try ana.askOK(#"["hide",""]"#)
        #expect(try notices(watcher, upTo: "-ana") == ["-ana"])
        for client in [watcher, ana] {
            #expect(
                try client.ask(#"["who","ana"]"#).line
                    == (try client.ask(#"["who","ana1"]"#).line.replacing("ana1", with: "ana")))
            #expect(try client.list(#"["who",""]"#).map(\.name) == ["watcher"])
            #expect(try client.list(#"["who",{"here":true}]"#).map(\.name) == ["watcher"])
        }
        try ana.askOK(#"["leave",""]"#)
        try ana.askOK(#"["join",""]"#)
        try ana.askOK(#"["away",""]"#)
        try ana.askOK(#"["show",""]"#)
        #expect(try notices(watcher, upTo: "+ana") == ["+ana"])
        #expect(try watcher.askOK(#"["who","ana"]"#).string("status") == "away")
        // A hidden client still gets notices of the others.
        try ana.askOK(#"["hide",""]"#)
        let last = try server.guest("last")
        #expect(try notices(ana, upTo: "+last") == ["+last"])
        ana.close()
        last.close()
        #expect(try notices(watcher, upTo: "-last") == ["-ana", "+last", "-last"])
    }

    @Test func anAccountIsHiddenWhereverItIsUsedFrom() throws {
        let server = try ServerProcess()
        let one = try server.account("ana")
        let two = try server.login("ana")
        try one.askOK(#"["hide",""]"#)
        try two.askOK(#"["join",""]"#)
        let three = try server.login("ana")
        try three.askOK(#"["join",""]"#)
        let watcher = try server.guest("watcher")
        #expect(try watcher.ask(#"["who","ana"]"#).word == "no_such_name")
        #expect(try watcher.list(#"["who",""]"#).map(\.name) == ["watcher"])
        // A hidden user still gets messages.
        try watcher.askOK(#"["message",{"to":"ana","text":"psst"}]"#)
        for client in [two, three] { #expect(try client.next("message").text == "psst") }
    }

    @Test func aGuestWhoHidesAndSignsUpStaysHidden() throws {
        let server = try ServerProcess()
        let guest = try server.guest("ana")
        try guest.askOK(#"["hide",""]"#)
        try guest.signUp("ana")
        #expect(try guest.ask(#"["who","ana"]"#).word == "no_such_name")
        try guest.askOK(#"["show",""]"#)
        #expect(try guest.askOK(#"["who","ana"]"#).string("status") == "online")
    }
}
