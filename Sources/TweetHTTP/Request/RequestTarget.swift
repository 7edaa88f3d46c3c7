/// Escapes of paths and queries (RFC 3986, 2.1).
extension UnsafeRawBufferPointer {
    /// The text that an escaped part of a target means; nil if an escape is invalid, the text is not UTF-8, or contains
    /// NUL.
    ///
    /// - Parameter plusIsSpace: whether `+` means a space, as in a query that a form has sent.
    public func unescaped(plusIsSpace: Bool) -> String? {
        guard contains(where: { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") }) else {
            return String(validating: self, as: UTF8.self)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var index = 0
        while index < count {
            switch self[index] {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard count - index > 2, let high = self[index + 1].hexadecimalValue,
                    let low = self[index + 2].hexadecimalValue, high | low != 0
                else { return nil }
                bytes.append(high << 4 | low)
                index += 2
            case let byte: bytes.append(byte)
            }
            index += 1
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The segments of a path that begins with a slash: `/tag/ops` has `tag` and `ops`, and `/` an empty one.
    public var pathSegments: [UnsafeRawBufferPointer] {
        var segments: [UnsafeRawBufferPointer] = []
        var start = 1
        while start <= count {
            let end = firstIndex(of: UInt8(ascii: "/"), from: start) ?? count
            segments.append(part(start..<end))
            start = end + 1
        }
        return segments
    }
}

/// The items of a query, `key=value` joined by `&`, as written; a key alone has an empty value.
public struct QueryItems: Sequence, IteratorProtocol {
    private let query: UnsafeRawBufferPointer
    private var position = 0

    public init(of query: UnsafeRawBufferPointer) {
        self.query = query
    }

    public mutating func next() -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        while position < query.count {
            let start = position
            let end = query.firstIndex(of: UInt8(ascii: "&"), from: start) ?? query.count
            position = end + 1
            let item = query.part(start..<end)
            guard !item.isEmpty else { continue }
            guard let sign = item.firstIndex(of: UInt8(ascii: "="), from: 0) else { return (item, item.part(0..<0)) }
            return (item.part(0..<sign), item.part(sign + 1..<item.count))
        }
        return nil
    }

    /// The value of a key, unescaped; nil if the query does not have the key.
    ///
    /// - Parameter key: the key in ASCII; the query may escape its characters.
    /// - Throws: 400 if the key is there twice, or if an escape in it or its value is invalid.
    public func value(of key: StaticString) throws(RequestRefusal) -> String? {
        var found: UnsafeRawBufferPointer?
        for item in self {
            let isMeant =
                item.key.contains(UInt8(ascii: "%"))
                ? try Self.text(item.key).utf8.elementsEqual(key.description.utf8) : item.key.equals(key)
            guard isMeant else { continue }
            if found != nil { throw .malformed("a key of the query is there twice") }
            found = item.value
        }
        guard let found else { return nil }
        return try Self.text(found)
    }

    private static func text(_ escaped: UnsafeRawBufferPointer) throws(RequestRefusal) -> String {
        guard let text = escaped.unescaped(plusIsSpace: true) else {
            throw .malformed("the query has an escape that is no text in UTF-8")
        }
        return text
    }
}
