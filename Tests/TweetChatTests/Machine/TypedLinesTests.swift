import Testing
import TweetSystem

@testable import TweetChat

struct TypedLinesTests {
    @Test func linesThatWaitAreBoundedAndThoseBehindAreNamed() {
        var lines = TypedLines()
        for number in 0..<ChatLimits.heldLines {
            let steps = lines.hold("line \(number)")
            #expect(steps.isEmpty)
        }
        #expect(
            lines.hold("one more") == [.fail("too many lines wait for the server"), .fail("not sent: one more")])
        #expect(lines.heldCount == ChatLimits.heldLines)
        #expect(lines.firstRefusal == .unreachable)
        #expect(lines.removeFirstHeld() == "line 0")
    }

    @Test func theFirstRefusalIsTheOneThatCounts() {
        var lines = TypedLines()
        lines.refused(.usage)
        lines.refused(.refused)
        #expect(lines.firstRefusal == .usage)
    }

    @Test func linesBehindQuitAreNamedAndWrongUsage() {
        var lines = TypedLines()
        _ = lines.hold("")
        _ = lines.hold("never")
        #expect(lines.quit(at: 5) == [.fail("not sent: never")])
        #expect(lines.firstRefusal == .usage && lines.haveEnded && !lines.hasHeld)
    }

    @Test func theServerIsWaitedForFromTheEndOrFromReadingAhead() {
        var lines = TypedLines()
        #expect(lines.limit == .never && !lines.waitOnlyForServer)
        lines.readAhead(true, at: 5)
        #expect(lines.limit == 5 + ChatLimits.end && lines.waitOnlyForServer)
        lines.readAhead(false, at: 6)
        #expect(lines.limit == .never && !lines.waitOnlyForServer)
        lines.ended(at: 7)
        lines.ended(at: 8)
        #expect(lines.limit == 7 + ChatLimits.end)
        lines.restartWait(at: 9)
        #expect(lines.limit == 9 + ChatLimits.end)
    }

    @Test func linesBehindACommandThatWantsAPasswordAreReportedOnce() {
        var lines = TypedLines()
        lines.withhold(behind: .login, at: 5)
        #expect(lines.areWithheld && lines.haveEnded)
        #expect(lines.report("secret") == [.fail("the lines after /login are not sent: they may be passwords")])
        #expect(lines.report("secret") == [])
    }
}
