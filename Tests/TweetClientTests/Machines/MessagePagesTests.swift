import Testing
import TweetModel
import TweetWire

@testable import TweetClient

/// The pages of private messages that the client requests, and those that it marks as read.
struct MessagePagesTests {
    private func messages(_ sequences: some Sequence<Int64>) -> [WireMessage] {
        sequences.map { WireMessage(sequence: $0, sender: "ana", recipients: ["bob"], text: "t") }
    }

    private func line(_ request: Request?) -> String? {
        request.map { String(decoding: PacketWriter.request($0).dropLast(), as: UTF8.self) }
    }

    @Test func onePageIsTheEndWhereItIsNotFull() {
        var pages = MessagePages(MessageList(.pending(marksRead: true)))
        #expect(line(pages.request) == #"["inbox",{"count":1000,"since":0}]"#)
        #expect(pages.take(messages([3, 5])) == messages([3, 5]))
        #expect(pages.request == nil)
    }

    @Test func nothingPendingIsAskedForOnce() {
        var pages = MessagePages(MessageList(.pending(marksRead: true)))
        #expect(pages.take([]) == [])
        #expect(pages.request == nil)
        #expect(pages.marks(for: []) == [])
    }

    @Test(arguments: [
        (MessageList.Kind.pending(marksRead: false), #""inbox",{"count":1000,"since":1000}"#),
        (.archive, #""inbox",{"archive":true,"count":1000,"since":1000}"#),
    ])
    func aFullPageHasAnotherBehindIt(kind: MessageList.Kind, second: String) {
        var pages = MessagePages(MessageList(kind))
        #expect(pages.take(messages(1...1000)).count == 1000)
        #expect(line(pages.request) == "[" + second + "]")
        #expect(pages.take(messages([1001])).count == 1)
        #expect(pages.request == nil)
    }

    @Test func aMessageToSeveralIsNotCutByAPage() {
        var pages = MessagePages(MessageList(.sent))
        // The other recipients of the last message are on the next page.
        let page = messages(Array(1...998) + [999, 999])
        #expect(pages.take(page).map(\.sequence) == (1...998).map { $0 })
        #expect(line(pages.request) == #"["sent",{"count":1000,"since":998}]"#)
        #expect(pages.take(messages([999, 999, 999])).count == 3)
        #expect(pages.request == nil)
    }

    @Test(arguments: [
        (MessageList(.pending(marksRead: true), count: 5), #"["inbox",{"count":5}]"#),
        (MessageList(.archive, count: 1000), #"["inbox",{"archive":true,"count":1000}]"#),
        (MessageList(.sent, count: 5), #"["sent",{"count":5}]"#),
    ])
    func soManyAreOnePage(list: MessageList, request: String) {
        var pages = MessagePages(list)
        #expect(line(pages.request) == request)
        #expect(pages.take(messages(1...1000)).count == 1000)
        #expect(pages.request == nil)
    }

    @Test func aServerThatRepeatsAPageIsNotAskedWithoutEnd() {
        var pages = MessagePages(MessageList(.pending(marksRead: false)))
        _ = pages.take(messages(1...1000))
        _ = pages.take(messages(1...1000))
        #expect(pages.request == nil)
    }

    @Test(arguments: [(0, []), (1, [1]), (400, [400]), (401, [400, 1]), (1000, [400, 400, 200])] as [(Int, [Int])])
    func whatIsPrintedIsMarkedInRequestsThatFitALine(count: Int, sizes: [Int]) {
        let start = Int64(1e17)
        let pages = MessagePages(MessageList(.pending(marksRead: true)))
        let marks = pages.marks(for: messages(start..<start + Int64(count)))
        var marked: [Int64] = []
        for mark in marks {
            guard case .markRead(let sequences) = mark else {
                Issue.record("\(mark)")
                return
            }
            marked += sequences
            #expect(PacketWriter.request(mark).count <= WireLimits.lineBytes)
        }
        #expect(marked == (start..<start + Int64(count)).map { $0 })
        #expect(marks.count == sizes.count)
    }

    @Test(arguments: [MessageList.Kind.pending(marksRead: false), .archive, .sent])
    func nothingElseIsMarked(kind: MessageList.Kind) {
        #expect(MessagePages(MessageList(kind)).marks(for: messages([1, 2])) == [])
    }
}
