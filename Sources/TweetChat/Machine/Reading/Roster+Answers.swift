import TweetModel
import TweetWire

/// The answers about people: how they change the roster, and how they are shown.
extension Roster {
    /// Replaces the roster with the people of an answer, without showing anything.
    mutating func replace(with parts: [Answer.Item], count: Int) {
        replace(with: Self.people(parts).map(\.name), count: count)
    }

    mutating func pushedJoined(_ name: String, _ time: Timestamp?) -> [ChatStep] {
        joined(name)
        return [.show(.server, "\(name.harmlessName) has joined the server", time: time)]
    }

    mutating func pushedLeft(_ name: String, _ time: Timestamp?) -> [ChatStep] {
        left(name)
        return [.show(.server, "\(name.harmlessName) has left the server", time: time)]
    }

    /// Shows the people who are here, and requests the hashtags that are listed after them.
    mutating func showList(_ parts: [Answer.Item], count: Int) -> [ChatStep] {
        let people = Self.people(parts)
        replace(with: people.map(\.name), count: count)
        var words = people.map { person in
            person.status == WirePerson.Status.online.rawValue
                ? person.shownName.harmlessName
                : "\(person.shownName.harmlessName) (\(person.status.harmlessName))"
        }
        if count > people.count { words.append("and \(count - people.count) more") }
        return [
            .note("\(count) here" + (words.isEmpty ? "" : ": ") + words.joined(separator: ", ")),
            .request(.tags(count: ChatLimits.listedTags), .tags),
        ]
    }

    /// - Parameter secondsFromUTC: how far local time is ahead of UTC at a moment.
    static func describe(_ person: WirePerson, secondsFromUTC: (Timestamp) -> Int) -> ChatStep {
        var text = "\(person.name.harmlessName) is \(person.status.harmlessName)"
        if let since = person.since {
            // In local time and to the minute: 2026-11-21 05:03.
            let local = since.shifted(bySeconds: secondsFromUTC(since))
            text += " since " + local.text.prefix(16).split(separator: "T").joined(separator: " ")
        }
        return .note(text + (person.hasAccount ? ", with an account" : ", a guest"))
    }

    /// Shows the names that the account blocks.
    static func describe(blocked parts: [Answer.Item], count: Int) -> [ChatStep] {
        var words = parts.compactMap { if case .block(let block) = $0 { block.name.harmlessName } else { nil } }
        if count > words.count { words.append("and \(count - words.count) more") }
        return [.note("\(count) blocked" + (words.isEmpty ? "" : ": ") + words.joined(separator: ", "))]
    }

    private static func people(_ parts: [Answer.Item]) -> [WirePerson] {
        parts.compactMap { if case .person(let person) = $0 { person } else { nil } }
    }
}
