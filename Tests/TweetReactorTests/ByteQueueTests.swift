import TestSupport
import Testing

@testable import TweetReactor

/// Queued bytes: their order, and the memory that they use.
struct ByteQueueTests {
    @Test func bytesComeOutInTheOrderTheyWentIn() {
        var queue = ByteQueue()
        var model: [UInt8] = []
        var next: UInt8 = 0
        var random = LinearCongruentialGenerator(seed: 7)
        for _ in 0..<20_000 {
            if Bool.random(using: &random) {
                let added = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                    next &+= 1
                    return next
                }
                queue.append(added)
                model += added
            } else {
                let taken = Int.random(in: 0...min(model.count, 400), using: &random)
                queue.removeFirst(taken)
                model.removeFirst(taken)
            }
            guard queue.count == model.count, queue.isEmpty == model.isEmpty, Array(queue.bytes) == model else {
                Issue.record("the queue differs from the model")
                return
            }
        }
    }

    @Test func anEmptyQueueOwnsNoMemory() {
        var queue = ByteQueue()
        #expect(queue.base == nil)
        queue.append([1, 2, 3])
        #expect(queue.base != nil)
        queue.removeFirst(2)
        queue.removeFirst(1)
        #expect(queue.base == nil)
        #expect(queue.count == 0)
    }

    @Test func appendingNothingTakesNoMemory() {
        var queue = ByteQueue()
        queue.append([])
        queue.removeFirst(0)
        #expect(queue.base == nil)
    }

    @Test func roomAtTheFrontIsUsedBeforeTheQueueGrows() {
        var queue = ByteQueue()
        queue.append([UInt8](repeating: 1, count: 256))
        let base = queue.base
        queue.removeFirst(100)
        queue.append([UInt8](repeating: 2, count: 100))
        #expect(queue.base == base)
        #expect(Array(queue.bytes) == [UInt8](repeating: 1, count: 156) + [UInt8](repeating: 2, count: 100))
    }

    @Test(arguments: [1, 255, 256, 257, 511, 512, 513, 100_000])
    func aQueueGrowsToWhateverIsAppended(count: Int) {
        var queue = ByteQueue()
        queue.append([9])
        queue.append([UInt8](repeating: 5, count: count))
        #expect(Array(queue.bytes) == [9] + [UInt8](repeating: 5, count: count))
    }
}

extension ByteQueue {
    /// The address of the first byte, as a function's result, which the expectation macro accepts.
    fileprivate var base: UnsafeRawPointer? { bytes.baseAddress }

    fileprivate mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }
}
