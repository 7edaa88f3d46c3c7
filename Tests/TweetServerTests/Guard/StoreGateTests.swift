import Testing
import TweetJournal
import TweetSystem
import TweetWire

@testable import TweetServer

/// The gate of a store that may be full: closed from the first refusal until some time after there is room.
struct StoreGateTests {
    private func room(_ usedBytes: Int64, isFull: Bool) -> StoreRoom {
        var room = StoreRoom(maximumBytes: 100)
        room.usedBytes = usedBytes
        room.isFull = isFull
        return room
    }

    @Test func itIsClosedWhileTheStoreIsFull() {
        var gate = StoreGate()
        let now = Instant(milliseconds: 0)
        #expect(gate.note(room(99, isFull: false), now: now) == nil)
        #expect(gate.refusal(now: now) == nil)
        #expect(gate.note(room(100, isFull: true), now: now) == .closed)
        #expect(gate.note(room(120, isFull: true), now: now) == nil)
        #expect(!gate.isOpen)
        #expect(gate.refusal(now: now)?.code == .busy)
        #expect(gate.refusal(now: now)?.retryAfter == 10)
        #expect(gate.refusal(now: now)?.message.contains("--max-store") == true)
        #expect(gate.opensAt == nil)
    }

    /// Each refusal before it opens names a time that is not before that.
    @Test func itOpensSomeTimeAfterThereIsRoom() {
        var gate = StoreGate()
        #expect(gate.note(room(100, isFull: true), now: Instant(milliseconds: 0)) == .closed)
        #expect(gate.note(room(50, isFull: true), now: Instant(milliseconds: 2_000)) == nil)
        #expect(gate.opensAt == Instant(milliseconds: 12_000))
        #expect(gate.refusal(now: Instant(milliseconds: 2_500))?.retryAfter == 10)
        #expect(gate.refusal(now: Instant(milliseconds: 11_500))?.retryAfter == 1)
        #expect(gate.note(room(50, isFull: true), now: Instant(milliseconds: 11_999)) == nil)
        #expect(gate.refusal(now: Instant(milliseconds: 11_999))?.retryAfter == 1)
        #expect(gate.note(room(50, isFull: true), now: Instant(milliseconds: 12_000)) == .opened)
        #expect(gate.isOpen)
        #expect(gate.refusal(now: Instant(milliseconds: 12_000)) == nil)
    }

    @Test func roomThatIsGoneAgainDoesNotOpenIt() {
        var gate = StoreGate()
        #expect(gate.note(room(100, isFull: true), now: Instant(milliseconds: 0)) == .closed)
        #expect(gate.note(room(50, isFull: true), now: Instant(milliseconds: 1_000)) == nil)
        #expect(gate.note(room(101, isFull: true), now: Instant(milliseconds: 2_000)) == nil)
        #expect(gate.opensAt == nil)
        #expect(gate.note(room(101, isFull: true), now: Instant(milliseconds: 20_000)) == nil)
        #expect(!gate.isOpen)
    }

    /// The room may come before the loop learns that the store was full.
    @Test func aStoreThatHasRoomAlreadyOpensInTime() {
        var gate = StoreGate()
        #expect(gate.note(room(99, isFull: true), now: Instant(milliseconds: 0)) == .closed)
        #expect(gate.opensAt == Instant(milliseconds: 10_000))
        #expect(gate.note(room(99, isFull: true), now: Instant(milliseconds: 10_000)) == .opened)
    }
}
