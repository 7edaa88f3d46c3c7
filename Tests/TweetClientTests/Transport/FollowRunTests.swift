import CSystem
import TestSupport
import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Followings over real sockets, with a scripted server.
struct FollowRunTests {
    /// Follows until a number of tweets have come, and returns their sequences.
    private func follow(
        _ follow: Follow, at server: ScriptedServer, tweets: Int, output: StandardStream? = nil
    ) throws -> [Int64?] {
        var sequences: [Int64?] = []
        var following = Following(follow, of: aServer, jitter: .none)
        var link = Link(connector(to: [server.address]), isLong: true, reporter: Reporter(log: nil))
        let end = ClientError(.done, "enough")
        do throws(ClientError) {
            try following.run(over: &link, output: output) { tweet throws(ClientError) in
                sequences.append(tweet.sequence)
                if sequences.count == tweets { throw end }
            }
        } catch {
            guard error == end else { throw error }
        }
        return sequences
    }

    private func push(_ sequence: Int64) -> String { "[\"tweet\",{\"seq\":\(sequence),\"text\":\"t\"}]\n" }

    @Test func cutsAndLagsLoseAndRepeatNothing() throws {
        let server = try ScriptedServer([
            .slam,
            [.read, .send("[\"ok\",{\"seq\":3}]\n" + push(4) + push(5) + "[\"tweet\",{\"se")],
            [
                .read, .send(push(6) + "[\"ok\",{\"seq\":6}]\n" + push(7) + "[\"lagged\",{\"seq\":9}]\n"), .read,
                .send(push(9) + push(10) + "[\"ok\",{\"seq\":10}]\n"),
            ],
            .reset(),
            [.read, .send(push(10) + push(11) + "[\"ok\",{\"seq\":11}]\n" + push(12)), .awaitEnd],
        ])
        #expect(try follow(Follow(tag: Hashtag("ops")), at: server, tweets: 8) == [4, 5, 6, 7, 9, 10, 11, 12])
        let requests = try server.waitForRequests()
        #expect(
            requests == [
                ##"["follow",{"tag":"#ops"}]"##, ##"["follow",{"tag":"#ops","since":5}]"##,
                ##"["follow",{"tag":"#ops","since":9}]"##, ##"["follow",{"tag":"#ops","since":10}]"##,
                ##"["follow",{"tag":"#ops","since":10}]"##,
            ])
    }

    @Test func waitingGivesOneTweetAndEnds() throws {
        let server = try ScriptedServer([[.read, .send("[\"ok\",{\"seq\":3}]\n" + push(4) + push(5)), .awaitEnd]])
        var following = Following(Follow(), endsWithTweet: true, of: aServer, deadline: .never, jitter: .none)
        var link = Link(connector(to: [server.address]), reporter: Reporter(log: nil))
        var sequences: [Int64?] = []
        try following.run(over: &link, output: nil) { sequences.append($0.sequence) }
        #expect(sequences == [4])
    }
}
