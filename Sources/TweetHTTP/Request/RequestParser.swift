import CSystem

/// Cuts a stream of bytes into requests (RFC 9112), strictly: whatever two readers could understand in two ways is
/// refused, and the connection closes.
///
/// - Lines end with CRLF; a bare CR or LF is refused, and so are folded lines, other control characters, and a space
///   before a field's colon. One empty line before the request line is skipped (RFC 9112, 2.2).
/// - The target is a path with or without a query, or `*` for OPTIONS.
/// - HTTP/1.1 needs one Host. A field whose value is no list occurs once.
/// - The length of a body is its Content-Length: digits, once. Any Transfer-Encoding is refused.
///
/// The parser keeps places, not bytes: it is offered all bytes that were not taken yet, again from their first one
/// when more have arrived. Each line is read once, so that a head in small pieces costs no more than a whole one.
public struct RequestParser: ~Copyable {
    /// The next request of a stream, as far as it has arrived.
    public enum Step {
        /// The request is incomplete: more bytes are needed.
        case partial
        /// The head is complete, and the client waits for an interim answer before it sends the body.
        ///
        /// The next call continues with the body; this step comes once for a request.
        case awaitsContinue(RequestHead)
        /// A whole request: ``RequestHead/totalBytes`` are to be taken.
        case request(RequestHead)
        /// The request is answered with a status, then the connection closes: where the next one starts is unknown.
        ///
        /// The head tells what the request was for, as far as it was read; nil if not even its first line was.
        case refused(RequestRefusal, RequestHead?)
        /// The stream ended within a request.
        case cutOff
        /// The stream ended between two requests.
        case end
    }

    private let bodyLimit: Int
    private let outline = HeadOutline()
    /// The start of the line that is not complete yet.
    private var lineStart = 0
    /// The number of bytes in which no further line end is to be found.
    private var searched = 0
    private var hasAskedForBody = false
    /// Whether the last step was a request: the next one begins with the next call.
    private var isComplete = false

    /// - Parameter bodyLimit: the most bytes that a body may have.
    public init(bodyLimit: Int) {
        // Half the range, so that a length can be added to that of a head.
        self.bodyLimit = min(bodyLimit, .max / 2)
    }

    /// Reads the next request.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that were received and not taken, starting with those of the last call.
    ///   - atEnd: whether no more bytes will follow.
    public mutating func next(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Step {
        if isComplete {
            isComplete = false
            outline.reset()
        }
        do throws(RequestRefusal) {
            guard try readHead(bytes) else { return atEnd ? ending(bytes) : .partial }
        } catch {
            return .refused(error, outline.hasRequestLine ? RequestHead(outline, bytes) : nil)
        }
        let total = outline.totalBytes
        guard bytes.count >= total else {
            if atEnd { return .cutOff }
            // A client that has sent a part of the body does not wait (RFC 9110, 10.1.1); one of HTTP/1.0 cannot.
            guard outline.expectsContinue, outline.isVersion11, !hasAskedForBody, bytes.count == outline.headBytes
            else {
                return .partial
            }
            hasAskedForBody = true
            return .awaitsContinue(RequestHead(outline, bytes))
        }
        let request = RequestHead(outline, bytes.part(0..<total))
        lineStart = 0
        searched = 0
        hasAskedForBody = false
        isComplete = true
        return .request(request)
    }

    private func ending(_ bytes: UnsafeRawBufferPointer) -> Step {
        // An empty line behind the last request is no request.
        bytes.isEmpty || bytes.equals("\r\n") ? .end : .cutOff
    }

    /// Reads the lines that have become complete.
    ///
    /// - Returns: whether the head is complete.
    private mutating func readHead(_ bytes: UnsafeRawBufferPointer) throws(RequestRefusal) -> Bool {
        if outline.headBytes > 0 { return true }
        let available = min(bytes.count, HTTPLimits.headBytes)
        guard let base = bytes.baseAddress else { return false }
        while searched < available, let found = memchr(base + searched, CInt(UInt8.lineFeed), available - searched) {
            let lineFeed = UnsafeRawPointer(found) - base
            if try take(lineStart, lineFeed, bytes) { return true }
            lineStart = lineFeed + 1
            searched = lineStart
        }
        searched = available
        if !outline.hasRequestLine { try checkRequestLine(bytes: available - lineStart) }
        guard available < HTTPLimits.headBytes else {
            throw RequestRefusal(.headTooLarge, "the head of the request has more than \(HTTPLimits.headBytes) bytes")
        }
        return false
    }

    /// Refuses a request line that has too many bytes in front of its line feed, be that there or not.
    private func checkRequestLine(bytes count: Int) throws(RequestRefusal) {
        if count > HTTPLimits.requestLineBytes + 1 { throw .targetTooLong }
    }

    /// Reads one line.
    ///
    /// - Returns: whether it has ended the head.
    private mutating func take(
        _ start: Int, _ lineFeed: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(RequestRefusal) -> Bool {
        if !outline.hasRequestLine { try checkRequestLine(bytes: lineFeed - start) }
        guard lineFeed > start, bytes[lineFeed - 1] == .carriageReturn else {
            throw .malformed("a line does not end with CR and LF")
        }
        let line = start..<lineFeed - 1
        if outline.hasRequestLine {
            guard !line.isEmpty else {
                try outline.finish(length: lineFeed + 1, bodyLimit: bodyLimit)
                return true
            }
            try outline.takeField(line, of: bytes)
        } else if !line.isEmpty || start > 0 {
            try outline.takeRequestLine(line, of: bytes)
        }
        return false
    }
}
