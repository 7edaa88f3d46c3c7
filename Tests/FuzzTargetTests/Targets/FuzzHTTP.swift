// A stream of HTTP requests: the parser reads the same wherever the stream is cut, and the same as a plain reading of
// RFC 9112 that splits arrays.
//
// The first byte of an input chooses the cuts: pieces of two sizes in turn, 1 to 256 bytes each.

@testable import TweetHTTP

func fuzzHTTP(_ input: UnsafeRawBufferPointer) {
    guard let sizes = input.first else { return }
    let stream = Array(input.dropFirst())
    let expected = PlainReading.steps(of: stream)
    let whole = steps(of: stream, sizes: [stream.count])
    check(whole == expected, "plain reading: \(expected); read: \(whole)")
    let (first, second) = (1 + Int(sizes & 0xF) * 17, 1 + Int(sizes >> 4) * 17)
    check(steps(of: stream, sizes: [1]) == expected, "byte by byte it is something else")
    check(steps(of: stream, sizes: [first, second]) == expected, "cut into pieces it is something else")
}

private let bodyLimit = 100

// MARK: The parser

/// Offers a parser the stream in pieces, and describes its steps; those of interim answers are left out.
///
/// A last step is in brackets, since no method begins with one.
private func steps(of stream: [UInt8], sizes: [Int]) -> [String] {
    var parser = RequestParser(bodyLimit: bodyLimit)
    var steps: [String] = []
    var (start, end, pieces) = (0, 0, 0)
    var hasAsked = false
    while true {
        end = min(stream.count, end + sizes[pieces % sizes.count])
        pieces += 1
        offer: while true {
            let step = stream[start..<end].withUnsafeBytes { bytes -> String? in
                switch parser.next(bytes, atEnd: end == stream.count) {
                case .partial: return nil
                case .awaitsContinue(let head):
                    check(!hasAsked && head.body.isEmpty, "the body is asked for more than once")
                    hasAsked = true
                    return ""
                case .request(let head):
                    check(head.totalBytes > 0 && head.totalBytes <= bytes.count, "more is taken than is there")
                    start += head.totalBytes
                    hasAsked = false
                    return description(of: head)
                case .refused(let refusal, let head):
                    check(head?.path.isEmpty != true, "a request line without a path was read")
                    return "(refused \(refusal.status.rawValue))"
                case .cutOff: return "(cut off)"
                case .end: return "(end)"
                }
            }
            guard let step else { break offer }
            if !step.isEmpty { steps.append(step) }
            if step.hasPrefix("(") { return steps }
        }
        check(end < stream.count, "more is waited for behind the end")
    }
}

private func description(of head: RequestHead) -> String {
    tryReaders(of: head)
    let query = head.query.map { "?\(bytes($0))" } ?? ""
    let fields = head.fields.map { "\(bytes($0.name)):\(bytes($0.value))" }.joined(separator: ",")
    let path = head.path.unescaped(plusIsSpace: false) ?? "-"
    return "\(bytes(head.methodName)) \(path) \(bytes(head.path))\(query) \(head.isVersion11 ? 11 : 10) "
        + "\(head.persistence) \(fields) \(bytes(head.body))"
}

