/// The meaning of a request's head as far as it was read: places in the bytes, so that the bytes may move meanwhile.
///
/// An object, which a parser uses for one request after the other: as a value it was copied on its way out of the parser,
/// which took 40 % of the parser's time.
final class HeadOutline {
    /// A range of the head's bytes, which are few enough for 16 bits.
    struct Place {
        var start: UInt16 = 0
        var end: UInt16 = 0

        init() {}

        init(_ range: Range<Int>) {
            start = UInt16(truncatingIfNeeded: range.lowerBound)
            end = UInt16(truncatingIfNeeded: range.upperBound)
        }

        var range: Range<Int> { Int(start)..<max(Int(start), Int(end)) }
    }

    private(set) var method = HTTPMethod.other
    private(set) var methodName = Place()
    private(set) var path = Place()
    /// The query without its question mark; nil without one.
    private(set) var query: Place?
    private(set) var isVersion11 = false
    /// The start of the first field's line.
    private(set) var fieldsStart = 0
    private(set) var contentLength: Int?
    private(set) var expectsContinue = false
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    private(set) var saysUpgrade = false
    /// The length of the head with its empty line; 0 until it is complete.
    private(set) var headBytes = 0

    private var fieldCount = 0
    /// The place of each field's value, by the field's raw value; of no meaning for a field that is not there.
    private var values = InlineArray<18, Place>(repeating: Place())
    /// The fields that are there, a bit for each.
    private var present: UInt32 = 0
    /// The list fields that are there more than once.
    private var repeated: UInt32 = 0

    /// Forgets the request.
    func reset() {
        query = nil
        fieldsStart = 0
        contentLength = nil
        expectsContinue = false
        saysClose = false
        saysKeepAlive = false
        saysUpgrade = false
        headBytes = 0
        fieldCount = 0
        present = 0
        repeated = 0
    }

    var hasRequestLine: Bool { fieldsStart > 0 }

    func place(of field: FieldName) -> Place? { has(field) ? values[field.rawValue] : nil }

    func isRepeated(_ field: FieldName) -> Bool { repeated & Self.bit(field) != 0 }

    private func has(_ field: FieldName) -> Bool { present & Self.bit(field) != 0 }

    private static func bit(_ field: FieldName) -> UInt32 { 1 << UInt32(truncatingIfNeeded: field.rawValue) }

    // MARK: The request line

