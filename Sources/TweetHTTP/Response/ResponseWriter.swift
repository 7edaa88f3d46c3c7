/// The head of an answer.
public struct ResponseHead: Sendable {
    public var status: HTTPStatus
    /// All fields except Date, Content-Length and Connection.
    public var fields: ResponseFields
    public var persistence: Persistence

    public init(_ status: HTTPStatus, _ fields: ResponseFields, _ persistence: Persistence) {
        self.status = status
        self.fields = fields
        self.persistence = persistence
    }
}

/// Writes answers (RFC 9112, 4).
///
/// Each function appends to the bytes that a connection sends next, so that answers to pipelined requests leave in one
/// write.
public enum ResponseWriter {
    /// The interim answer to ``RequestParser/Step/awaitsContinue(_:)``.
    public static let continueAnswer = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends a whole answer.
    ///
    /// - Parameters:
    ///   - body: the content; its length is the Content-Length. Left out for a status that has none.
    ///   - isHead: whether the request's method was HEAD: all is the same except that the body is not sent.
    public static func append(
        _ head: ResponseHead, body: UnsafeRawBufferPointer, isHead: Bool = false, at date: HTTPDate,
        to bytes: inout [UInt8]
    ) {
        appendStart(head, at: date, to: &bytes)
        appendPersistence(head.persistence, to: &bytes)
        guard !head.status.hasNoContent else { return bytes.append("\r\n") }
        bytes.append("Content-Length: ")
        bytes.append(decimal: body.count)
        bytes.append("\r\n\r\n")
        if !isHead { bytes.append(contentsOf: body.elements) }
    }

    /// Appends the head of an answer whose body has no end that is known: a stream, to a client of any version.
    ///
    /// The end of the connection ends the body; it is not sent in chunks. All followers of a feed are sent from one ring
    /// of lines, and a chunk's length before each write would have to be made for each follower.
    public static func appendStream(
        _ status: HTTPStatus, _ fields: ResponseFields, at date: HTTPDate, to bytes: inout [UInt8]
    ) {
        let head = ResponseHead(status, fields, .close)
        appendStart(head, at: date, to: &bytes)
        appendPersistence(.close, to: &bytes)
        bytes.append("\r\n")
    }

    /// Appends the answer that turns the connection into another protocol's; its fields say which.
    static func appendSwitch(_ fields: ResponseFields, at date: HTTPDate, to bytes: inout [UInt8]) {
        appendStart(ResponseHead(.switchingProtocols, fields, .kept), at: date, to: &bytes)
        bytes.append("\r\n")
    }

    private static func appendStart(_ head: ResponseHead, at date: HTTPDate, to bytes: inout [UInt8]) {
        bytes.append(head.status.line)
        bytes.append(contentsOf: date.line)
        bytes.append(contentsOf: head.fields.bytes)
    }

    private static func appendPersistence(_ persistence: Persistence, to bytes: inout [UInt8]) {
        switch persistence {
        case .kept: break
        case .keptByAgreement: bytes.append("Connection: keep-alive\r\n")
        case .close: bytes.append("Connection: close\r\n")
        }
    }
}
