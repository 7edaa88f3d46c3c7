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

    /// Whether every byte of the string's UTF-8 passes a test, which must have no effects.
    @inlinable
    @inline(__always)
    public func everyByte(_ passes: (UInt8) -> Bool) -> Bool {
        utf8.span.withUnsafeBufferPointer { UnsafeRawBufferPointer($0).everyByte(passes) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether every byte passes a test, which must have no effects.
    ///
    /// The loop looks at all bytes even if an early one fails, and counts without a check for overflow: the compiler
    /// then tests sixteen bytes at once, which takes 0.07 ns a byte instead of 0.6.
    @inlinable
    @inline(__always)
    public func everyByte(_ passes: (UInt8) -> Bool) -> Bool {
        guard let baseAddress else { return true }
        var failures: UInt8 = 0
        var index = 0
        while index < count {
            failures |= passes(baseAddress.load(fromByteOffset: index, as: UInt8.self)) ? 0 : 1
            index &+= 1
        }
        return failures == 0
    }
}
