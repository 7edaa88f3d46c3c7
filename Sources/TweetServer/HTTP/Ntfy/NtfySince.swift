import TweetModel

/// The messages that a follower wants besides those to come.
enum NtfySince: Equatable {
    case none
    case all
    case latest
    /// Those after a message.
    case message(SequenceNumber)
    /// Those from a time on.
    case time(Timestamp)
    /// Those that are not older, in milliseconds.
    case age(Int64)

    /// Parses `all`, `none`, `latest`, a message's id, a UNIX time in seconds, or a span such as `10m` or `1h30m`.
    ///
    /// - Parameters:
    ///   - text: nil for the default.
    ///   - polls: whether the client wants only messages that are there.
    /// - Throws: the problem to answer with.
    init(_ text: String?, polls: Bool) throws(HTTPProblem) {
        switch text {
        case nil: self = polls ? .all : .none
        case "all": self = .all
        case "none": self = .none
        case "latest": self = .latest
        case let text?:
            if let sequence = Self.sequence(text) {
                self = .message(sequence)
            } else if text.utf8.allSatisfy(\.isDigit), let count = Int64(text) {
                let milliseconds = count.multipliedReportingOverflow(by: 1000)
                self = .time(Timestamp(milliseconds: milliseconds.overflow ? .max : milliseconds.partialValue))
            } else if let age = Self.milliseconds(text) {
                self = .age(age)
            } else if Self.isForeignID(text) {
                self = .all
            } else {
                throw .ntfy(40008, "since is neither all, none, latest, an id, a UNIX time, nor a span such as 10m")
            }
        }
    }

    /// The sequence of an id that ``TweetReactor/NtfyForm/id(_:)`` has made.
    private static func sequence(_ id: String) -> SequenceNumber? {
        let digits = id.utf8.dropFirst()
        guard id.utf8.first == UInt8(ascii: "t"), digits.count >= 11, digits.allSatisfy(\.isDigit) else { return nil }
        return SequenceNumber(Substring(digits))
    }

    /// Whether a text is an id of another server's: a client that comes from there has seen none of the messages here.
    private static func isForeignID(_ text: String) -> Bool {
        text.utf8.count == 12
            && text.utf8.allSatisfy { $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    }

    private static let units: [(name: StaticString, milliseconds: Double)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    /// The longest span that is told from a longer one: more than the time since 1970.
    private static let longest: Double = 1e15

    /// The milliseconds of a span, one or more numbers, each with its unit; nil for anything else.
    private static func milliseconds(_ text: String) -> Int64? {
        var rest = text.utf8[...]
        var sum = 0.0
        repeat {
            let number = rest.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !$0.isDigit && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(name.count)
            guard let number = Double(Substring(number)),
                let unit = units.first(where: { name.elementsEqual($0.name.description.utf8) })
            else { return nil }
            sum += number * unit.milliseconds
        } while !rest.isEmpty
        return Int64(min(sum, longest))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
