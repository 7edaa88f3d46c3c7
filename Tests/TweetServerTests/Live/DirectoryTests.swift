import Testing
import TweetModel
import TweetWire

@testable import TweetServer

/// People who are online, away or hidden: the live part of the directory.
struct DirectoryTests {
    private final class Place {}

    private var directory = Directory<Place>()
    private let ana = Name(stored: "ana")
    private let bob = Name(stored: "Bob")
    private let one = Place()
    private let two = Place()

    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    private mutating func join(
        _ place: Place, _ name: Name, isHidden: Bool = false, at milliseconds: Int64 = 1
    ) -> PresenceNotice? {
        directory.join(place, as: name, hasAccount: true, isHidden: isHidden, at: time(milliseconds))
    }

    // MARK: Several places

    @Test mutating func aNameJoinsWithItsFirstPlaceAndLeavesWithItsLast() {
        #expect(join(one, ana) == .joined(ana))
        #expect(join(two, ana) == nil)
        #expect(directory.visible.map(\.name) == [ana])
        #expect(directory.leave(one, as: ana, at: time(2)) == nil)
        #expect(directory.leave(two, as: ana, at: time(3)) == .left(ana))
        #expect(directory.visible.map(\.name) == [])
        #expect(directory[ana] == nil)
    }

    @Test mutating func whoHasNotJoinedDoesNotLeave() {
        #expect(directory.leave(one, as: ana, at: time(1)) == nil)
        #expect(join(one, ana) == .joined(ana))
        #expect(directory.leave(two, as: ana, at: time(2)) == nil)
        #expect(directory[ana]?.places.count == 1)
    }

    @Test mutating func aNameIsToldAsItIsSpelledFirst() {
        #expect(join(one, bob) == .joined(bob))
        #expect(join(two, Name(stored: "BOB")) == nil)
        #expect(directory[Name(stored: "bob")]?.name.string == "Bob")
        #expect(directory.leave(one, as: Name(stored: "bob"), at: time(2)) == nil)
        guard case .left(let name)? = directory.leave(two, as: Name(stored: "BOB"), at: time(3)) else {
            Issue.record("it has not left")
            return
        }
        #expect(name.string == "Bob")
    }

    // MARK: Away

    @Test mutating func aNameIsAwayWhenAllOfItsPlacesAre() {
        _ = join(one, ana, at: 1)
        _ = join(two, ana, at: 2)
        directory.setAway(true, one, as: ana, at: time(3))
        #expect(directory[ana]?.status == .online)
        #expect(directory[ana]?.since == time(1))
        directory.setAway(true, two, as: ana, at: time(4))
        #expect(directory[ana]?.status == .away)
        #expect(directory[ana]?.since == time(4))
        directory.setAway(false, one, as: ana, at: time(5))
        #expect(directory[ana]?.status == .online)
        #expect(directory[ana]?.since == time(5))
    }

    @Test mutating func awayTwiceIsAwayOnce() {
        _ = join(one, ana, at: 1)
        _ = join(two, ana, at: 1)
        directory.setAway(true, one, as: ana, at: time(2))
        directory.setAway(true, one, as: ana, at: time(3))
        #expect(directory[ana]?.status == .online, "the other place is not away")
        directory.setAway(false, one, as: ana, at: time(4))
        directory.setAway(true, two, as: ana, at: time(5))
        #expect(directory[ana]?.status == .online)
    }

    @Test mutating func theTimeOfAStatusStaysWhileItHolds() {
        _ = join(one, ana, at: 1)
        directory.setAway(true, one, as: ana, at: time(2))
        directory.setAway(true, one, as: ana, at: time(3))
        #expect(directory[ana]?.since == time(2))
    }

    @Test mutating func aPlaceThatLeavesOrJoinsChangesWhetherTheNameIsAway() {
        _ = join(one, ana, at: 1)
        _ = join(two, ana, at: 1)
        directory.setAway(true, one, as: ana, at: time(2))
        #expect(directory.leave(two, as: ana, at: time(3)) == nil)
        #expect(directory[ana]?.status == .away)
        #expect(directory[ana]?.since == time(3))
        _ = join(two, ana, at: 4)
        #expect(directory[ana]?.status == .online)
    }

