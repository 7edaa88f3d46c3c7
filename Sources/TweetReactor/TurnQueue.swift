/// A queue, first come first served, of connections or groups that wait for a turn of the loop.
struct TurnQueue<Element> {
    private var elements: [Element] = []
    /// The index of the first one that waits.
    private var firstIndex = 0

    var count: Int { elements.count - firstIndex }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[firstIndex] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard firstIndex < elements.count else { return nil }
        defer {
            firstIndex += 1
            if firstIndex == elements.count || firstIndex >= 1024 {
                elements.removeFirst(firstIndex)
                firstIndex = 0
            }
        }
        return elements[firstIndex]
    }
}
