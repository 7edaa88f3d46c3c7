import CSystem
import Synchronization
import Testing
import TweetSystem

/// A pipe that wakes another thread.
struct WakeUpTests {
    private func isSignalled(_ wakeUp: WakeUp) throws -> Bool {
        try Poll.wait(number: wakeUp.descriptorNumber, toWrite: false, until: .now)
    }

    @Test func nothingIsSignalledAtFirst() throws {
        let wakeUp = try WakeUp()
        #expect(try !isSignalled(wakeUp))
        wakeUp.clear()
        #expect(try !isSignalled(wakeUp))
    }

    // A read of `clear` takes 64 bytes, and a pipe holds fewer than 70,000 (pipe(7)).
    @Test(arguments: [1, 2, 63, 64, 65, 128, 1000, 70_000])
    func manySignalsAreOne(count: Int) throws {
        let wakeUp = try WakeUp()
        for _ in 0..<count { wakeUp.signal() }
        #expect(try isSignalled(wakeUp))
        wakeUp.clear()
        #expect(try !isSignalled(wakeUp))
        wakeUp.signal()
        #expect(try isSignalled(wakeUp))
    }

    @Test func waitingTakesTheSignalsThatHaveCome() throws {
        let wakeUp = try WakeUp()
        wakeUp.signal()
        wakeUp.signal()
        wakeUp.wait()
        #expect(try !isSignalled(wakeUp))
    }

    @Test(.timeLimit(.minutes(1))) func aSignalOfAnotherThreadEndsTheWait() throws {
        let there = try WakeUp()
        let back = try WakeUp()
        let pair = Pair(there: there, back: back)
        var thread = pthread_t()
        let started = pthread_create(&thread, nil, answer, Unmanaged.passUnretained(pair).toOpaque())
        try #require(started == 0)
        for round in 1...1000 {
            there.signal()
            back.wait()
            // If a wait ended without a signal, the count would differ.
            #expect(pair.answers.load(ordering: .relaxed) == round)
        }
        #expect(pthread_join(thread, nil) == 0)
    }
}

/// The state that the test's two threads share.
private final class Pair: Sendable {
    let there: WakeUp
    let back: WakeUp
    let answers = Atomic(0)

    init(there: WakeUp, back: WakeUp) {
        self.there = there
        self.back = back
    }
}

/// The second thread, which answers a thousand signals.
private func answer(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let pair = Unmanaged<Pair>.fromOpaque(argument).takeUnretainedValue()
    for _ in 0..<1000 {
        pair.there.wait()
        pair.answers.add(1, ordering: .relaxed)
        pair.back.signal()
    }
    return nil
}
