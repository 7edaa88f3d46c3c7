/// A queue, first come first served, of connections or groups that wait for a turn of the loop.
struct TurnQueue<Element> {
    private var elements: [Element] = []
    /// The index of the first one that waits.
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        defer {
            first += 1
            if first == elements.count || first >= 1024 {
                elements.removeFirst(first)
                first = 0
            }
        }
        return elements[first]
    }
}
