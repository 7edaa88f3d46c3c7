import Testing
import TweetModel
import TweetWire

@testable import TweetClient

/// The pages of a download that the client requests.
struct TweetPagesTests {
    private func tweets(_ sequences: ClosedRange<Int64>) -> [WireTweet] {
        sequences.map { WireTweet(sequence: $0, text: "t") }
    }

    private func line(_ request: Request?) -> String? {
        request.map { String(decoding: PacketWriter.request($0).dropLast(), as: UTF8.self) }
    }

    @Test(arguments: [
        (Download(), #"["d",""]"#), (Download(count: 1000), #"["d",{"count":1000}]"#),
        (Download(count: 1000, since: 1), #"["d",{"count":1000,"since":1}]"#),
    ])
    func oneAnswerIsAllWithoutASequence(download: Download, request: String) {
        var pages = TweetPages(download)
        #expect(line(pages.request) == request)
        pages.take(tweets(2...1001))
        #expect(pages.request == nil)
    }

    @Test func afterASequenceAFullPageHasAnotherBehindIt() {
        var pages = TweetPages(Download(tag: Hashtag("ops"), since: 7))
        #expect(line(pages.request) == ##"["d",{"tag":"#ops","since":7}]"##)
        pages.take(tweets(8...1007))
        #expect(line(pages.request) == ##"["d",{"tag":"#ops","since":1007}]"##)
        pages.take(tweets(1008...1010))
        #expect(pages.request == nil)
    }

    @Test func noTweetIsTheEnd() {
        var pages = TweetPages(Download(since: 7))
        pages.take([])
        #expect(pages.request == nil)
    }

    @Test func aServerThatRepeatsAPageIsNotAskedWithoutEnd() {
        var pages = TweetPages(Download(since: 0))
        pages.take(tweets(1...1000))
        pages.take(tweets(1...1000))
        #expect(pages.request == nil)
    }
}
