/// A queue, first come first served, of connections or groups that wait for a turn of the loop.
struct TurnQueue<Element> {
    private var elements: [Element] = []
    /// The index of the first one that waits.
    private var first = 0
    /// The index from which on nobody has called ``takeNew(_:)`` yet.
    private var firstNew = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        defer {
            first += 1
            if first == elements.count || first >= 1024 {
                elements.removeFirst(first)
                firstNew = max(0, firstNew - first)
                first = 0
            }
        }
        return elements[first]
    }

    func forEach(_ body: (Element) -> Void) { elements[first...].forEach(body) }

    /// Calls the body for those that have come since the last call and still wait.
    mutating func takeNew(_ body: (Element) -> Void) {
        for element in elements[max(first, firstNew)...] { body(element) }
        firstNew = elements.count
    }
}