    @Test mutating func awayOfAPlaceThatHasNotJoinedIsNothing() {
        directory.setAway(true, one, as: ana, at: time(1))
        #expect(directory[ana] == nil)
        _ = join(one, ana, at: 2)
        directory.setAway(true, two, as: ana, at: time(3))
        #expect(directory[ana]?.status == .online)
    }

    // MARK: Hidden

    @Test mutating func whoIsHiddenJoinsAndLeavesUnseen() {
        #expect(join(one, ana, isHidden: true) == nil)
        #expect(directory.visible.map(\.name) == [])
        #expect(directory[ana]?.isHidden == true)
        #expect(directory.leave(one, as: ana, at: time(2)) == nil)
        #expect(directory[ana] == nil)
    }

    @Test mutating func hidingAndShowingAreLikeLeavingAndJoining() {
        _ = join(one, ana)
        #expect(directory.setHidden(true, ana) == .left(ana))
        #expect(directory.setHidden(true, ana) == nil)
        #expect(directory.visible.map(\.name) == [])
        #expect(directory.setHidden(false, ana) == .joined(ana))
        #expect(directory.setHidden(false, ana) == nil)
        #expect(directory.visible.map(\.name) == [ana])
        #expect(directory.setHidden(true, bob) == nil, "who is not here")
    }

    @Test mutating func aSecondPlaceOfAHiddenNameShowsNothing() {
        _ = join(one, ana, isHidden: true)
        #expect(join(two, ana, isHidden: false) == nil)
        #expect(directory.visible.map(\.name) == [])
        #expect(directory.leave(one, as: ana, at: time(2)) == nil)
        #expect(directory.leave(two, as: ana, at: time(3)) == nil)
    }

    // MARK: Order

    @Test mutating func thoseWhoAreHereStandInTheOrderOfTheAlphabetWhateverTheyDo() {
        var generator = SystemRandomNumberGenerator()
        let names = (0..<200).map { Name(stored: ($0 % 2 == 0 ? "n" : "N") + String($0, radix: 36)) }
        var places: [Name: Place] = [:]
        for _ in 0..<2000 {
            guard let name = names.randomElement(using: &generator) else { return }
            if let place = places[name] {
                #expect(directory.leave(place, as: name, at: time(1)) == .left(name))
                places[name] = nil
            } else {
                let place = Place()
                places[name] = place
                #expect(join(place, name) == .joined(name))
            }
        }
        #expect(directory.visible.map(\.name) == places.keys.sorted())
    }

    @Test mutating func aPlaceThatTakesAnothersIsAwayAsThatWas() {
        let (old, new, other) = (Place(), Place(), Place())
        _ = join(old, ana)
        directory.setAway(true, old, as: ana, at: time(1))
        directory.replace(old, by: new, as: ana)
        #expect(directory[ana]?.status == .away)
        #expect(directory[ana]?.places.map { $0 === new } == [true])
        _ = join(other, ana)
        #expect(directory[ana]?.status == .online)
        #expect(directory.leave(other, as: ana, at: time(2)) == nil)
        #expect(directory[ana]?.status == .away)
        #expect(directory.leave(old, as: ana, at: time(3)) == nil, "it is nowhere any more")
        #expect(directory.leave(new, as: ana, at: time(4)) == .left(ana))
    }

    // MARK: Names

    @Test mutating func guestsAndClaimsHoldNames() {
        let place = Place()
        #expect(!directory.isHeld(ana))
        directory.hold(ana, at: place)
        #expect(directory.isHeld(Name(stored: "ANA")))
        #expect(directory.guest(ana) === place)
        directory.claim(ana)
        #expect(directory.guest(ana) == nil, "the name is about to be an account's")
        directory.unclaim(ana)
        #expect(directory.isHeld(ana), "the guest is still there")
        directory.release(ana)
        #expect(!directory.isHeld(ana))
        directory.claim(bob)
        #expect(directory.isHeld(Name(stored: "bob")))
        directory.unclaim(bob)
        #expect(!directory.isHeld(bob))
    }
}
