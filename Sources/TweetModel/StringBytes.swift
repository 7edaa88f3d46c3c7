extension String {
    /// Whether two strings have the same bytes; `==` also holds for two normal forms of one text.
    @inlinable
    public func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Feeds the string's bytes into a hasher, to match ``hasBytes(of:)``.
    func hashBytes(into hasher: inout Hasher) {
        var copy = self
        copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Whether every byte of the string's UTF-8 passes a test.
    ///
    /// The loop runs over the string's memory: over its UTF-8 view it took 4 % of the server's time for an upload.
    @inlinable
    @inline(__always)
    public func everyByte(_ passes: (UInt8) -> Bool) -> Bool {
        let bytes = utf8.span
        for index in bytes.indices where !passes(bytes[index]) { return false }
        return true
    }
}
