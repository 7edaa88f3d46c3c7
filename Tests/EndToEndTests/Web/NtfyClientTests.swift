import Foundation
import TestSupport
import Testing

/// Programs that speak ntfy, none of which was written here: apprise, python-ntfy and aiontfy, as `scripts/setup` installs
/// them.
@Suite(.ownThreads) struct NtfyClientTests {
    private func run(
        _ words: [String], environment: [String: String] = [:], in directory: TemporaryDirectory? = nil
    ) throws -> Completed {
        try EndToEndTests.run(
            bytes: ([PythonPackages.program(words[0])] + words.dropFirst()).map { Array($0.utf8) },
            environment: environment,
            in: directory)
    }

    // MARK: apprise

    private func apprise(_ server: ServerProcess, _ arguments: String...) throws -> Completed {
        try run(["apprise", "-vv"] + arguments + ["ntfy://localhost:\(server.port)/ops"])
    }

    @Test func appriseSendsATitleAndAText() throws {
        let server = try ServerProcess()
        let sent = try apprise(server, "-t", "Größe 😀", "-b", "one\ntwo \"three\"")
        #expect(sent.exitCode == 0, "\(sent.output) \(sent.errors)")
        #expect(try server.download("-q").output == "Größe 😀: one two \"three\" #ops\n")
    }

    @Test func appriseSendsALongText() throws {
        let server = try ServerProcess()
        let sent = try apprise(server, "-b", String(repeating: "é", count: 500))
        #expect(sent.exitCode == 0, "\(sent.output) \(sent.errors)")
        #expect(try server.download("-q").output == String(repeating: "é", count: 144) + "… #ops\n")
    }

    @Test func appriseIsToldThatThereAreNoAttachments() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let file = directory.path + "/notes.txt"
        try Data("notes".utf8).write(to: URL(filePath: file))
        let sent = try apprise(server, "-b", "see the file", "--attach", file)
        #expect(sent.exitCode == 1)
        #expect((sent.output + sent.errors).contains("attachments are not kept here"))
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func appriseSendsOverTLS() throws {
        let certificates = try Certificates.shared.get()
        let server = try ServerProcess([
            "--tls-cert", certificates.path("good", "cert.pem"), "--tls-key", certificates.path("good", "key.pem"),
            "--tls", "required",
        ])
        let sent = try run(
            ["apprise", "-b", "sealed", "ntfys://localhost:\(server.port)/ops"],
            environment: ["REQUESTS_CA_BUNDLE": certificates.path("good", "authority.pem")])
        #expect(sent.exitCode == 0, "\(sent.output) \(sent.errors)")
        let read = try EndToEndTests.run([
            "curl", "-sS", "--cacert", certificates.path("good", "authority.pem"), "https://localhost:\(server.port)/",
        ])
        #expect(read.output == "sealed #ops\n")
    }

    @Test func withoutNtfyAppriseFails() throws {
        let server = try ServerProcess(["--ntfy", "off"])
        #expect(try apprise(server, "-b", "lost").exitCode == 1)
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    // MARK: python-ntfy

    @Test func pythonNtfySendsAndReadsWhatIsThere() throws {
        let server = try ServerProcess()
        let program = #"""
            import sys
            from python_ntfy import NtfyClient
            client = NtfyClient(topic="ops", server=sys.argv[1])
            answer = client.send("done", title="Backup", tags=["warning"], priority=client.MessagePriority.HIGH)
            print(answer["event"], answer["topic"], answer["message"])
            for message in client.get_cached_messages():
                print(message["id"] == answer["id"], message["message"])
            print(len(client.get_cached_messages(since="10m", scheduled=True)))
            try:
                client.send_file(__file__)
            except Exception as error:
                print(type(error).__name__)
            """#
        let directory = try TemporaryDirectory()
        let file = directory.path + "/program.py"
        try Data(program.utf8).write(to: URL(filePath: file))
        let done = try run(["python3", file, "http://localhost:\(server.port)"])
        #expect(
            done.output == "message ops Backup: done #ops\nTrue Backup: done #ops\n1\nMessageSendError\n",
            "\(done.errors)")
        #expect(try server.download("-q").output == "Backup: done #ops\n")
    }

    // MARK: aiontfy

    /// Follows topics and prints what it is told, until the server ends it.
    private static let follower = #"""
        import asyncio, sys
        from aiontfy import Ntfy

        async def follow():
            client = Ntfy(sys.argv[1])
            await client.subscribe(sys.argv[2:], lambda told: print(told.event, told.topic, told.message, flush=True))
            print("ended", flush=True)
            await client.close()

        asyncio.run(follow())
        """#

    @Test func aiontfyFollowsTopics() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let python = try PythonPackages.program("python3")
        let words = [python, "-c", Self.follower, "http://localhost:\(server.port)", "Ops", "deploy"]
        let follower = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        try follower.awaitLine("open Ops,deploy None")
        #expect(try server.upload("one #ops").exitCode == 0)
        try follower.awaitLine("message Ops one #ops")
        #expect(try server.upload("two").exitCode == 0)
        #expect(try apprise(server, "-b", "three #deploy").exitCode == 0)
        // It has both hashtags, and comes once.
        try follower.awaitLine("message Ops three #deploy #ops")
        #expect(try server.upload("four #DEPLOY").exitCode == 0)
        try follower.awaitLine("message deploy four #DEPLOY")
        #expect(try server.stop() == .exit(0))
        try follower.awaitLine("ended")
        #expect(try follower.wait() == .exit(0))
        #expect(!String(decoding: follower.standardOutput.access { $0.bytes }, as: UTF8.self).contains("two"))
    }

    @Test func aiontfyPublishesAndUnderstandsErrors() throws {
        let server = try ServerProcess(["--http-host", "cellar.example"])
        let program = #"""
            import asyncio, sys
            from aiontfy import Message, Ntfy
            from aiontfy.exceptions import NtfyException

            async def main():
                client = Ntfy(sys.argv[1])
                told = await client.publish(Message(topic="ops", message="done\nat last", title="Backup", tags=["a"]))
                print(told.event, told.topic, told.message)
                for message, file in [
                    (Message(topic="disk-alerts", message="x"), None), (Message(topic="tags"), None),
                    (Message(topic="ops", delay="1h"), None), (Message(topic="ops", filename="a"), b"\x00"),
                ]:
                    try:
                        await client.publish(message, file)
                    except NtfyException as error:
                        print(type(error).__name__)
                try:
                    await client.subscribe(["a-b"], print)
                except NtfyException as error:
                    print(type(error).__name__)
                await client.close()

            asyncio.run(main())
            """#
        let done = try run(["python3", "-c", program, "http://localhost:\(server.port)"])
        let lines = done.output.split(separator: "\n")
        #expect(lines.first == "message ops Backup: done at last #ops", "\(done.errors)")
        #expect(
            lines.dropFirst() == [
                "NtfyBadRequestTopicInvalidError", "NtfyBadRequestTopicDisallowedError",
                "NtfyBadRequestDelayCannotParseError", "NtfyBadRequestAttachmentsDisallowedError",
                "NtfyBadRequestTopicInvalidError",
            ])
    }
}
