import TweetModel
public import TweetWire

extension OutputForm {
    /// The confirmation of an action without a result: a sentence and the original's line, or nothing.
    ///
    /// - Parameter deed: what was done, such as `signed up as ana`.
    public func bytes(forDone deed: String) -> [UInt8] {
        guard self == .original || self == .long else { return [] }
        return Array("\(deed)\n".utf8) + doneBytes
    }

    /// The confirmation that everything was done: the original's line, or nothing.
    public var doneBytes: [UInt8] {
        var bytes: [UInt8] = []
        if self == .original { bytes.append(Self.lastLine) }
        return bytes
    }

    /// The output for the sender of a private message.
    public func bytes(forSent message: WireMessage) -> [UInt8] {
        guard self == .json else { return doneBytes }
        var bytes: [UInt8] = []
        bytes.appendObject(at: message.time) { $0.appendJSON(message) }
        return bytes
    }

    /// A list of private messages: `NAME: TEXT` each, `~NAME: TEXT` of a guest, or `to NAME: TEXT (pending)` for sent ones.
    ///
    /// - Parameter isTerminal: whether to escape text that could steer a terminal; evaluated only for such text.
    public func bytes(
        for messages: [WireMessage], areSent: Bool, isTerminal: @autoclosure () -> Bool
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128 * messages.count)
        if self == .json {
            for message in messages { bytes.appendObject(at: message.time) { $0.appendJSON(message) } }
            return bytes
        }
        let escapes = messages.contains(where: \.steersTerminal) && isTerminal()
        for message in messages {
            let partner = areSent ? "to \(message.recipients.joined(separator: ","))" : message.shownSender
            if self != .bare { bytes.appendHead(self == .long ? message.time : nil, partner, escapes: escapes) }
            bytes.append(message.text, escapes: escapes)
            if self != .bare, areSent {
                bytes.append(contentsOf: (message.readAt.map { " (read \(timeText($0)))" } ?? " (pending)").utf8)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private func timeText(_ time: Timestamp) -> String { self == .long ? LocalTime.text(of: time) : time.text }

    /// Lines of the directory: `NAME online`, `NAME away since TIME`, `NAME offline`, `~NAME online` of a guest; in the
    /// bare form the names alone, as options take them.
    ///
    /// - Parameter isTerminal: the same as for messages.
    public func bytes(for people: [WirePerson], isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 * people.count)
        if self == .json {
            for person in people { bytes.appendSteerless { $0.appendJSON(person) } }
            return bytes
        }
        let escapes = people.contains { $0.name.steersTerminal || $0.status.steersTerminal } && isTerminal()
        for person in people {
            bytes.append(self == .bare ? person.name : person.shownName, escapes: escapes)
            if self != .bare {
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

extension OutputForm {
    /// Blocked names: `NAME since TIME`; the names alone in the bare form.
    ///
    /// - Parameter isTerminal: the same as for messages.
    public func bytes(for blocks: [WireBlock], isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        if self == .json {
            for block in blocks { bytes.appendSteerless { $0.appendJSON(block) } }
            return bytes
        }
        let escapes = blocks.contains(where: \.name.steersTerminal) && isTerminal()
        for block in blocks {
            bytes.append(block.name, escapes: escapes)
            if self != .bare, let time = block.time { bytes.append(contentsOf: " since \(time.text)".utf8) }
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
