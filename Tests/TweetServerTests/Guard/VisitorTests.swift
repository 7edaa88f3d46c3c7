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

    /// A part of a token that has come back is not lost, however often somebody looks.
    @Test func aBucketThatFillsSlowlyIsExact() {
        let rate = TokenBucket.Rate(burst: 3, perHour: 7)
        var (looked, left) = (TokenBucket(rate, now: Self.start), TokenBucket(rate, now: Self.start))
        #expect([looked.take(3, now: Self.start), left.take(3, now: Self.start)] == [nil, nil])
        let waits = [looked.take(now: Self.start), looked.take(3, now: Self.start)]
        #expect(waits == [.milliseconds(514_286), .milliseconds(1_542_858)], "rounded up")
        var now = Self.start
        for _ in 0..<514_285 {
            now += .milliseconds(1)
            if looked.hasToken(now: now) { Issue.record("a token comes back too early") }
        }
        now += .milliseconds(1)
        #expect([looked.take(now: now), left.take(now: now)] == [nil, nil])
        #expect([looked.take(now: now), left.take(now: now)] == [.milliseconds(514_286), .milliseconds(514_286)])
    }

    @Test func aTokenThatIsGivenBackCanBeTakenAndABurstIsAllThereIs() {
        var bucket = TokenBucket(TokenBucket.Rate(burst: 2, perHour: 1), now: Self.start)
        let waits = [bucket.take(2, now: Self.start), bucket.take(now: Self.start)]
        #expect(waits == [nil, .seconds(3600)])
        bucket.giveBack()
        let after = [bucket.take(now: Self.start), bucket.take(now: Self.start)]
        #expect(after == [nil, .seconds(3600)])
        for _ in 0..<5 { bucket.giveBack() }
        let burst = [bucket.take(2, now: Self.start), bucket.take(now: Self.start)]
        #expect(burst == [nil, .seconds(3600)])
    }

    private static func peer(_ number: Int) throws -> SocketAddress {
        try peer("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
    }

    private static func peer(_ host: String) throws -> SocketAddress {
        try #require(try SocketAddress.lookup(host: host, port: 1).first)
    }

    @Test func networksAreForgottenUnlessReportsAboutThemAreLeftOut() throws {
        var visitors = Visitors()
        let omitted = visitors.visitor(try Self.peer(0), now: Self.start)
        omitted.omit { $0 += "refused".utf8 }
        let reported = visitors.visitor(try Self.peer(1), now: Self.start)
        #expect(reported.reports(.refusal, now: Self.start))
        for number in 2...ServerLimits.visitors { _ = visitors.visitor(try Self.peer(number), now: Self.start) }
        #expect(visitors.count == 2)
        #expect(visitors.siteCount == 3, "the one that was reported has less left")
        let found = (0...1).map { number in try? visitors.visitor(Self.peer(number), now: Self.start) }
        #expect(found[0] === omitted && found[1] !== reported && found[1]?.site === reported.site)
    }

    @Test func theNetworksOfASiteShareItsReports() throws {
        var visitors = Visitors()
        let burst = ServerLimits.refusalReports.burst
        var count = 0
        for network in 0..<2 * burst {
            let visitor = visitors.visitor(try Self.peer("2001:db8:0:\(network)::1"), now: Self.start)
            if visitor.reports(.refusal, now: Self.start) { count += 1 }
        }
        #expect(count == burst)
        #expect(visitors.visitor(try Self.peer("2001:db8:1:1::1"), now: Self.start).reports(.refusal, now: Self.start))
    }

    /// A flood from more networks than are remembered must not grow the table, however much each has spent.
    @Test func theTableIsBoundedWhenNoAllowanceIsFull() throws {
        var visitors = Visitors()
        for number in 0..<3 * ServerLimits.visitors {
            let visitor = visitors.visitor(try Self.peer(number), now: Self.start)
            _ = visitor.reports(.refusal, now: Self.start)
            visitor.site.spendStorage(1)
            #expect(visitors.count <= ServerLimits.visitors)
            #expect(visitors.siteCount <= 3 * ServerLimits.visitors)
        }
    }

    /// A customer has 65,536 networks of IPv6: to come from the next one must not make what was stored forgotten.
    @Test func whatASiteHasStoredIsRememberedAfterItsNetworksAreForgotten() throws {
        var visitors = Visitors()
        let burst = ServerLimits.storedBytes.burst
        visitors.visitor(try Self.peer("2001:db8:0:1::1"), now: Self.start).site.spendStorage(burst / 2)
        for number in 1...ServerLimits.visitors { _ = visitors.visitor(try Self.peer(number), now: Self.start) }
        visitors.visitor(try Self.peer("2001:db8:0:2::1"), now: Self.start).site.spendStorage(burst / 2 + 1)
        let third = visitors.visitor(try Self.peer("2001:db8:0:3::1"), now: Self.start)
        #expect(third.site.owesStorage && third.site.storageDebt(now: Self.start) > .zero)
        let other = visitors.visitor(try Self.peer("2001:db8:1:1::1"), now: Self.start)
        #expect(!other.site.owesStorage)
    }

    /// Nobody regains an allowance by filling the table while it is connected, not even when all of the table is.
    @Test func connectedNetworksAreKeptInAFullTable() throws {
        var visitors = Visitors()
        var connected: [Visitor] = []
        for number in 0..<ServerLimits.visitors + 100 {
            let visitor = visitors.visitor(try Self.peer(number), now: Self.start)
            visitor.connections = 1
            visitor.site.spendStorage(ServerLimits.storedBytes.burst + 1)
            visitor.site.guestNames = number
            connected.append(visitor)
        }
        #expect(visitors.count == connected.count, "each of them is connected")
        var most = 0
        for number in 0..<4 * connected.count {
            _ = visitors.visitor(try Self.peer(1_000_000 + number), now: Self.start).reports(.refusal, now: Self.start)
            most = max(most, visitors.count)
        }
        #expect(most <= 3 * connected.count)
        for (number, visitor) in connected.enumerated() {
            let found = visitors.visitor(try Self.peer(number), now: Self.start)
            #expect(found === visitor && found.site === visitor.site)
            #expect(found.site.storageDebt(now: Self.start) > .zero && found.site.guestNames == number)
        }
        // Once they have gone, the table has its bound again.
        for visitor in connected { visitor.connections = 0 }
        for number in 0..<5 * ServerLimits.visitors {
            _ = visitors.visitor(try Self.peer(2_000_000 + number), now: Self.start).reports(.refusal, now: Self.start)
        }
        #expect(visitors.count <= ServerLimits.visitors)
    }

    /// To make accounts, to go, and to fill the table with other networks makes no more accounts.
    @Test func whatASiteHasMadeIsRememberedUntilItMayMakeAllAgain() throws {
        var visitors = Visitors()
        let site = visitors.visitor(try Self.peer(0), now: Self.start).site
        #expect(site.signUps.take(2, now: Self.start) == nil)
        var now = Self.start
        /// The site of the first network after a flood of others.
        func siteAfterFlood() throws -> Site {
            for number in 1...2 * ServerLimits.visitors { _ = visitors.visitor(try Self.peer(number), now: now) }
            return visitors.visitor(try Self.peer(0), now: now).site
        }
        #expect(try siteAfterFlood() === site)
        now += ServerLimits.signUps.span
        #expect(try siteAfterFlood() !== site, "nothing is missing any more")
    }
}
