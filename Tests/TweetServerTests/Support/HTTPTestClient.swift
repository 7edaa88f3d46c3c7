import TestSupport
import Testing

/// A response as it came, its body without its framing.
struct HTTPTestResponse {
    let status: Int
    /// The fields, their names in small letters.
    let fields: [String: String]
    let body: String

    /// Parses one response; nil while it is incomplete.
    ///
    /// - Parameters:
    ///   - bytes: what has arrived; the response is removed.
    ///   - isHead: whether it has no body in spite of its fields.
    ///   - atEnd: whether the connection has ended, which ends a body without a length.
    init?(_ bytes: inout [UInt8], isHead: Bool, atEnd: Bool) throws {
        var head = 0
        while head + 4 <= bytes.count, !bytes[head...].starts(with: "\r\n\r\n".utf8) { head += 1 }
        guard head + 4 <= bytes.count else { return nil }
        let lines = String(decoding: bytes[..<head], as: UTF8.self).components(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        try #require(words.count > 2 && words[0] == "HTTP/1.1", "\(lines[0])")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let colon = try #require(line.firstIndex(of: ":"))
            let name = line[..<colon].lowercased()
            try #require(fields[name] == nil, "\(name) is there twice")
            fields[name] = String(line[line.index(colon, offsetBy: 2)...])
        }
        status = try #require(Int(words[1]))
        self.fields = fields
        let rest = bytes[(head + 4)...]
        if isHead || status == 100 || status == 101 {
            body = ""
            bytes.removeFirst(head + 4)
        } else if fields["transfer-encoding"] == "chunked" {
            guard let (text, taken) = try Self.chunks(Array(rest)) else { return nil }
            body = text
            bytes.removeFirst(head + 4 + taken)
        } else if let length = fields["content-length"].flatMap({ Int($0) }) {
            guard rest.count >= length else { return nil }
            body = String(decoding: rest.prefix(length), as: UTF8.self)
            bytes.removeFirst(head + 4 + length)
        } else {
            guard atEnd else { return nil }
            body = String(decoding: rest, as: UTF8.self)
            bytes = []
        }
    }

    /// The body of chunks and the number of bytes that they take; nil while they are incomplete.
    private static func chunks(_ bytes: [UInt8]) throws -> (String, Int)? {
        var text: [UInt8] = []
        var position = 0
        while let end = bytes[position...].firstIndex(of: UInt8(ascii: "\r")) {
            let digits = String(decoding: bytes[position..<end], as: UTF8.self)
            let count = try #require(Int(digits, radix: 16), "\(digits)")
            position = end + 2
            guard bytes.count >= position + count + 2 else { return nil }
            text += bytes[position..<position + count]
            try #require(Array(bytes[(position + count)..<(position + count + 2)]) == Array("\r\n".utf8))
            position += count + 2
            if count == 0 { return (String(decoding: text, as: UTF8.self), position) }
        }
        return nil
    }
}

/// A client of a ``ServerFixture`` that speaks HTTP.
final class HTTPTestClient {
    private let fixture: ServerFixture
    let client: FixtureClient
    private var bytes: [UInt8] = []

    init(
        _ fixture: ServerFixture, from host: String = "127.0.0.1", sendBuffer: CInt? = nil, speaksOnlyHTTP: Bool = false
    ) throws {
        self.fixture = fixture
        client = try fixture.connect(from: host, sendBuffer: sendBuffer, speaksOnlyHTTP: speaksOnlyHTTP)
    }

    func send(_ text: String) throws { try client.send(bytes: Array(text.utf8)) }

    /// The next response, after as many turns as needed.
    func next(isHead: Bool = false) throws -> HTTPTestResponse {
        var response: HTTPTestResponse?
        try fixture.turn {
            bytes += client.takeBytes()
            response = try HTTPTestResponse(&bytes, isHead: isHead, atEnd: client.isAtEnd)
            return response != nil || client.isAtEnd
        }
        return try #require(response)
    }

    /// Takes the bytes that have come behind the last response.
    func takeUnread() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// The head of a stream's response; what follows is read with ``text(of:)``.
    func nextHead() throws -> HTTPTestResponse { try next(isHead: true) }

    /// Takes what arrives, until the whole of it is long enough or the connection ends.
    func text(of count: Int) throws -> String {
        fixture.turn {
            bytes += client.takeBytes()
            return bytes.count >= count || client.isAtEnd
        }
        defer { bytes = [] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the server has ended the connection, without anything more.
    func isAtEnd() throws -> Bool {
        fixture.turn {
            bytes += client.takeBytes()
            return client.isAtEnd
        }
        return bytes.isEmpty
    }

    /// Sends a request of HTTP/1.1 and returns the response.
    ///
    /// - Parameter fields: lines such as `Accept: text/html`, besides Host and Content-Length.
    func request(
        _ method: String, _ target: String, _ fields: [String] = [], body: String? = nil
    ) throws -> HTTPTestResponse {
        var lines = ["\(method) \(target) HTTP/1.1"]
        if !fields.contains(where: { $0.hasPrefix("Host:") }) { lines.append("Host: localhost") }
        lines += fields
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try next(isHead: method == "HEAD")
    }
}

extension String {
    /// The parts between separators, an empty one too.
    fileprivate func components(separator: String) -> [String] {
        var parts: [String] = []
        var rest = utf8[...]
        while let range = rest.firstRange(of: Array(separator.utf8)) {
            parts.append(String(decoding: rest[..<range.lowerBound], as: UTF8.self))
            rest = rest[range.upperBound...]
        }
        return parts + [String(decoding: rest, as: UTF8.self)]
    }
}
