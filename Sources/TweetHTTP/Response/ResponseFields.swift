/// Header fields of an answer, ready to be sent; those that are the same for many answers are made once.
public struct ResponseFields: Sendable {
    private(set) var bytes: [UInt8] = []

    /// No fields.
    public static let none = ResponseFields()

    public init() {}

    /// - Parameter fields: names and values, in their order.
    public init(_ fields: [(name: StaticString, value: String)]) {
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
