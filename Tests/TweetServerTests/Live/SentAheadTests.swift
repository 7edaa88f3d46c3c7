import Testing
import TweetModel

@testable import TweetServer

struct SentAheadTests {
    @Test(arguments: [[3, 5, 9], [9, 3, 5], [5, 9, 3, 5]] as [[SequenceNumber]])
    func sequencesAreRememberedInWhateverOrderTheyCome(sequences: [SequenceNumber]) {
        var ahead = SentAhead()
        for sequence in sequences {
            let isKnown = ahead.insert(sequence)
            #expect(isKnown)
        }
        #expect((1...10).filter { ahead.contains($0) } == [3, 5, 9])
        ahead.passed(8)
        #expect(ahead.contains(9) && !ahead.isEmpty)
        ahead.passed(9)
        #expect(ahead.isEmpty)
    }

    @Test func thereIsABoundOfThem() {
        var ahead = SentAhead()
        let known = (1...SequenceNumber(ServerLimits.sentAhead) + 1).count { ahead.insert($0) }
        #expect(known == ServerLimits.sentAhead)
        let isKnownAlready = ahead.insert(1)
        #expect(isKnownAlready)
    }
}
