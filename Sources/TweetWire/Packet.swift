import TweetModel

/// One validated line of the wire: an array of two, an operation and a body, which is a string or an object.
///
/// It refers to the bytes that it was parsed from and must not outlive them.
struct Packet {
    enum Body {
        case string(JSONScanner.StringToken)
        case object(Range<Int>)
    }

    /// The value of a body's member, limited to the types that operations use.
    enum Value {
        case string(String)
        case integer(Int64)
        case bool(Bool)
        case strings([String])
        /// At least one; an empty array is returned as one of strings.
        case integers([Int64])
        case null
        case other
    }

    typealias Member = (key: String, value: Value)

    let scanner: JSONScanner
    let operation: JSONScanner.StringToken
    let body: Body

    /// Parses a line.
    ///
    /// - Parameter line: the bytes without the line feed.
    /// - Throws: `not_json`, `not_utf8`, or `not_packet` for another JSON text.
    init(line: UnsafeRawBufferPointer) throws(WireError) {
        var scanner = JSONScanner(line)
        scanner.skipWhitespace()
        var first: JSONScanner.Kind?
        var second: JSONScanner.Kind?
        var isPair = scanner.take(UInt8(ascii: "["))
        if isPair {
            try scanner.elements(until: UInt8(ascii: "]")) { (scanner) throws(WireError) in
                let value = try scanner.value(depth: WireLimits.packetDepth - 1)
                if first == nil {
                    first = value
                } else if second == nil {
                    second = value
                } else {
                    isPair = false
                }
            }
        } else {
            _ = try scanner.value(depth: WireLimits.packetDepth)
        }
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw .notJSON("something follows the value", at: scanner.position) }
        guard isPair, case .string(let operation)? = first, let second else { throw Self.notPacket }
        switch second {
        case .string(let token): body = .string(token)
        case .object(let range): body = .object(range)
        default: throw Self.notPacket
        }
        self.scanner = scanner
        self.operation = operation
    }

    private static var notPacket: WireError {
        WireError(.notPacket, "a packet is an array of two elements: an operation, and a string or an object")
    }

    /// The members of an object, in order; refuses a repeated key, a longer key than any body has, and more members than
    /// any body needs.
    func members(of object: Range<Int>) throws(WireError) -> [Member] {
        var reader = JSONScanner(scanner.bytes, from: object.lowerBound + 1)
        var members: [Member] = []
        try reader.elements(until: UInt8(ascii: "}")) { (reader) throws(WireError) in
            guard members.count < WireLimits.packetMembers else {
                throw .badBody("there are more than \(WireLimits.packetMembers) keys")
            }
            let token = try reader.key()
            let key = try reader.text(token)
            guard token.range.count <= WireLimits.keyBytes else {
                throw .badBody("the key \(key.excerpt) is not known")
            }
            if members.contains(where: { $0.key.hasBytes(of: key) }) {
                throw .badBody("the key \(key.excerpt) occurs twice")
            }
            let kind = try reader.value(depth: WireLimits.packetDepth)
            members.append((key, try Self.value(of: kind, in: reader)))
        }
        return members
    }

    private static func value(of kind: JSONScanner.Kind, in scanner: JSONScanner) throws(WireError) -> Value {
        switch kind {
        case .string(let token): return .string(try scanner.text(token))
        case .number(let range): return scanner.integer(range).map(Value.integer) ?? .other
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .object: return .other
        case .array(let range):
            var reader = JSONScanner(scanner.bytes, from: range.lowerBound + 1)
            var strings: [String] = []
            var integers: [Int64] = []
            var isOther = false
            try reader.elements(until: UInt8(ascii: "]")) { (reader) throws(WireError) in
                switch try reader.value(depth: WireLimits.packetDepth) {
                case .string(let token): strings.append(try reader.text(token))
                case .number(let range):
                    if let integer = reader.integer(range) { integers.append(integer) } else { isOther = true }
                default: isOther = true
                }
            }
            if isOther || !strings.isEmpty && !integers.isEmpty { return .other }
            return integers.isEmpty ? .strings(strings) : .integers(integers)
        }
    }
}
