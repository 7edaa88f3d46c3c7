public import TweetWire

/// An item of a list that is printed in parts.
public protocol PrintedItem {
    /// Bytes of memory that it takes.
    var memoryBytes: Int { get }
}

extension WireTweet: PrintedItem {}
extension WireMessage: PrintedItem {}
extension WirePerson: PrintedItem {}
extension WireBlock: PrintedItem {}
extension WireToken: PrintedItem {}
extension WireTag: PrintedItem {}

extension Array where Element: PrintedItem {
    /// The list in parts that are printed with one write each; an ordinary list has one part, and an empty one as well.
    public var printedParts: [[Element]] {
        var parts: [[Element]] = []
        var start = 0
        var bytes = 0
        for (index, item) in enumerated() {
            bytes += item.memoryBytes
            guard bytes > ClientLimits.writtenBytes else { continue }
            parts.append(Array(self[start...index]))
            (start, bytes) = (index + 1, 0)
        }
        if start < count || parts.isEmpty { parts.append(Array(self[start...])) }
        return parts
    }
}