/// Calls what reads values, which must not trap, and checks what holds for all requests.
private func tryReaders(of head: RequestHead) {
    if let host = head[.host].flatMap({ HostField($0) }) {
        check(!host.host.isEmpty && host.host.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a host has other characters")
    }
    let offers = [MediaType("text", "plain"), MediaType("application", "json")]
    if let preferred = head.preferred(among: offers) {
        check(offers.indices.contains(preferred), "no offer is preferred")
    }
    _ = head.hasContent(offers[1])
    _ = head.ifNoneMatch(names: "\"a\"")
    for (_, value) in head.fields {
        let isPlain = value.allSatisfy { $0 < 0x80 } && !value.contains(UInt8(ascii: "?"))
        check(!isPlain || value.fieldText.utf8.elementsEqual(value), "a plain field has another text")
        // A byte of ISO 8859-1 is two in UTF-8.
        check(value.fieldText.utf8.count <= 2 * value.count, "a field's text is longer than the field")
        if let decoded = value.decodedBase64 { check(decoded.count <= value.count / 4 * 3 + 2, "base64 has grown") }
    }
    if let value = try? head.queryItems.value(of: "a") {
        check(head.query?.contains(UInt8(ascii: "a")) == true || head.query?.contains(UInt8(ascii: "%")) == true, value)
    }
    check(head.path.pathSegments.count >= 1 || head.path.equals("*"), "a path has no segment")
    if case .accepted(let key) = WebSocketHandshake.read(head, subprotocol: nil) {
        check(key.count == 24 && head.body.isEmpty, "a key is none")
    }
}

/// Bytes as text in which each is told from the others.
private func bytes(_ bytes: some Sequence<UInt8>) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0 < 0x21 ? $0 &+ 0x80 : $0) }))
}

// MARK: A plain reading

/// Reads a stream by the rules of ``RequestParser``, one request after the other, without regard for speed.
private struct PlainReading {
    private struct Refused: Error {
        let status: Int
    }

