import TweetModel

/// The people who are here, as far as the server has told; hidden people are not listed.
struct Roster: Sendable {
    private struct Person: Sendable {
        let key: String
        let name: String

        /// - Parameter name: a name from the server; an invalid one is kept truncated.
        init(_ name: String) {
            self.name = name.harmlessName
            key = self.name.lowercased()
        }
    }

    /// The people, sorted by key.
    private var people: [Person] = []
    /// The number of people here whose names are not kept.
    private var others = 0
    private(set) var isKnown = false

    var count: Int { people.count + others }
    var all: [String] { people.map(\.name) }

    /// The first names, in order.
    func first(_ count: Int) -> [String] { people.prefix(max(0, count)).map(\.name) }

    /// Replaces the whole list.
    mutating func replace(with names: [String], count: Int) {
        isKnown = true
        var seen: Set<String> = []
        people = names.prefix(ChatLimits.knownNames)
            .map { Person($0) }
            .filter { seen.insert($0.key).inserted }
            .sorted { $0.key < $1.key }
        // The number comes from the server: the bound keeps the arithmetic from overflowing.
        others = max(0, min(count, Int(Int32.max)) - people.count)
    }

    mutating func joined(_ name: String) {
        let person = Person(name)
        let place = place(of: person.key)
        if place < people.count, people[place].key == person.key { return }
        if people.count < ChatLimits.knownNames {
            people.insert(person, at: place)
        } else {
            others += 1
        }
    }

    mutating func left(_ name: String) {
        let key = Person(name).key
        let place = place(of: key)
        if place < people.count, people[place].key == key {
            people.remove(at: place)
        } else {
            others = max(0, others - 1)
        }
    }

    /// The index of a key, or where it would be inserted.
    private func place(of key: String) -> Int {
        var range = people.startIndex..<people.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = people[middle].key < key ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
