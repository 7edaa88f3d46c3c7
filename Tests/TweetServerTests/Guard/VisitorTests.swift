import Testing
import TweetSystem

@testable import TweetServer

@Suite struct VisitorTests {
    private static let start = Instant(milliseconds: 1_000_000)

    @Test func aBucketPermitsABurstAndThenItsRate() {
        var bucket = TokenBucket(TokenBucket.Rate(burst: 10, perSecond: 2), now: Self.start)
        let waits = [
            bucket.take(10, now: Self.start), bucket.take(now: Self.start),
            bucket.take(now: Self.start + .milliseconds(499)), bucket.take(now: Self.start + .milliseconds(500)),
        ]
        #expect(waits == [nil, .milliseconds(500), .milliseconds(1), nil])
        let isFull = [bucket.isFull(now: Self.start + .seconds(5)), bucket.isFull(now: Self.start + .seconds(6))]
        #expect(isFull == [false, true])
        let ofMoreThanABurst = bucket.take(11, now: Self.start + .seconds(100))
        #expect(ofMoreThanABurst == nil)
        let hasToken = bucket.hasToken(now: Self.start + .seconds(100))
        #expect(!hasToken)
    }

    /// The wall clock does not matter, but a test or a suspended machine may hand out an earlier instant.
    @Test func aBucketBearsAClockThatStandsStillOrGoesBack() {
        var bucket = TokenBucket(TokenBucket.Rate(burst: 2, perSecond: 1), now: Self.start)
        let waits = [
            bucket.take(2, now: Self.start), bucket.take(now: Instant(milliseconds: 0)), bucket.take(now: .never),
        ]
        #expect(waits == [nil, .seconds(1), nil])
    }

    @Test func aBucketMayOweTokens() {
        var bucket = TokenBucket(TokenBucket.Rate(burst: 10, perSecond: 2), now: Self.start)
        bucket.spend(10)
        #expect(!bucket.isOverdrawn)
        bucket.spend(3)
        #expect(bucket.isOverdrawn)
        let debts = [bucket.debt(now: Self.start), bucket.debt(now: Self.start + .seconds(1))]
        #expect(debts == [.milliseconds(1500), .milliseconds(500)])
        let paid = bucket.debt(now: Self.start + .milliseconds(1500))
        #expect(paid == .zero && !bucket.isOverdrawn)
        for _ in 1...3 { bucket.spend(.max / 2000) }
        #expect(bucket.isOverdrawn)
    }

    private static func peer(_ number: Int) throws -> SocketAddress {
        let host = "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
        return try #require(try SocketAddress.lookup(host: host, port: 1).first)
    }

    @Test func networksAreForgottenOnceTheirAllowancesAreFull() throws {
        var visitors = Visitors()
        let spent = visitors.visitor(try Self.peer(0), now: Self.start)
        spent.spendStorage(1)
        for number in 1..<ServerLimits.visitors { _ = visitors.visitor(try Self.peer(number), now: Self.start) }
        _ = visitors.visitor(try Self.peer(ServerLimits.visitors), now: Self.start)
        #expect(visitors.count == 2)
        let found = visitors.visitor(try Self.peer(0), now: Self.start)
        #expect(found === spent)
    }

    /// A flood from more networks than are remembered must not grow the table, however much each has spent.
    @Test func theTableIsBoundedWhenNoAllowanceIsFull() throws {
        var visitors = Visitors()
        for number in 0..<3 * ServerLimits.visitors {
            visitors.visitor(try Self.peer(number), now: Self.start).spendStorage(1)
            #expect(visitors.count <= ServerLimits.visitors)
        }
    }
}
