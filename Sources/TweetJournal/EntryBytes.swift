import TweetModel

/// Encodes the values of an entry; see ``EntryCodec`` for the format.
struct EntryWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ kind: EntryCodec.Kind, _ time: Timestamp) {
        append(kind.version)
        append(kind.rawValue)
        append(time.milliseconds)
    }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func append(_ boolean: Bool) {
        bytes.append(boolean ? 1 : 0)
    }

    mutating func append(_ integer: Int64) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ string: String) {
        append(count: string.utf8.count)
        bytes.append(utf8: string)
    }

    mutating func append(optional string: String?) {
        append(string != nil)
        if let string { append(string) }
    }

    mutating func append(optional integer: Int64?) {
        append(integer != nil)
        if let integer { append(integer) }
    }

    mutating func append(_ names: [Name]) {
        append(count: names.count)
        for name in names { append(name.string) }
    }

    mutating func append(_ sequences: [SequenceNumber]) {
        append(count: sequences.count)
        for sequence in sequences { append(sequence) }
    }

    mutating func append(_ step: PruningStep) {
        append(step.kind.rawValue)
        append(step.limit.milliseconds)
        append(step.start)
        append(count: Int(step.work))
    }

    mutating func append(_ scope: TokenScope) {
        switch scope {
        case .send: append(UInt8(1))
        case .read(let tag):
            append(UInt8(2))
            append(tag.written)
        case .everything: append(UInt8(3))
        }
    }

    /// - Parameter count: at most 65,535; the bounds of all values are far lower.
    mutating func append(count: Int) {
        withUnsafeBytes(of: UInt16(count).bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Decodes the values of an entry, and refuses any that is truncated or invalid.
struct EntryReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// Refuses bytes after the last value.
    func end() throws(EntryRefusal) {
        guard rest.isEmpty else { throw .malformed("\(rest.count) bytes too many") }
    }

    private mutating func take(_ count: Int) throws(EntryRefusal) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .malformed("cut short") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func unsigned(bytes count: Int) throws(EntryRefusal) -> UInt64 {
        try take(count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func byte() throws(EntryRefusal) -> UInt8 { UInt8(try unsigned(bytes: 1)) }

    mutating func integer() throws(EntryRefusal) -> Int64 { Int64(bitPattern: try unsigned(bytes: 8)) }

    /// Reads a number that ``EntryWriter/append(count:)`` wrote.
    mutating func count() throws(EntryRefusal) -> UInt16 { UInt16(try unsigned(bytes: 2)) }

    mutating func boolean() throws(EntryRefusal) -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw .malformed("\(byte) is neither 0 nor 1") }
        return byte == 1
    }

    mutating func optional<Value>(
        _ value: (inout EntryReader) throws(EntryRefusal) -> Value
    ) throws(EntryRefusal) -> Value? {
        try boolean() ? try value(&self) : nil
    }

    mutating func list<Value>(
        _ value: (inout EntryReader) throws(EntryRefusal) -> Value
    ) throws(EntryRefusal) -> [Value] {
        let count = try count()
        var values: [Value] = []
        // A count that is too large does no harm: the first missing value ends the loop.
        for _ in 0..<count { values.append(try value(&self)) }
        return values
    }

    private mutating func string() throws(EntryRefusal) -> String {
        let bytes = try take(Int(try unsigned(bytes: 2)))
        guard let string = String(validating: bytes, as: UTF8.self) else { throw .malformed("invalid UTF-8") }
        return string
    }

    mutating func name() throws(EntryRefusal) -> Name {
        guard let name = Name(try string()) else { throw .malformed("an invalid name") }
        return name
    }

    /// Reads a text without checking its characters: it was checked at its upload, perhaps by another version's rules.
    mutating func text() throws(EntryRefusal) -> TweetText {
        let string = try string()
        guard (1...EntryCodec.textBytes).contains(string.utf8.count) else {
            throw .malformed("a text of \(string.utf8.count) bytes")
        }
        return TweetText(stored: string)
    }

    mutating func id() throws(EntryRefusal) -> UploadID? {
        try optional { reader throws(EntryRefusal) in
            guard let id = UploadID(try reader.string()) else { throw .malformed("an invalid id") }
            return id
        }
    }

    mutating func step() throws(EntryRefusal) -> PruningStep {
        let number = try byte()
        guard let rows = PruningStep.Kind(rawValue: number) else { throw .malformed("rows of kind \(number)") }
        let limit = Timestamp(milliseconds: try integer())
        let start = try integer()
        let work = try count()
        guard work > 0 else { throw .malformed("a step without work") }
        return PruningStep(rows, before: limit, after: start, work: work)
    }

    mutating func tokenHash() throws(EntryRefusal) -> TokenHash { TokenHash(try string()) }

    mutating func scope() throws(EntryRefusal) -> TokenScope {
        switch try byte() {
        case 1: return .send
        case 2:
            let written = try string()
            guard let tag = Hashtag(written), tag.written.hasBytes(of: written) else {
                throw .malformed("an invalid hashtag")
            }
            return .read(tag)
        case 3: return .everything
        case let other: throw .malformed("a token of kind \(other)")
        }
    }

    /// Reads a label without checking its characters, as for a text.
    mutating func label() throws(EntryRefusal) -> TokenLabel? {
        try optional { reader throws(EntryRefusal) in
            let string = try reader.string()
            guard (1...EntryCodec.textBytes).contains(string.utf8.count) else {
                throw .malformed("a label of \(string.utf8.count) bytes")
            }
            return TokenLabel(stored: string)
        }
    }

    mutating func password() throws(EntryRefusal) -> PasswordHash { PasswordHash(try string()) }
}
