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
    ///   - persistence: whether the connection stays open, which the request and the server decide.
    ///   - isHead: whether the request's method was HEAD: all is the same except that the body is not sent.
    public static func append(
        _ head: ResponseHead, body: UnsafeRawBufferPointer, _ persistence: Persistence, isHead: Bool = false,
        at date: HTTPDate, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: head.bytes)
        switch persistence {
        case .kept: break
        case .keptByAgreement: bytes.append("Connection: keep-alive\r\n")
        // An Upgrade field needs its option here (RFC 9110, 7.8).
        case .close where head.status == .upgradeRequired: bytes.append("Connection: close, Upgrade\r\n")
        case .close: bytes.append("Connection: close\r\n")
        }
        guard !head.status.hasNoContent else { return bytes.append(contentsOf: date.lastLine) }
        bytes.append("Content-Length: ")
        bytes.append(decimal: body.count)
        bytes.append("\r\n")
        bytes.append(contentsOf: date.lastLine)
        if !isHead { bytes.append(contentsOf: body.elements) }
    }

    /// Appends the head of an answer whose body has no end that is known: a stream, to a client of any version.
    ///
    /// The end of the connection ends the body; it is not sent in chunks. All followers of a feed are sent from one ring
    /// of lines, and a chunk's length before each write would have to be made for each follower.
    public static func appendStream(_ head: ResponseHead, at date: HTTPDate, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: head.bytes)
        bytes.append("Connection: close\r\n")
        bytes.append(contentsOf: date.lastLine)
    }

    /// Appends the answer that turns the connection into another protocol's; its fields say which.
    static func appendSwitch(_ head: ResponseHead, at date: HTTPDate, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: head.bytes)
        bytes.append(contentsOf: date.lastLine)
    }
}
