import TweetModel
public import TweetWire

extension OutputForm {
    /// What tells that something was done that has nothing to print: the original's line, or nothing.
    public var doneBytes: [UInt8] {
        var bytes: [UInt8] = []
        if self == .original { bytes.append(Self.lastLine) }
        return bytes
    }

    /// What a private message's sender gets to see.
    public func bytes(forSent message: WireMessage) -> [UInt8] {
        guard self == .json else { return doneBytes }
        var bytes: [UInt8] = []
        bytes.appendSteerless { $0.appendJSON(message) }
        return bytes
    }

    /// A list of private messages: `NAME: TEXT` each, or of one's own `to NAME: TEXT (pending)`.
    ///
    /// - Parameter isTerminal: asked only where something could steer a terminal; there it is escaped.
    public func bytes(
        for messages: [WireMessage], areSent: Bool, isTerminal: @autoclosure () -> Bool
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128 * messages.count)
        if self == .json {
            for message in messages { bytes.appendSteerless { $0.appendJSON(message) } }
            return bytes
        }
        let escapes = messages.contains(where: \.steersTerminal) && isTerminal()
        for message in messages {
            if self == .original {
                let recipients = message.recipients.joined(separator: ",")
                bytes.append(areSent ? "to \(recipients)" : message.sender, escapes: escapes)
                bytes.append(": ")
            }
            bytes.append(message.text, escapes: escapes)
            if self == .original, areSent {
                bytes.append(contentsOf: (message.readAt.map { " (read \($0.text))" } ?? " (pending)").utf8)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Lines of the directory: `NAME online`, `NAME away since TIME`, `NAME offline`; the names alone in the bare form.
    ///
    /// - Parameter isTerminal: as for messages.
    public func bytes(for people: [WirePerson], isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 * people.count)
        if self == .json {
            for person in people { bytes.appendSteerless { $0.appendJSON(person) } }
            return bytes
        }
        let escapes = people.contains { $0.name.steersTerminal || $0.status.steersTerminal } && isTerminal()
        for person in people {
            bytes.append(person.name, escapes: escapes)
            if self == .original {
                bytes.append(" ")
                bytes.append(person.status, escapes: escapes)
                if person.status == WirePerson.Status.away.rawValue, let since = person.since {
                    bytes.append(contentsOf: " since \(since.text)".utf8)
                }
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

extension WireMessage {
    fileprivate var steersTerminal: Bool {
        text.steersTerminal || sender.steersTerminal || recipients.contains(where: \.steersTerminal)
    }
}
