/// A request whose head is complete, as views into the bytes that were parsed.
///
/// It is valid until the bytes change or the parser is called again: whoever answers later copies what it needs.
public struct RequestHead {
    private let outline: HeadOutline
    /// The bytes from the first one of the head to the last one of the body, as far as the body has arrived.
    private let bytes: UnsafeRawBufferPointer

    init(_ outline: HeadOutline, _ bytes: UnsafeRawBufferPointer) {
        self.outline = outline
        self.bytes = bytes
    }

    /// The number of bytes that the request takes in the stream.
    public var totalBytes: Int { outline.totalBytes }

    public var method: HTTPMethod { outline.method }

    /// The method as written.
    public var methodName: UnsafeRawBufferPointer { bytes.part(outline.methodName.range) }

    /// The path as written, still escaped: it starts with a slash, or is `*`.
    public var path: UnsafeRawBufferPointer { bytes.part(outline.path.range) }

    /// The query as written, without its question mark; nil if the target has none.
    public var query: UnsafeRawBufferPointer? { outline.query.map { bytes.part($0.range) } }

    /// The items of the query.
    public var queryItems: QueryItems { QueryItems(of: query ?? bytes.part(0..<0)) }

    /// The body, as far as it has arrived.
    public var body: UnsafeRawBufferPointer { bytes.part(outline.headBytes..<bytes.count) }

    /// The length of the body as the client says it; nil if it says none, and there is no body.
    public var contentLength: Int? { outline.contentLength }

    // MARK: The connection

    /// Whether the client speaks HTTP/1.1, not HTTP/1.0.
    public var isVersion11: Bool { outline.isVersion11 }

    /// Whether another request may follow, and how the answer says so (RFC 9112, 9.3).
    public var persistence: Persistence {
        if outline.saysClose { return .close }
        if outline.isVersion11 { return .kept }
        return outline.saysKeepAlive ? .keptByAgreement : .close
    }

    /// Whether the Connection field asks for an upgrade.
    var asksForUpgrade: Bool { outline.saysUpgrade }

    // MARK: Fields

    /// The value of a field, trimmed; the first one of a list field that is there more than once.
    public subscript(_ field: FieldName) -> UnsafeRawBufferPointer? {
        outline.place(of: field).map { bytes.part($0.range) }
    }

    /// The value of the first field with a name in any case; for those that have no ``FieldName``.
    public func value(named name: StaticString) -> UnsafeRawBufferPointer? {
        fields.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// All fields, in their order.
    public var fields: RequestFields { RequestFields(bytes.part(0..<outline.headBytes), from: outline.fieldsStart) }

    /// Whether a list field is there more than once.
    func isRepeated(_ field: FieldName) -> Bool { outline.isRepeated(field) }

    /// Calls a function for each element of a list field, over all its lines (RFC 9110, 5.3).
    public func forEachElement(of field: FieldName, _ use: (UnsafeRawBufferPointer) -> Void) {
        guard isRepeated(field) else {
            if let value = self[field] { ListElements(of: value).forEach(use) }
            return
        }
        for line in fields where line.name.equalsIgnoringCase(field.text) { ListElements(of: line.value).forEach(use) }
    }

    /// Whether a list field has an element, in any case.
    public func has(_ element: StaticString, in field: FieldName) -> Bool {
        var isFound = false
        forEachElement(of: field) { if $0.equalsIgnoringCase(element) { isFound = true } }
        return isFound
    }

    /// Whether If-None-Match names an entity tag, or any (RFC 9110, 13.1.2); tags are compared weakly.
    ///
    /// - Parameter tag: the tag with its quotes, without `W/`.
    public func ifNoneMatch(names tag: String) -> Bool {
        var isNamed = false
        forEachElement(of: .ifNoneMatch) { element in
            let isWeak = element.count > 2 && element.part(0..<2).equals("W/")
            let theirs = isWeak ? element.part(2..<element.count) : element
            if element.equals("*") || theirs.elementsEqual(tag.utf8) { isNamed = true }
        }
        return isNamed
    }
}

/// Whether a connection stays open after an answer.
public enum Persistence: Sendable {
    /// It stays open, as HTTP/1.1 assumes.
    case kept
    /// It stays open since a client of HTTP/1.0 asks for it; the answer has to agree.
    case keptByAgreement
    /// It closes; the answer says so.
    case close
}

/// The header fields of a request, in their order.
public struct RequestFields: Sequence, IteratorProtocol {
    private let head: UnsafeRawBufferPointer
    private var position: Int

    /// - Parameters:
    ///   - head: a head that was parsed: each line has a colon and ends with CRLF, the last one is empty.
    ///   - position: the start of the first field.
    init(_ head: UnsafeRawBufferPointer, from position: Int) {
        self.head = head
        self.position = position
    }

    public mutating func next() -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        guard let lineFeed = head.firstIndex(of: .lineFeed, from: position), lineFeed > position + 1,
            let colon = head.firstIndex(of: UInt8(ascii: ":"), from: position), colon < lineFeed
        else { return nil }
        defer { position = lineFeed + 1 }
        return (head.part(position..<colon), head.part(colon + 1..<lineFeed - 1).trimmed)
    }
}
