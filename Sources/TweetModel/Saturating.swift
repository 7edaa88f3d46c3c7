/// Arithmetic on numbers that come from outside: the wire, a file, the clock. It never traps and never wraps.
extension FixedWidthInteger {
    /// The sum; the nearest representable number if it is out of range.
    @inlinable
    public func addingSaturated(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference; the nearest representable number if it is out of range.
    @inlinable
    public func subtractingSaturated(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// The product; the nearest representable number if it is out of range.
    @inlinable
    public func multipliedSaturated(by other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

extension Timestamp {
    /// The moment a number of milliseconds later, or earlier if it is negative; the last or first moment if that is
    /// out of range.
    public func adding(milliseconds span: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds.addingSaturated(span))
    }

    /// The moment a number of milliseconds earlier; the first or last moment if that is out of range.
    public func subtracting(milliseconds span: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds.subtractingSaturated(span))
    }
}