    private var method: ArraySlice<UInt8> = []
    private var path: ArraySlice<UInt8> = []
    private var query: ArraySlice<UInt8>?
    private var version = 0
    private var fields: [(name: String, spelled: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

    static func steps(of stream: [UInt8]) -> [String] {
        var steps: [String] = []
        var rest = stream[...]
        while true {
            if rest.isEmpty || Array(rest) == Array("\r\n".utf8) { return steps + ["(end)"] }
            var reading = PlainReading()
            do {
                guard let head = try reading.readHead(rest) else { return steps + ["(cut off)"] }
                let length = try reading.bodyLength()
                guard rest.count >= head + length else { return steps + ["(cut off)"] }
                steps.append(reading.description(body: rest.dropFirst(head).prefix(length)))
                rest = rest.dropFirst(head + length)
            } catch let refused as Refused {
                return steps + ["(refused \(refused.status))"]
            } catch {
                fatalError("\(error)")
            }
        }
    }

    /// - Returns: the length of the head; nil if it does not end.
    private mutating func readHead(_ stream: ArraySlice<UInt8>) throws -> Int? {
        let window = stream.prefix(8192)
        let longestLine = 16 + 1 + 2048 + 1 + 8
        var rest = window
        var isFirst = true
        while let lineFeed = rest.firstIndex(of: 0x0A) {
            let line = rest[..<lineFeed]
            if method.isEmpty, line.count > longestLine + 1 { throw Refused(status: 414) }
            guard line.last == 0x0D else { throw Refused(status: 400) }
            rest = rest[(lineFeed + 1)...]
            let text = line.dropLast()
            if method.isEmpty {
                if !text.isEmpty || !isFirst { try readRequestLine(text) }
            } else if text.isEmpty {
                return rest.startIndex - stream.startIndex
            } else {
                try readField(text)
            }
            isFirst = false
        }
        if method.isEmpty, rest.count > longestLine + 1 { throw Refused(status: 414) }
        if window.count == 8192 { throw Refused(status: 431) }
        return nil
    }

    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    private static func isToken(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty && text.allSatisfy { (letters + "!#$%&'*+-.^_`|~").utf8.contains($0) }
    }

    private mutating func readRequestLine(_ line: ArraySlice<UInt8>) throws {
        guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), Self.isToken(line[..<first])
        else { throw Refused(status: 400) }
        let version = String(decoding: line[(last + 1)...], as: UTF8.self)
        switch version {
        case "HTTP/1.1": self.version = 11
        case "HTTP/1.0": self.version = 10
        default: throw Refused(status: version.wholeMatch(of: #/HTTP/[0-9]\.[0-9]/#) == nil ? 400 : 505)
        }
        method = line[..<first]
        if method.count > 16 { throw Refused(status: 501) }
        let target = first < last ? line[(first + 1)..<last] : []
        if target.count > 2048 { throw Refused(status: 414) }
        path = target
        if Array(target) == Array("*".utf8), Array(method) == Array("OPTIONS".utf8) { return }
        guard target.first == UInt8(ascii: "/"),
            target.allSatisfy({ (Self.letters + "-._~!$&'()*+,;=:@/?%").utf8.contains($0) })
        else { throw Refused(status: 400) }
        if let mark = target.firstIndex(of: UInt8(ascii: "?")) {
            path = target[..<mark]
            query = target[(mark + 1)...]
        }
    }

    private mutating func readField(_ line: ArraySlice<UInt8>) throws {
        if fields.count == 64 { throw Refused(status: 431) }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Self.isToken(line[..<colon]) else {
            throw Refused(status: 400)
        }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var value = line[(colon + 1)...].drop(while: isSpace)
        while value.last.map(isSpace) == true { value.removeLast() }
        if value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) { throw Refused(status: 400) }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        let unique = [
            "host", "content-length", "content-type", "transfer-encoding", "expect", "authorization", "origin",
            "idempotency-key", "last-event-id", "sec-fetch-site", "sec-websocket-key", "sec-websocket-version",
        ]
        if unique.contains(name), fields.contains(where: { $0.name == name }) { throw Refused(status: 400) }
        fields.append((name, line[..<colon], value))
        switch name {
        case "transfer-encoding": throw Refused(status: 411)
        case "expect" where bytes(value).lowercased() != "100-continue": throw Refused(status: 417)
        case "content-length" where value.isEmpty || !value.allSatisfy({ "0123456789".utf8.contains($0) }):
            throw Refused(status: 400)
        default: break
        }
    }

    private func bodyLength() throws -> Int {
        if version == 11, !fields.contains(where: { $0.name == "host" }) { throw Refused(status: 400) }
        guard let length = fields.first(where: { $0.name == "content-length" })?.value else { return 0 }
        let digits = length.drop { $0 == UInt8(ascii: "0") }
        let number = digits.count > 9 ? .max : digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        if number > bodyLimit { throw Refused(status: 413) }
        return number
    }

    private var persistence: Persistence {
        let lines = fields.filter { $0.name == "connection" }
        let options = lines.flatMap { line in
            ListElementsOfText.split(line.value).map { String(decoding: $0, as: UTF8.self).lowercased() }
        }
        if options.contains("close") { return .close }
        return version == 11 ? .kept : options.contains("keep-alive") ? .keptByAgreement : .close
    }

    private func description(body: ArraySlice<UInt8>) -> String {
        let lines = fields.map { "\(bytes($0.spelled)):\(bytes($0.value))" }.joined(separator: ",")
        let query = self.query.map { "?\(bytes($0))" } ?? ""
        let path = Self.unescaped(Array(path)).flatMap { String(validating: $0, as: UTF8.self) } ?? "-"
        return "\(bytes(method)) \(path) \(bytes(self.path))\(query) \(version) \(persistence) \(lines) \(bytes(body))"
    }

    /// The bytes that a path means; nil if an escape is wrong or means NUL.
    private static func unescaped(_ path: [UInt8]) -> [UInt8]? {
        let parts = path.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        return parts.dropFirst().reduce(Array(parts[0]) as [UInt8]?) { text, part in
            let digits = part.prefix(2)
            guard let text, digits.count == 2, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }),
                let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), byte != 0
            else { return nil }
            return text + [byte] + part.dropFirst(2)
        }
    }
}

/// Splits lists at commas that are not between quotes.
private enum ListElementsOfText {
    static func split(_ list: ArraySlice<UInt8>) -> [[UInt8]] {
        var elements: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in list {
            if byte == UInt8(ascii: ","), !isQuoted {
                elements.append([])
                continue
            }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
            }
            elements[elements.count - 1].append(byte)
        }
        let spaces: [UInt8] = [0x20, 0x09]
        return elements.map { element in
            Array(element.drop { spaces.contains($0) }.reversed().drop { spaces.contains($0) }.reversed())
        }
    }
}
