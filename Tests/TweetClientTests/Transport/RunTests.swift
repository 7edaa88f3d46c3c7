import CSystem
import TestSupport
import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Exchanges over real sockets, with a scripted server.
struct RunTests {
    private static let answer = Array("[\"ok\",{\"seq\":7,\"text\":\"hello\"}]\n".utf8)
    private let tweet = WireTweet(sequence: 7, text: "hello")

    private func run(
        _ request: Request, at addresses: [SocketAddress], for span: Duration = .seconds(60)
    ) -> Result<WholeAnswer, ClientError> {
        let start = Instant.now
        var dialogue = Dialogue(
            over: connector(to: addresses), limit: .until(start + span, since: start),
            reporter: Reporter(log: nil))
        do throws(ClientError) {
            return .success(try dialogue.ask(request))
        } catch {
            return .failure(error)
        }
    }

    private func exitCode(_ result: Result<WholeAnswer, ClientError>) -> ExitCode {
        if case .failure(let error) = result { error.exitCode } else { .done }
    }

    @Test(
        arguments: [
            [.answer(answer)], [.trickle(answer)], [.hangUp(after: answer)],
            [.slam, .hangUp(), .answer(answer)],
            [.hangUp(after: Array(answer.prefix(12))), .reset(), .trickle(answer)],
        ] as [[Script]])
    func theAnswerIsThereHoweverItComes(scripts: [Script]) throws {
        for request in [ExchangeTests.upload, .lastMessage] {
            let server = try ScriptedServer(scripts)
            #expect(run(request, at: [server.address]) == .success(.tweets([tweet])))
            let requests = try server.waitForRequests()
            let expected = String(decoding: PacketWriter.request(request), as: UTF8.self)
            #expect(!requests.isEmpty)
            #expect(requests.allSatisfy { $0 + "\n" == expected }, "\(requests)")
        }
    }

    @Test func aListOfAThousandIsRead() throws {
        let parts = (1...1000).map { "[\"part\",{\"seq\":\($0),\"text\":\"message \($0) é\"}]\n" }
        let server = try ScriptedServer([.answer(Array((parts.joined() + "[\"ok\",{\"count\":1000}]\n").utf8))])
        let tweets = try run(.download(Download(count: 1000)), at: [server.address]).get().tweets
        #expect(tweets.map(\.sequence) == (1...1000).map { $0 })
        #expect(tweets.last?.text == "message 1000 é")
    }

    @Test(
        arguments: [
            (.answer(Array("[\"error\",{\"code\":\"too_long\",\"message\":\"151\"}]\n".utf8)), .refused),
            (.hangUp(after: Array("[\"error\",{\"code\":\"busy\",\"message\":\"no\"}]\n".utf8)), .unreachable),
            (.answer(Array("HTTP/1.1 400 Bad Request\r\n".utf8)), .notUnderstood),
            (.answer([UInt8](repeating: 0x20, count: 100_000)), .notUnderstood),
            (.trickle([UInt8](repeating: 0x5B, count: WireLimits.lineBytes)), .notUnderstood),
        ] as [(Script, ExitCode)])
    func anotherAnswerIsAFailure(script: Script, expected: ExitCode) throws {
        let server = try ScriptedServer([script])
        #expect(exitCode(run(ExchangeTests.upload, at: [server.address])) == expected)
    }

    @Test func aServerThatNeverAnswersIsNotWaitedForBeyondTheTime() throws {
        let server = try ScriptedServer([.silence, .silence])
        #expect(exitCode(run(.lastMessage, at: [server.address], for: .milliseconds(20))) == .timedOut)
        let result = run(ExchangeTests.upload, at: [server.address], for: .milliseconds(20))
        guard case .failure(let error) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(error.exitCode == .timedOut)
        #expect(error.text.contains("the outcome is unknown"))
    }

    @Test func aDownloadThatBreaksThreeTimesIsUnreachable() throws {
        let server = try ScriptedServer([.hangUp(), .reset(), .hangUp(after: Array("[\"ok".utf8))])
        #expect(exitCode(run(.lastMessage, at: [server.address])) == .unreachable)
        #expect(try server.waitForRequests().count == 3)
    }

    @Test func anUploadThatBreaksToTheEndHasAnUnknownOutcome() throws {
        // The listener closes after the script, so every reconnection is refused.
        let server = try ScriptedServer([.hangUp()])
        let result = run(ExchangeTests.upload, at: [server.address], for: .milliseconds(300))
        #expect(exitCode(result) == .timedOut)
        #expect(try server.waitForRequests().count == 1)
    }

    @Test func theNextAddressIsTriedWhereOneRefuses() throws {
        let server = try ScriptedServer([.answer(Self.answer)])
        let port = try RefusingPort()
        let refusing = port.address
        #expect(run(.lastMessage, at: [refusing, server.address]) == .success(.tweets([tweet])))
        guard case .failure(let error) = run(ExchangeTests.upload, at: [refusing, refusing]) else {
            Issue.record("nobody listens")
            return
        }
        let refused = "\(refusing) (Connection refused)"
        let text = "cannot connect to a.test:\(refusing.port): \(refused) or \(refused)"
        #expect(error == ClientError(.unreachable, text))
        withExtendedLifetime(port) {}
    }

    @Test func anAddressThatDoesNotAnswerLeavesTimeForTheNext() throws {
        let server = try ScriptedServer([.answer(Self.answer)])
        let full = try FullListener()
        #expect(
            run(.lastMessage, at: [full.address, server.address], for: .seconds(3)) == .success(.tweets([tweet])))
    }
}
