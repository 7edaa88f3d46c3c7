import Testing
import TweetClient
import TweetSystem

@testable import TweetChat

struct ReconnectionTests {
    /// A reconnection that is connected at a moment, with the user in the chat.
    private func here(at now: Instant) -> Reconnection {
        var connection = Reconnection()
        _ = connection.connect(at: now)
        connection.connected()
        connection.enter(at: now)
        return connection
    }

    @Test func thePhasesFollowEachOther() {
        var connection = Reconnection()
        #expect(connection.phase == .idle)
        #expect(connection.connect(at: 1000) == 1000 + ChatLimits.connect)
        #expect(connection.isConnecting)
        connection.connected()
        #expect(connection.isSigningIn && connection.isConnected && !connection.hasBeenHere)
        connection.enter(at: 1000)
        #expect(connection.isHere && connection.hasBeenHere)
        connection.leave(at: 1000)
        #expect(connection.isLeaving && connection.deadline == 1000 + ChatLimits.quit)
        connection.end()
        #expect(connection.isOver && connection.deadline == nil)
    }

    @Test func thePausesGrowUpToABound() {
        var connection = here(at: 0)
        var pauses: [Duration] = []
        for _ in 0..<9 {
            let isWorthATry = connection.broke(at: 5, until: .never)
            #expect(isWorthATry)
            pauses.append((connection.deadline ?? 0) - 5)
        }
        #expect(pauses.map(\.inMilliseconds) == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        #expect(connection.isHopelessAtEnd)
    }

    /// The chat finds a server that comes back in the last second.
    @Test func noPauseIsLongerThanHalfOfTheRemainingTime() {
        var connection = here(at: 0)
        var now: Instant = 0
        var starts: [Int64] = []
        while now < 10_000 {
            _ = connection.broke(at: now, until: 10_000)
            now = connection.deadline ?? .never
            starts.append((now - 0).inMilliseconds)
        }
        #expect(starts == [500, 1500, 3500, 6750, 8375, 9187, 9687, 10_000])
    }

    @Test func aPauseThatHasBegunIsShortenedOnceThereIsALimit() {
        var connection = here(at: 0)
        for _ in 0..<9 { _ = connection.broke(at: 0, until: .never) }
        #expect(connection.deadline == 30_000)
        connection.shortenPause(at: 1000, until: 11_000)
        #expect(connection.deadline == 6000)
        connection.shortenPause(at: 5000, until: .never)
        #expect(connection.deadline == 6000)
    }

    @Test func aSteadyConnectionStartsThemAgain() {
        var connection = here(at: 0)
        for _ in 0..<3 { _ = connection.broke(at: 0, until: .never) }
        connection.enter(at: 0)
        _ = connection.broke(at: 0 + ChatLimits.steady, until: .never)
        #expect(connection.phase == .pausing(until: 0 + ChatLimits.steady + ChatLimits.firstPause))
    }

    @Test func aServerThatAlwaysBreaksBeforeTheSignInIsGivenUp() {
        var connection = Reconnection()
        var breaks = 0
        repeat {
            _ = connection.connect(at: 0)
            connection.connected()
            breaks += 1
        } while connection.broke(at: 0, until: .never) && breaks < 100
        #expect(breaks == ChatLimits.breaksBeforeSignIn)
        #expect(connection.isSigningIn, "it is still open, to be closed")
    }

    @Test(
        arguments: [
            (.connect, .unreachable), (.lookUp, .unreachable), (.unknownHost, .unknownHost),
        ] as [(ConnectFailure.Kind, ChatExit)])
    func theFirstTryThatFailsEndsTheRun(kind: ConnectFailure.Kind, exit: ChatExit) {
        let failure = ConnectFailure(kind, "why")
        var first = Reconnection()
        _ = first.connect(at: 0)
        #expect(first.failed(failure, isSignedIn: false, at: 0, until: .never) == exit)
        var later = here(at: 0)
        _ = later.broke(at: 0, until: .never)
        #expect(later.failed(failure, isSignedIn: true, at: 0, until: .never) == nil)
        #expect(later.deadline == 1000)
    }

    @Test func troubleLastsUntilSomebodyIsHereAgain() {
        var connection = here(at: 0)
        #expect(!connection.hasTrouble)
        _ = connection.broke(at: 0, until: .never)
        #expect(connection.hasTrouble)
        connection.connected()
        connection.noteTrouble()
        connection.enter(at: 0)
        #expect(!connection.hasTrouble)
    }
}
