import CSystem

/// A queue of bytes that wait to be sent, or for the rest of their line: appended at the end, removed from the front.
///
/// An empty queue owns no memory, so that an idle connection costs none.
struct ByteQueue: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0

    deinit {
        free(base)
    }

    var count: Int { end - start }
    var isEmpty: Bool { end == start }

    /// The queued bytes; valid until the queue is changed.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base.map { UnsafeRawPointer($0) + start }, count: count)
    }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        guard let source = new.baseAddress, !new.isEmpty else { return }
        if end + new.count > capacity { makeRoom(for: new.count) }
        guard let base else { return }
        memcpy(base + end, source, new.count)
        end += new.count
    }

    /// Removes the first `count` bytes; frees the memory when the queue becomes empty.
    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count, "more bytes taken than are there")
        start += count
        if start == end {
            free(base)
            base = nil
            capacity = 0
            start = 0
            end = 0
        }
    }

    private mutating func makeRoom(for added: Int) {
        if let base, start > 0, count + added <= capacity {
            memmove(base, base + start, count)
            end -= start
            start = 0
            return
        }
        var larger = max(capacity, 256)
        while larger < count + added { larger *= 2 }
        guard let fresh = malloc(larger) else { fatalError("no memory for \(larger) bytes") }
        if let base { memcpy(fresh, base + start, count) }
        free(base)
        base = fresh
        capacity = larger
        end -= start
        start = 0
    }
}
