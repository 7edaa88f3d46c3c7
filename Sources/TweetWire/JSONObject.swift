import TweetModel

/// The members of an object of JSON that others define, and of which only some are read.
public struct JSONObject {
    /// A member's value.
    public enum Value: Hashable, Sendable {
        case string(String)
        /// A value of another type.
        case other
    }

    private var members: [(key: String, value: Value)] = []

    /// Parses a text of JSON.
    ///
    /// - Parameter keys: the keys that are read; any others are passed over, and so is a null.
    /// - Returns: nil for anything but one object.
    public init?(_ text: UnsafeRawBufferPointer, keys: [String]) {
        do throws(WireError) {
            var scanner = JSONScanner(text)
            scanner.skipWhitespace()
            guard scanner.take(UInt8(ascii: "{")) else { return nil }
            var found: [(key: String, value: Value)] = []
            try scanner.elements(until: UInt8(ascii: "}")) { (scanner) throws(WireError) in
                let key = try scanner.text(try scanner.key())
                let kind = try scanner.value(depth: WireLimits.packetDepth)
                guard keys.contains(where: { $0.hasBytes(of: key) }) else { return }
                // The last one counts, as in most readers.
                found.removeAll { $0.key.hasBytes(of: key) }
                switch kind {
                case .null: break
                case .string(let token): found.append((key, .string(try scanner.text(token))))
                default: found.append((key, .other))
                }
            }
            scanner.skipWhitespace()
            guard scanner.isAtEnd else { return nil }
            members = found
        } catch {
            return nil
        }
    }

    /// The value of a member; nil if it is missing or null.
    public subscript(_ key: String) -> Value? { members.first { $0.key.hasBytes(of: key) }?.value }
}
