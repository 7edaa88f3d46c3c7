import Testing
import TweetReactor
import TweetWire

@testable import TweetServer

/// A request that is answered later gets one answer, and the next request waits for it.
struct ReplyTests {
    @Test func theNextRequestWaitsForTheAnswer() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let reply = try #require(client.handler).beginReply()
        try client.send(#"["ping",""]"#)
        fixture.turn()
        #expect(client.takeLines() == [])
        reply.send(PacketWriter.okCount(7))
        #expect(try client.next() == #"["ok",{"count":7}]"#)
        #expect(try client.next() == #"["ok",{}]"#)
    }

    @Test func anErrorThatIsThrownIsTheAnswer() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let reply = try #require(client.handler).beginReply()
        reply.answer { () throws(WireError) in throw .notFresh }
        #expect(try client.next()?.contains("not_fresh") == true)
    }

    @Test func nobodyIsAnsweredWhereTheConnectionHasEnded() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let handler = try #require(client.handler)
        let replies = [handler.beginReply(), Reply(handler, .request)]
        handler.connection.close(.reset)
        replies[0].send(PacketWriter.okDone())
        // The other reply is dropped, as when the server stops before a hash is done.
    }

    @Test func droppingAReplyTraps() async {
        await #expect(processExitsWith: .failure) {
            let fixture = try ServerFixture()
            let client = try fixture.connect()
            _ = client.handler?.beginReply()
            withExtendedLifetime(client) {}
        }
    }

    @Test func answeringTwiceTraps() async {
        await #expect(processExitsWith: .failure) {
            let fixture = try ServerFixture()
            let reply = try #require(try fixture.connect().handler).beginReply()
            reply.send(PacketWriter.okDone())
            reply.send(PacketWriter.okDone())
        }
    }
}
