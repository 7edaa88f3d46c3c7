extension String {
    /// Whether two strings have the same bytes.
    ///
    /// The standard library's `==` also equates other normal forms of one text, for which it normalizes both: a thousand
    /// times as slow for a long run of combining marks.
    @inlinable
    public func hasBytes(of other: String) -> Bool {
        let (left, right) = (utf8.span, other.utf8.span)
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

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
