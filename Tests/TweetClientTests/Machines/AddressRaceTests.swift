import Testing
import TweetSystem

@testable import TweetClient

/// The order and the times of connection attempts, with a clock that the test sets.
struct AddressRaceTests {
    /// The moments at which the race tries addresses that never answer.
    private func starts(_ race: AddressRace, upTo end: Instant) -> [Instant] {
        var race = race
        var starts: [Instant] = []
        while race.nextStart <= end {
            let now = race.nextStart
            #expect(race.next(at: now) == starts.count)
            #expect(race.next(at: now) == nil)
            starts.append(now)
        }
        return starts
    }

    @Test func eachAddressHasAQuarterOfASecondOfHeadStart() {
        let race = AddressRace(count: 4, startsWithKnown: false, at: 1000, until: 11_000)
        #expect(starts(race, upTo: 20_000) == [1000, 1250, 1500, 1750])
    }

    @Test func theAddressOfTheConnectionBeforeHasTimeForALostPacket() {
        let race = AddressRace(count: 3, startsWithKnown: true, at: 1000, until: 11_000)
        #expect(starts(race, upTo: 20_000) == [1000, 3000, 3250])
    }

    @Test(arguments: [true, false]) func theSecondAddressGetsHalfOfLittleTime(startsWithKnown: Bool) {
        let race = AddressRace(count: 2, startsWithKnown: startsWithKnown, at: 1000, until: 1200)
        #expect(starts(race, upTo: 20_000) == [1000, 1100])
    }

    @Test func theNextAddressIsTriedAtOnceWhenOneFails() {
        var race = AddressRace(count: 3, startsWithKnown: true, at: 0, until: 10_000)
        #expect(race.next(at: 0) == 0)
        race.failed(at: 3)
        #expect(race.nextStart == 3)
        #expect(race.next(at: 3) == 1)
        #expect(race.next(at: 252) == nil)
        #expect(race.next(at: 253) == 2)
        #expect(race.nextStart == .never)
    }

    @Test func itIsLostWhenAllHaveFailed() {
        var race = AddressRace(count: 2, startsWithKnown: false, at: 0, until: 10_000)
        #expect(!race.isLost)
        _ = race.next(at: 0)
        race.failed(at: 1)
        #expect(!race.isLost)
        _ = race.next(at: 1)
        #expect(!race.isLost)
        race.failed(at: 2)
        #expect(race.isLost)
        #expect(race.next(at: 2) == nil)
    }

    @Test(arguments: [
        ("1.1.1.1 2.2.2.2 3.3.3.3", "1.1.1.1 2.2.2.2 3.3.3.3"),
        ("1::1 2::2 3::3 1.1.1.1", "1::1 1.1.1.1 2::2 3::3"),
        ("1.1.1.1 2.2.2.2 1::1 2::2 3::3", "1.1.1.1 1::1 2.2.2.2 2::2 3::3"),
        ("1::1 1.1.1.1", "1::1 1.1.1.1"), ("1.1.1.1", "1.1.1.1"),
    ])
    func familiesTakeTurns(found: String, expected: String) throws {
        func addresses(_ text: String) throws -> [SocketAddress] {
            try text.split(separator: " ").map { try SocketAddress.lookup(host: String($0), port: 1)[0] }
        }
        let mixed = Connector.interleaved(try addresses(found))
        #expect(mixed.map(\.description) == (try addresses(expected)).map(\.description))
    }
}
