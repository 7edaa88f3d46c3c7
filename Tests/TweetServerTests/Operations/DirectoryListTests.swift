import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// A directory that is too long for one turn and changes in between.
struct DirectoryListTests {
    /// The number of names in a list of several pages.
    private let crowd = 400

    /// Reads the first page of a list, runs a closure, and reads the rest.
    private func list(_ fixture: ServerFixture, _ asker: FixtureClient, meanwhile: () throws -> Void) throws -> [String]
    {
        try asker.send(#"["who",""]"#)
        var lines = [try #require(try asker.next())]
        try #require(asker.handler?.list != nil, "the list is under way")
        try meanwhile()
        while lines.last?.hasPrefix(#"["ok""#) != true { lines.append(try #require(try asker.next())) }
        #expect(lines.last == "[\"ok\",{\"count\":\(lines.count - 1)}]")
        return lines.dropLast()
    }

    private func number(_ number: Int) -> String { "n" + String(number + 1000) }

    @Test func everyNameStandsInItWhoeverComesAndGoesMeanwhile() throws {
        let fixture = try ServerFixture()
        let early = try fixture.account("a0")
        let late = try fixture.account("z9")
        let offline = try fixture.account("z8")
        for client in [early, late] { try client.expect(#"["join",""]"#, "ok") }
        let guests = try (0..<crowd).map { try fixture.guest(number($0)) }
        let asker = try fixture.connect(sendBuffer: 4096)
        let lines = try list(fixture, asker) {
            // One name that was listed as online already, one that was not listed yet, and one at the end of the list.
            try early.expect(#"["leave",""]"#, "ok")
            try late.send(#"["leave",""]"#)
            try offline.expect(#"["join",""]"#, "ok")
            fixture.turn { fixture.server.live.directory.visible.last?.name.string == "z8" }
            try #require(asker.handler?.list != nil, "the list is still under way")
        }
        // The one who left after its line stands there twice, and the later line is right.
        #expect(lines.names("part") == ["a0"] + (0..<crowd).map(number) + ["a0", "z8", "z9"])
        let statuses = lines.suffix(3).map { $0.contains("online") }
        #expect(lines.first?.contains("online") == true)
        #expect(statuses == [false, true, false])
        withExtendedLifetime(guests) {}
    }

    @Test func whoHidesMeanwhileIsToldOfNoMore() throws {
        let fixture = try ServerFixture()
        let guests = try (0..<crowd).map { try fixture.guest(number($0)) }
        let asker = try fixture.connect(sendBuffer: 4096)
        let lines = try list(fixture, asker) {
            guests[crowd - 1].finishSending()
            try guests[crowd - 2].send(#"["hide",""]"#)
            fixture.turn { fixture.server.live.directory.visible.count == crowd - 2 }
            try #require(asker.handler?.list != nil, "the list is still under way")
        }
        #expect(lines.names("part") == (0..<crowd - 2).map(number))
    }
}
