import TestSupport
import Testing

/// Sessions: the state that a start drops, the state that it keeps, and resuming the last session.
@Suite(.ownThreads) struct ServerSessionTests {
    @Test func aNewSessionBeginsWithTheEmptyMessage() throws {
        let first = try ServerProcess()
        #expect(first.session == 1)
        #expect(try first.upload("from the first #ops").exitCode == 0)
        try first.stop()
        let second = try ServerProcess(in: first.directory)
        #expect(second.session == 2)
        #expect(try second.download("-q").output == "Empty Message\n")
        #expect(try second.download("-n", "10", "-q").output == "Empty Message\n")
    }

    @Test func whatEarlierSessionsUploadedIsFoundByHashtag() throws {
        let first = try ServerProcess()
        #expect(try first.upload("from the first #ops").exitCode == 0)
        try first.stop()
        let second = try ServerProcess(in: first.directory)
        #expect(try second.download("#OPS", "-q").output == "from the first #ops\n")
        #expect(try second.upload("from the second #Ops").exitCode == 0)
        #expect(try second.download("ops", "-q").output == "from the second #Ops\n")
        #expect(try second.download("ops", "-n", "9", "-q").output == "from the first #ops\nfrom the second #Ops\n")
        #expect(try second.download("-n", "9", "-q").output == "from the second #Ops\n")
    }

    @Test func resumingGoesOnWithTheNewestSession() throws {
        let first = try ServerProcess()
        #expect(try first.upload("one").exitCode == 0)
        #expect(try first.upload("two").exitCode == 0)
        try first.stop()
        let second = try ServerProcess(["--resume"], in: first.directory)
        #expect(second.session == 1)
        #expect(try second.download("-q").output == "two\n")
        #expect(try second.download("-n", "9", "-q").output == "one\ntwo\n")
        try second.stop()
        let third = try ServerProcess(in: first.directory)
        #expect(third.session == 2)
        try third.stop()
        let fourth = try ServerProcess(["--resume"], in: first.directory)
        #expect(fourth.session == 2)
        #expect(try fourth.download("-q").output == "Empty Message\n")
    }

    @Test func aResumedSessionGoesOnInItsLog() throws {
        let first = try ServerProcess()
        #expect(try first.upload("before").exitCode == 0)
        try first.kill()
        let second = try ServerProcess(["--resume"], in: first.directory)
        #expect(try second.upload("after").exitCode == 0)
        try second.stop()
        let log = second.log
        #expect(log.contains(": before\n") && log.contains(": after\n"))
        #expect(log.split(separator: "\n").count { $0.hasSuffix(", session 1") } == 2)
        #expect(!first.directory.names.contains("Sample.txt.1"))
    }

    @Test func resumingWithoutAnEarlierSessionOpensTheFirst() throws {
        let server = try ServerProcess(["--resume"])
        #expect(server.session == 1)
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func resumingAfterAResetFindsTheEmptyMessage() throws {
        let first = try ServerProcess()
        #expect(try first.upload("gone").exitCode == 0)
        #expect(try first.upload("").exitCode == 0)
        try first.stop()
        let second = try ServerProcess(["--resume"], in: first.directory)
        #expect(try second.download("-q").output == "Empty Message\n")
    }

    @Test func whatWasAnsweredOkSurvivesAKill() throws {
        let first = try ServerProcess()
        #expect(try first.upload("acknowledged #kept").exitCode == 0)
        try first.kill()
        let second = try ServerProcess(["--resume"], in: first.directory)
        #expect(second.session == 1)
        #expect(try second.download("-q").output == "acknowledged #kept\n")
        #expect(try second.download("kept", "-n", "9", "-q").output == "acknowledged #kept\n")
    }

    @Test func uploadingNothingResetsTheLastMessage() throws {
        let server = try ServerProcess()
        #expect(try server.upload("before #ops").exitCode == 0)
        let reset = try server.upload("")
        #expect(reset.exitCode == 0)
        #expect(reset.output == "Transmission Successfull...\n")
        #expect(try server.download("-q").output == "Empty Message\n")
        #expect(try server.upload("after").exitCode == 0)
        #expect(try server.download("-n", "9", "-q").output == "after\n")
        #expect(try server.download("ops", "-q").output == "before #ops\n")
    }

    @Test func anIdIsKnownAcrossSessions() throws {
        let first = try ServerProcess()
        let line = #"["u",{"text":"once #x","id":"0193-a"}]"#
        let answer = try first.connect().request(line)
        #expect(answer?.hasPrefix(#"["ok",{"seq":2,"#) == true)
        try first.kill()
        let second = try ServerProcess(in: first.directory)
        #expect(try second.connect().request(line) == answer)
        #expect(try second.download("x", "-n", "9", "-q").output == "once #x\n")
    }

    /// Sequence numbers keep growing across sessions.
    @Test func aListSinceASequenceReachesBackIntoEarlierSessions() throws {
        let first = try ServerProcess()
        for text in ["one", "two", "three"] { #expect(try first.upload(text).exitCode == 0) }
        try first.stop()
        let second = try ServerProcess(in: first.directory)
        #expect(try second.upload("four").exitCode == 0)
        let client = try second.connect()
        try client.send(#"["d",{"since":2}]"# + "\n")
        let texts = try (0..<4).map { _ in try client.readLine() ?? "" }
        for (line, text) in zip(texts, ["two", "three", "four"]) { #expect(line.contains("\"text\":\"\(text)\"")) }
        #expect(texts[3] == #"["ok",{"count":3}]"#)
    }
}
