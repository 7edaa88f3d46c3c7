import CSystem
import TestSupport
import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Several requests in a row to a scripted server.
struct DialogueTests {
    private let logIn: Request
    private let login = #"["login",{"name":"ana","password":"correct horse"}]"#
    private let loggedIn = "[\"ok\",{\"name\":\"ana\",\"pending\":2}]\n"
    private let pending = MessageList(.pending(marksRead: true))

    init() throws {
        let ana = try #require(Name("ana"))
        logIn = .logIn(Credentials(name: ana, password: try #require(Password("correct horse"))))
    }

    private func parts(_ sequences: ClosedRange<Int>) -> String {
        sequences.map { "[\"part\",{\"seq\":\($0),\"from\":\"bob\",\"to\":[\"ana\"],\"text\":\"t\"}]\n" }.joined()
            + "[\"ok\",{\"count\":\(sequences.count)}]\n"
    }

    private func count(_ count: Int) -> Script.Move { .send("[\"ok\",{\"count\":\(count)}]\n") }

    /// Delivers a list, and returns the sequences of each printed page.
    private func deliver(
        _ list: MessageList, from server: ScriptedServer, reporter: Reporter = Reporter(log: nil),
        failing error: ClientError? = nil
    ) throws -> [[Int64?]] {
        let start = Instant.now
        var dialogue = Dialogue(
            after: [logIn], over: connector(to: [server.address]), limit: .until(start + .seconds(60), since: start),
            reporter: reporter)
        var printed: [[Int64?]] = []
        try dialogue.deliver(list) { messages throws(ClientError) in
            printed.append(messages.map(\.sequence))
            if let error { throw error }
        }
        return printed
    }

    @Test func messagesAreMarkedOnceTheyArePrintedOnTheSameConnection() throws {
        let server = try ScriptedServer([
            [.read, .read, .send(loggedIn + parts(7...8)), .read, count(2), .awaitEnd]
        ])
        #expect(try deliver(pending, from: server) == [[7, 8]])
        #expect(
            try server.waitForRequests() == [
                login, "[\"inbox\",{\"count\":1000,\"since\":0}]", "[\"read\",{\"seqs\":[7,8]}]",
            ])
    }

    @Test func morePagesAndMarksThanOneFollowEachOther() throws {
        let server = try ScriptedServer([
            [
                .read, .read, .send(loggedIn + parts(1...1000)), .read, count(400), .read, count(400), .read,
                count(200),
                .read,
                .send(parts(1001...1002)), .read, count(2), .awaitEnd,
            ]
        ])
        #expect(try deliver(pending, from: server).map(\.count) == [1000, 2])
        let requests = try server.waitForRequests()
        #expect(requests.count == 7)
        #expect(requests[5] == "[\"inbox\",{\"count\":1000,\"since\":1000}]")
        #expect(requests[6] == "[\"read\",{\"seqs\":[1001,1002]}]")
    }

    @Test func whatIsNotPrintedIsNotMarked() throws {
        let server = try ScriptedServer([[.read, .read, .send(loggedIn + parts(7...8)), .awaitEnd]])
        let closed = ClientError(output: Errno(code: EPIPE))
        #expect(throws: closed) { try deliver(pending, from: server, failing: closed) }
        #expect(try server.waitForRequests().count == 2)
    }

    @Test func aBreakBeforeTheMarksPrintsNothingTwice() throws {
        let server = try ScriptedServer([
            [.read, .read, .send(loggedIn + parts(7...8)), .read], .slam,
            [.read, .read, .send(loggedIn), count(2), .awaitEnd],
        ])
        #expect(try deliver(pending, from: server) == [[7, 8]])
        let requests = try server.waitForRequests()
        let marks = "[\"read\",{\"seqs\":[7,8]}]"
        #expect(requests == [login, "[\"inbox\",{\"count\":1000,\"since\":0}]", marks, login, marks])
    }

    @Test func aBreakInThePageAsksForItAgain() throws {
        let server = try ScriptedServer([
            [.read, .read, .send(loggedIn + parts(7...8).dropLast(3))],
            [.read, .read, .send(loggedIn + parts(7...8)), .read, count(2), .awaitEnd],
        ])
        #expect(try deliver(pending, from: server) == [[7, 8]])
    }

    @Test func whatCannotBeMarkedIsSaidToBePrinted() throws {
        let refusal = "[\"error\",{\"code\":\"unavailable\",\"message\":\"no\"}]\n"
        let server = try ScriptedServer([
            [.read, .read, .send(loggedIn + parts(7...7)), .read, .send(refusal), .awaitEnd]
        ])
        let error = #expect(throws: ClientError.self) { try deliver(pending, from: server) }
        #expect(error == ClientError(.unreachable, "the server says: no (unavailable); the messages are printed"))
    }

    @Test func aRefusedLoginIsTheErrorAndItsPasswordIsNowhere() throws {
        let directory = try TemporaryDirectory()
        let reporter = Reporter(log: try ClientLog(path: directory.file("log")))
        let refusal = "[\"error\",{\"code\":\"wrong_password\",\"message\":\"no\"}]\n"
        let server = try ScriptedServer([
            .slam, .reset(), [.read, .read, .send(refusal + refusal), .awaitEnd],
        ])
        let error = #expect(throws: ClientError.self) {
            do {
                _ = try deliver(pending, from: server, reporter: reporter)
            } catch let error as ClientError {
                reporter.fail(error)
                throw error
            }
        }
        #expect(error == ClientError(.notPermitted, "the server says: no (wrong_password)"))
        let log = try #require(directory.content("log"))
        #expect(log.contains("connected to ") && log.contains("trying again") && log.contains("wrong_password"))
        #expect(!log.contains("horse"))
        #expect(try server.waitForRequests().contains(login), "it was sent all the same")
    }
}
