/// The number of values up to each of some bounds, and their sum.
public struct Histogram: Sendable {
    /// The bounds in ascending order, each with the number of values that are greater than the bound before and not
    /// greater than this one.
    public private(set) var buckets: [(bound: Int64, count: Int64)]
    /// The number of values beyond the last bound.
    public private(set) var beyond: Int64 = 0
    public private(set) var sum: Int64 = 0

    public var count: Int64 { buckets.reduce(beyond) { $0 + $1.count } }

    public init(bounds: [Int64]) {
        buckets = bounds.map { ($0, 0) }
    }

    public mutating func add(_ value: Int64) {
        sum += value
        if let index = buckets.firstIndex(where: { value <= $0.bound }) {
            buckets[index].count += 1
        } else {
            beyond += 1
        }
    }
}
