import Testing

@testable import TweetJournal

@Suite struct HistogramTests {
    @Test func aValueCountsForTheFirstBoundThatItDoesNotExceed() {
        var histogram = Histogram(bounds: [1, 10, 100])
        for value: Int64 in [0, 1, 2, 10, 11, 100, 101, 5000] { histogram.add(value) }
        #expect(histogram.buckets.map(\.bound) == [1, 10, 100])
        #expect(histogram.buckets.map(\.count) == [2, 2, 2])
        #expect(histogram.beyond == 2)
        #expect(histogram.count == 8)
        #expect(histogram.sum == 5225)
    }

    @Test func eachCommitCountsOnce() {
        var statistics = JournalStatistics()
        statistics.add(3, took: .microseconds(120))
        statistics.add(1, took: .seconds(60))
        #expect(statistics.commitTimes.buckets.first { $0.bound == 250 }?.count == 1)
        #expect(statistics.commitTimes.beyond == 1)
        #expect(statistics.commitTimes.sum == 60_000_120)
        #expect(statistics.batchSizes.count == 2)
        #expect(statistics.batchSizes.sum == 4)
    }
}