    /// Reads the request line: method, target and version, one space between them (RFC 9112, 3).
    ///
    /// - Parameter line: the line's place in the bytes, without its line end.
    func takeRequestLine(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(RequestRefusal) {
        var methodEnd = line.lowerBound
        while methodEnd < line.upperBound, ByteSet.token.contains(bytes[methodEnd]) { methodEnd += 1 }
        guard methodEnd > line.lowerBound, methodEnd < line.upperBound, bytes[methodEnd] == UInt8(ascii: " ") else {
            throw .malformed("the request line does not begin with a method")
        }
        let version = bytes.part(max(methodEnd, line.upperBound - Self.versionBytes)..<line.upperBound)
        isVersion11 = try Self.isVersion11(version)
        guard methodEnd - line.lowerBound <= HTTPLimits.methodBytes else {
            throw RequestRefusal(.notImplemented, "the method has more than \(HTTPLimits.methodBytes) bytes")
        }
        methodName = Place(line.lowerBound..<methodEnd)
        method = HTTPMethod(bytes.part(methodName.range))
        try takeTarget(min(methodEnd + 1, line.upperBound - version.count)..<line.upperBound - version.count, of: bytes)
        fieldsStart = line.upperBound + 2
    }

    /// The length of ` HTTP/1.1`.
    private static let versionBytes = 9

    private static func isVersion11(_ text: UnsafeRawBufferPointer) throws(RequestRefusal) -> Bool {
        if text.equals(" HTTP/1.1") { return true }
        if text.equals(" HTTP/1.0") { return false }
        guard text.count == versionBytes, text.part(0..<6).equals(" HTTP/"), text[6].isDigit,
            text[7] == UInt8(ascii: "."), text[8].isDigit
        else { throw .malformed("the request line does not end with a version") }
        throw RequestRefusal(.versionNotSupported, "the version is neither HTTP/1.0 nor HTTP/1.1")
    }

    private func takeTarget(_ target: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(RequestRefusal) {
        guard target.count <= HTTPLimits.targetBytes else { throw .targetTooLong }
        guard let first = target.first, bytes[first] == UInt8(ascii: "/") else {
            guard method == .options, bytes.part(target).equals("*") else {
                throw .malformed("the target does not begin with a slash")
            }
            path = Place(target)
            return
        }
        for index in target where !ByteSet.target.contains(bytes[index]) {
            throw .malformed("the target contains a character that has to be escaped")
        }
        if let mark = bytes.part(target).firstIndex(of: UInt8(ascii: "?"), from: 0) {
            path = Place(first..<first + mark)
            query = Place(first + mark + 1..<target.upperBound)
        } else {
            path = Place(target)
        }
    }

    // MARK: Fields

    /// Reads a header field's line (RFC 9112, 5).
    ///
    /// - Parameter line: the line's place in the bytes, without its line end.
    func takeField(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(RequestRefusal) {
        fieldCount += 1
        guard fieldCount <= HTTPLimits.fields else {
            throw RequestRefusal(.headTooLarge, "the request has more than \(HTTPLimits.fields) header fields")
        }
        var colon = line.lowerBound
        while colon < line.upperBound, ByteSet.token.contains(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
            throw .malformed("a header field's name is missing, or is not followed by a colon")
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, bytes[start].isSpaceOrTab { start += 1 }
        while end > start, bytes[end - 1].isSpaceOrTab { end -= 1 }
        guard !bytes.hasControls(start..<end) else {
            throw .malformed("a header field contains a control character")
        }
        guard let field = FieldName(bytes.part(line.lowerBound..<colon)) else { return }
        if has(field) {
            guard field.isList else { throw .malformed("a header field that must be unique is there twice") }
            repeated |= Self.bit(field)
        } else {
            present |= Self.bit(field)
            values[field.rawValue] = Place(start..<end)
        }
        try apply(field, bytes.part(start..<end))
    }

    /// Notes what a field means for the stream of requests.
    private func apply(_ field: FieldName, _ value: UnsafeRawBufferPointer) throws(RequestRefusal) {
        switch field {
        case .contentLength: contentLength = try Self.length(value)
        case .transferEncoding: throw RequestRefusal(.lengthRequired, "a body is sent by its Content-Length only")
        case .expect:
            guard value.equalsIgnoringCase("100-continue") else {
                throw RequestRefusal(.expectationFailed, "the expectation is not known")
            }
            expectsContinue = true
        case .connection:
            for option in ListElements(of: value) {
                if option.equalsIgnoringCase("close") { saysClose = true }
                if option.equalsIgnoringCase("keep-alive") { saysKeepAlive = true }
                if option.equalsIgnoringCase("upgrade") { saysUpgrade = true }
            }
        default: break
        }
    }

    /// Reads a Content-Length; one that is too large for an `Int` becomes the largest.
    private static func length(_ digits: UnsafeRawBufferPointer) throws(RequestRefusal) -> Int {
        guard !digits.isEmpty else { throw .malformed("the Content-Length is empty") }
        var length = 0
        for digit in digits {
            guard digit.isDigit else { throw .malformed("the Content-Length is not a number") }
            let (shifted, isOver) = length.multipliedReportingOverflow(by: 10)
            let (sum, isCarried) = shifted.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            length = isOver || isCarried ? .max : sum
        }
        return length
    }

    // MARK: The end

    /// Checks the head as a whole, at its empty line.
    ///
    /// - Parameters:
    ///   - length: the head's length with the empty line.
    ///   - bodyLimit: the most bytes that the body may have.
    func finish(length: Int, bodyLimit: Int) throws(RequestRefusal) {
        guard has(.host) || !isVersion11 else { throw .malformed("the Host is missing") }
        guard contentLength ?? 0 <= bodyLimit else {
            throw RequestRefusal(.contentTooLarge, "the body has more than \(bodyLimit) bytes")
        }
        headBytes = length
    }

    /// The length of the request with its body.
    var totalBytes: Int { headBytes + (contentLength ?? 0) }
}

extension RequestRefusal {
    static let targetTooLong = RequestRefusal(
        .targetTooLong, "the target has more than \(HTTPLimits.targetBytes) bytes")
}

extension UnsafeRawBufferPointer {
    /// Whether a range contains a control character other than the tab.
    fileprivate func hasControls(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            if range.upperBound - index >= 8,
                !Self.mayHaveControls(loadUnaligned(fromByteOffset: index, as: UInt64.self))
            {
                index += 8
                continue
            }
            let byte = self[index]
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return true }
            index += 1
        }
        return false
    }

    /// Whether one of eight bytes may be below 0x20, or is 0x7F.
    ///
    /// Subtracting borrows from the next byte only where a byte is below 0x20, so that the answer "no" is always right.
    @inline(__always)
    private static func mayHaveControls(_ word: UInt64) -> Bool {
        let below = (word &- 0x2020_2020_2020_2020) & ~word
        let deletes = word ^ 0x7F7F_7F7F_7F7F_7F7F
        let delete = (deletes &- 0x0101_0101_0101_0101) & ~deletes
        return (below | delete) & 0x8080_8080_8080_8080 != 0
    }
}
