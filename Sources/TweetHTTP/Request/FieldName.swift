/// The header fields whose values a request has at hand; see ``RequestHead``.
public enum FieldName: Int, CaseIterable, Sendable {
    case accept, authorization, connection, contentLength, contentType, expect, host, idempotencyKey, ifNoneMatch
    case lastEventID, origin, secFetchSite, secWebSocketKey, secWebSocketProtocol, secWebSocketVersion
    case transferEncoding, upgrade, xForwardedFor

    /// The name in small letters.
    public var text: StaticString {
        switch self {
        case .accept: "accept"
        case .authorization: "authorization"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .expect: "expect"
        case .host: "host"
        case .idempotencyKey: "idempotency-key"
        case .ifNoneMatch: "if-none-match"
        case .lastEventID: "last-event-id"
        case .origin: "origin"
        case .secFetchSite: "sec-fetch-site"
        case .secWebSocketKey: "sec-websocket-key"
        case .secWebSocketProtocol: "sec-websocket-protocol"
        case .secWebSocketVersion: "sec-websocket-version"
        case .transferEncoding: "transfer-encoding"
        case .upgrade: "upgrade"
        case .xForwardedFor: "x-forwarded-for"
        }
    }

    /// Whether a request may have the field more than once: its value is a list (RFC 9110, 5.3).
    ///
    /// If another one of these fields were there twice, two readers of the request could each use a different value.
    var isList: Bool {
        switch self {
        case .accept, .connection, .ifNoneMatch, .secWebSocketProtocol, .upgrade, .xForwardedFor: true
        default: false
        }
    }

    /// Recognises a name in any case; nil for a field without special meaning.
    init?(_ name: UnsafeRawBufferPointer) {
        guard let first = name.first else { return nil }
        let candidate: FieldName
        switch (name.count, first | 0x20) {
        case (4, UInt8(ascii: "h")): candidate = .host
        case (6, UInt8(ascii: "a")): candidate = .accept
        case (6, UInt8(ascii: "e")): candidate = .expect
        case (6, UInt8(ascii: "o")): candidate = .origin
        case (7, UInt8(ascii: "u")): candidate = .upgrade
        case (10, UInt8(ascii: "c")): candidate = .connection
        case (12, UInt8(ascii: "c")): candidate = .contentType
        case (13, UInt8(ascii: "a")): candidate = .authorization
        case (13, UInt8(ascii: "i")): candidate = .ifNoneMatch
        case (13, UInt8(ascii: "l")): candidate = .lastEventID
        case (14, UInt8(ascii: "c")): candidate = .contentLength
        case (14, UInt8(ascii: "s")): candidate = .secFetchSite
        case (15, UInt8(ascii: "i")): candidate = .idempotencyKey
        case (15, UInt8(ascii: "x")): candidate = .xForwardedFor
        case (17, UInt8(ascii: "s")): candidate = .secWebSocketKey
        case (17, UInt8(ascii: "t")): candidate = .transferEncoding
        case (21, UInt8(ascii: "s")): candidate = .secWebSocketVersion
        case (22, UInt8(ascii: "s")): candidate = .secWebSocketProtocol
        default: return nil
        }
        guard name.equalsIgnoringCase(candidate.text) else { return nil }
        self = candidate
    }
}
