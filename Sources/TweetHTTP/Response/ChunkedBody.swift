/// A body that is sent piece by piece although its length is not known at first (RFC 9112, 7.1).
///
/// Its end is a piece of its own, so that a client notices an answer that was cut off. Clients of HTTP/1.0 do not know
/// chunks: for them the end of the connection ends the body; see ``ResponseWriter/appendStream(_:at:to:)``.
public enum ChunkedBody {
    /// The piece that ends a body.
    public static let end = Array("0\r\n\r\n".utf8)

    /// Appends the head of an answer with such a body.
    ///
    /// - Parameter closes: whether the connection closes after the body.
    public static func appendHead(
        _ head: ResponseHead, closes: Bool, at date: HTTPDate, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: head.bytes)
        bytes.append("Transfer-Encoding: chunked\r\n")
        if closes { bytes.append("Connection: close\r\n") }
        bytes.append(contentsOf: date.lastLine)
    }

    /// Appends a piece; an empty one is left out, since it would end the body.
    public static func append(_ piece: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        guard !piece.isEmpty else { return }
        bytes.append(hexadecimal: piece.count)
        bytes.append("\r\n")
        bytes.append(contentsOf: piece.elements)
        bytes.append("\r\n")
    }
}

extension [UInt8] {
    fileprivate mutating func append(hexadecimal number: Int) {
        let digits: StaticString = "0123456789abcdef"
        var shift = Swift.max(0, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4 * 4 - 4)
        while shift >= 0 {
            append(digits.utf8Start[number >> shift & 0xF])
            shift -= 4
        }
    }
}
