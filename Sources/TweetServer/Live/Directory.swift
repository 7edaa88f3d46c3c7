import TweetModel
import TweetWire

/// A notice to others that a name has joined or left.
enum PresenceNotice: Equatable {
    case joined(Name)
    case left(Name)
}

/// The live half of the directory: the names in use now, and the people who are online or away.
///
/// The accounts are in the store.
///
/// A name may be here on several connections (places): it joins with the first one and leaves with the last one, and it
/// is away when all of them are away. No I/O and no clock.
struct Directory<Place: AnyObject> {
    /// A person who is here; an object, so that a list of ten thousand people needs no look-ups.
    final class Person {
        let name: Name
        let hasAccount: Bool
        fileprivate(set) var isHidden: Bool
        /// The places where the person has joined.
        fileprivate(set) var places: [Place] = []
        fileprivate var awayPlaces: [Place] = []
        fileprivate(set) var status = WirePerson.Status.online
        /// The time of the last change of status.
        fileprivate(set) var since: Timestamp
        /// The number of people who had become visible, by when this one last did.
        fileprivate(set) var appearance = 0
        /// The person's line in a list, encoded in advance: ten thousand people are listed more often than they change.
        fileprivate(set) var line: [UInt8] = []

        fileprivate init(_ name: Name, hasAccount: Bool, isHidden: Bool, place: Place, since: Timestamp) {
            self.name = name
            self.hasAccount = hasAccount
            self.isHidden = isHidden
            self.since = since
            places = [place]
            line = PacketWriter.part(WirePerson(self))
        }

        /// Whether others can see the person, who is here and not hidden.
        var isVisible: Bool { !isHidden && !places.isEmpty }

        fileprivate func update(at time: Timestamp) {
            let new: WirePerson.Status = awayPlaces.count == places.count ? .away : .online
            guard new != status else { return }
            since = time
            status = new
            line = PacketWriter.part(WirePerson(self))
        }
    }

    private var people: [Name: Person] = [:]
    /// The place of each guest, joined or not.
    private var guests: [Name: Place] = [:]
    /// Names reserved by sign-ups that are not finished.
    private var claims: Set<Name> = []
    /// The people who are here and not hidden, ordered by name.
    private(set) var visible: [Person] = []
    /// How often a person has become visible: it tells those who came before something from those who came after.
    private(set) var appearances = 0

    // MARK: Names

    /// Whether a guest has the name, or a sign-up has reserved it.
    func isHeld(_ name: Name) -> Bool { guests[name] != nil || claims.contains(name) }

    /// The place of the guest that has a name; nil if no guest has it, or if a sign-up has reserved it.
    func guest(_ name: Name) -> Place? { claims.contains(name) ? nil : guests[name] }

    mutating func hold(_ name: Name, at place: Place) { guests[name] = place }
    mutating func release(_ name: Name) { guests[name] = nil }

    /// Reserves a name for a sign-up, until the journal has decided the sign-up.
    mutating func claim(_ name: Name) { claims.insert(name) }
    mutating func unclaim(_ name: Name) { claims.remove(name) }

    // MARK: People

    subscript(name: Name) -> Person? { people[name] }

    /// Joins a name from a place where it has not joined before.
    mutating func join(
        _ place: Place, as name: Name, hasAccount: Bool, isHidden: Bool, at time: Timestamp
    ) -> PresenceNotice? {
        if let person = people[name] {
            person.places.append(place)
            person.update(at: time)
            return nil
        }
        let person = Person(name, hasAccount: hasAccount, isHidden: isHidden, place: place, since: time)
        people[name] = person
        return isHidden ? nil : appear(person)
    }

    mutating func leave(_ place: Place, as name: Name, at time: Timestamp) -> PresenceNotice? {
        guard let person = people[name] else { return nil }
        person.places.removeAll { $0 === place }
        person.awayPlaces.removeAll { $0 === place }
        guard person.places.isEmpty else {
            person.update(at: time)
            return nil
        }
        people[name] = nil
        return person.isHidden ? nil : vanish(person)
    }

    /// Replaces an old place by a new one; others are not notified.
    mutating func replace(_ old: Place, by new: Place, as name: Name) {
        guard let person = people[name] else { return }
        person.places = person.places.map { $0 === old ? new : $0 }
        person.awayPlaces = person.awayPlaces.map { $0 === old ? new : $0 }
    }

    mutating func setAway(_ isAway: Bool, _ place: Place, as name: Name, at time: Timestamp) {
        guard let person = people[name], person.places.contains(where: { $0 === place }) else { return }
        person.awayPlaces.removeAll { $0 === place }
        if isAway { person.awayPlaces.append(place) }
        person.update(at: time)
    }

    /// Shows a name in the directory or hides it; others see it join or leave.
    mutating func setHidden(_ isHidden: Bool, _ name: Name) -> PresenceNotice? {
        guard let person = people[name], person.isHidden != isHidden else { return nil }
        person.isHidden = isHidden
        return isHidden ? vanish(person) : appear(person)
    }

    private mutating func appear(_ person: Person) -> PresenceNotice {
        appearances += 1
        person.appearance = appearances
        visible.insert(person, at: place(of: person.name))
        return .joined(person.name)
    }

    private mutating func vanish(_ person: Person) -> PresenceNotice {
        let place = place(of: person.name)
        precondition(visible[place] === person, "a person who vanishes was visible")
        visible.remove(at: place)
        return .left(person.name)
    }

    /// The people whom others can see, from the first name after another one.
    func visible(after name: Name?) -> ArraySlice<Person> {
        guard let name else { return visible[...] }
        let index = place(of: name)
        return visible[(index < visible.endIndex && visible[index].name == name ? index + 1 : index)...]
    }

    /// The index of a name in ``visible``, or the index at which to insert it.
    private func place(of name: Name) -> Int {
        var range = visible.startIndex..<visible.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = visible[middle].name < name ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
