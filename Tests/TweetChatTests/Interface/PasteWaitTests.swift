import Testing
import TweetSystem

@testable import TweetChat

struct PasteWaitTests {
    @Test func aPasteIsWaitedForAsLongAsItGoesOn() {
        var wait = PasteWait(at: 1000)
        #expect(wait.deadline == 1000 + ChatLimits.pasteSilence)
        wait.came(at: 2000)
        #expect(wait.deadline == 2000 + ChatLimits.pasteSilence)
    }

    @Test func aLostPasteIsOverOnceAnEnterHasComeAlone() {
        let silence = ChatLimits.escapeSilence
        var wait = PasteWait(at: 1000)
        wait.lose()
        #expect(wait.isLost && wait.deadline == .never)
        for (isEnter, before) in [(true, silence - .milliseconds(1)), (false, silence)] {
            wait.dropped(isEnter: isEnter, after: before, at: 2000)
            #expect(wait.deadline == .never)
        }
        wait.dropped(isEnter: true, after: silence, at: 3000)
        #expect(wait.deadline == 3000 + silence)
        // Other input has followed the Enter after all.
        wait.goesOn()
        #expect(wait.deadline == .never)
    }
}
