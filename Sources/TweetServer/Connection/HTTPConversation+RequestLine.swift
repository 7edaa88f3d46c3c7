extension HTTPConversation {
    /// Whether a line without its line feed looks like the first one of a request: `GET / HTTP/1.1`.
    static func isRequestLine(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let first = line.first, begins(with: first) else { return false }
        let end = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
        return end.dropLast().suffix(8).elementsEqual(" HTTP/1.".utf8)
    }
}
