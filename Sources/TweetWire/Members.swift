import TweetModel

/// Parsing of an answer's body: each function returns one member, nil if it is missing or null, and refuses one of
/// another type.
extension [Packet.Member] {
    func value(_ key: String) -> Packet.Value? {
        let value = first { $0.key == key }?.value
        if case .null? = value { return nil }
        return value
    }

    func optionalString(_ key: String) throws(WireError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let string) = value else { throw Self.wrongType(key) }
        return string
    }

    func string(_ key: String) throws(WireError) -> String {
        guard let string = try optionalString(key) else { throw .badBody("\(key) is missing") }
        return string
    }

    /// Whether a member is true; one of another type counts as missing.
    func isTrue(_ key: String) -> Bool {
        if case .bool(true)? = value(key) { true } else { false }
    }

    func optionalInteger(_ key: String) throws(WireError) -> Int64? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value else { throw Self.wrongType(key) }
        return integer
    }

    func time(_ key: String) throws(WireError) -> Timestamp? {
        guard let string = try optionalString(key) else { return nil }
        guard let time = Timestamp(string) else { throw .badBody("\(key) is not understood") }
        return time
    }

    func strings(_ key: String) throws(WireError) -> [String] {
        guard let value = value(key) else { return [] }
        guard case .strings(let strings) = value else { throw Self.wrongType(key) }
        return strings
    }

    private static func wrongType(_ key: String) -> WireError { .badBody("\(key) has the wrong type") }
}
