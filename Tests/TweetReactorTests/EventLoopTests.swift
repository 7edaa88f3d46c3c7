import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// The turns and timers of the loop.
///
/// The tests with the real server cover signals, since only one loop in a process gets them.
struct EventLoopTests {
    @Test func aTurnCallsWhatIsReadyThenWrites() throws {
        let loop = try TestLoop()
        let (connection, peer) = try loop.pair()
        connection.onReceived = { connection, bytes, _ in
            connection.send("answer")
            return bytes.count
        }
        connection.start()
        try peer.send("go")
        var order: [String] = []
        #expect(
            loop.loop.turn(
                beforeWriting: {
                    peer.receive()
                    order.append("before: \(peer.text)")
                },
                afterWriting: {
                    peer.receive()
                    order.append("after: \(peer.text)")
                }))
        #expect(order == ["before: ", "after: answer"])
    }

    @Test func stoppingMakesTheTurnTheLastOne() throws {
        let loop = try EventLoop()
        var turns = 0
        let timer = Event(loop, after: .zero) { loop.stop() }
        loop.run(beforeWriting: {}, afterWriting: { turns += 1 })
        #expect(turns == 1)
        withExtendedLifetime(timer) {}
    }

    @Test func aLoopWithNothingToWaitForEnds() throws {
        let loop = try EventLoop()
        loop.run(beforeWriting: {}, afterWriting: { Issue.record("there was nothing") })
    }

    @Test func aTimerCallsOnce() throws {
        let loop = try TestLoop()
        var calls = 0
        let timer = Event(loop.loop, after: .zero) { calls += 1 }
        loop.settle()
        #expect(calls == 1)
        withExtendedLifetime(timer) {}
    }

    @Test func anEventEndsWithItsOwner() throws {
        let loop = try TestLoop()
        let wakeUp = try WakeUp()
        var calls = 0
        var event: Event? = Event(loop.loop, readable: wakeUp.descriptorNumber) { calls += 1 }
        wakeUp.signal()
        loop.turn()
        #expect(calls == 1)
        #expect(event != nil)
        event = nil
        loop.settle()
        #expect(calls == 1)
    }

    @Test func anEventMayEndWithinItsOwnCall() throws {
        let loop = try TestLoop()
        let wakeUp = try WakeUp()
        var event: Event?
        var calls = 0
        event = Event(loop.loop, readable: wakeUp.descriptorNumber) {
            event = nil
            calls += 1
        }
        wakeUp.signal()
        loop.settle()
        #expect(calls == 1)
        #expect(event == nil)
    }

    @Test func aReadableDescriptorCallsUntilItIsRead() throws {
        let loop = try TestLoop()
        let wakeUp = try WakeUp()
        var calls = 0
        let event = Event(loop.loop, readable: wakeUp.descriptorNumber) {
            calls += 1
            if calls == 3 { wakeUp.clear() }
        }
        wakeUp.signal()
        loop.turn(until: { calls == 3 })
        loop.settle()
        #expect(calls == 3)
        withExtendedLifetime(event) {}
    }
}
