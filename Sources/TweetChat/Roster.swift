import TweetModel

/// Who is here, as far as the server has told.
struct Roster: Sendable {
    private var names: [String: String] = [:]
    /// Those who are here beyond the names that are kept.
    private var others = 0
    private(set) var isKnown = false

    var count: Int { names.count + others }
    var all: [String] { names.values.sorted() }

    /// Takes a whole list over.
    mutating func replace(with people: [String], count: Int) {
        names = [:]
        isKnown = true
        for name in people.prefix(ChatLimits.knownNames) { names[name.lowercased()] = name.harmlessName }
        // No server has more connections than its ports times its addresses; a number beyond that must not overflow.
        others = max(0, min(count, Int(Int32.max)) - names.count)
    }

    mutating func joined(_ name: String) {
        guard names[name.lowercased()] == nil else { return }
        if names.count < ChatLimits.knownNames {
            names[name.lowercased()] = name.harmlessName
        } else {
            others += 1
        }
    }

    mutating func left(_ name: String) {
        if names.removeValue(forKey: name.lowercased()) == nil { others = max(0, others - 1) }
    }
}
