extension String {
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
