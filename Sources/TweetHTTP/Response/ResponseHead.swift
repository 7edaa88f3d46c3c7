/// The status and the header fields of an answer, ready to be sent; one that many requests get is made once.
///
/// Date, Content-Length and Connection are not part of it: ``ResponseWriter`` adds them.
public struct ResponseHead: Sendable {
    public let status: HTTPStatus
    private(set) var bytes: [UInt8]

    /// - Parameter fields: names and values, in their order.
    public init(_ status: HTTPStatus, _ fields: [(name: StaticString, value: String)] = []) {
        self.status = status
        bytes = []
        bytes.append(status.line)
        for field in fields { append(field.name, field.value) }
    }

    /// Adds a field.
    ///
    /// A value cannot end its line: each control character in it becomes a space, as a recipient would have to do
    /// (RFC 9110, 5.5).
    public mutating func append(_ name: StaticString, _ value: String) {
        bytes.append(name)
        bytes.append(": ")
        for byte in value.utf8 { bytes.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
        bytes.append("\r\n")
    }
}
