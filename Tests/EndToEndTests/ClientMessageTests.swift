import Testing

/// The messages that ttweetcl takes, and those that it refuses.
@Suite(.ownThreads) struct ClientMessageTests {
    private static let longest = String(repeating: "é", count: 150)

    /// Checks that a run ended with an exit code and one report on standard error.
    private func expectFailure(_ result: Completed, _ exitCode: Int32, _ text: String) {
        #expect(result.exitCode == exitCode)
        #expect(result.output == "")
        #expect(result.errors.wholeMatch(of: /CLIENT \[ERROR\] \S{24} (.*)\n/)?.1 ?? "" == text)
    }

    // MARK: Arguments

    @Test(arguments: [
        "x", longest, "👩‍👩‍👧‍👦 #family", "e\u{301}", "#cs#3251", "\"quoted\" \\ 'too'", " spaces ", "Received Message: x",
    ])
    func aMessageArrivesAsItWasGiven(text: String) throws {
        let server = try ServerProcess()
        #expect(try server.upload("--", text).exitCode == 0)
        #expect(try server.download("-q").output == text + "\n")
    }

    @Test(arguments: [
        (longest + "é", "the message has 151 characters, at most 150 are allowed"),
        (String(repeating: "x", count: 100_000), "the message has 100000 characters, at most 150 are allowed"),
        ("e" + String(repeating: "\u{301}", count: 2048), "the message has 4097 bytes, at most 4096 are allowed"),
        ("a bell \u{7}", "the message contains U+0007 (BELL), which is not allowed"),
        ("two\nlines", "the message contains U+000A (LINE FEED), which is not allowed"),
        ("a\u{1B}[31m", "the message contains U+001B (ESCAPE), which is not allowed"),
        ("a\u{202E}b", "the message contains U+202E (RIGHT-TO-LEFT OVERRIDE), which is not allowed"),
        ("a\u{2028}b", "the message contains U+2028 (LINE SEPARATOR), which is not allowed"),
    ])
    func aMessageThatIsNoTweetIsRefusedWithTheReason(text: String, reason: String) throws {
        let server = try ServerProcess()
        expectFailure(try server.upload(text), 65, reason)
        #expect(try server.download("-q").output == "Empty Message\n")
        #expect(!server.log.contains("[ERROR]"), "the client checks before it sends")
    }

    @Test func invalidUTF8IsRefusedAndNeverRepaired() throws {
        let server = try ServerProcess()
        let words = [Program.client.path, "-u", "127.0.0.1", String(server.port)].map { Array($0.utf8) }
        expectFailure(try run(bytes: words + [[0x61, 0xFF, 0x62]]), 65, "the message is not valid UTF-8")
        expectFailure(
            try run(bytes: words + [[UInt8(ascii: "-")]], input: [0xC3]), 65, "the message is not valid UTF-8")
    }

    // MARK: Standard input

    @Test(arguments: [
        ("from a pipe #ops", "from a pipe #ops"), ("one line feed is dropped\n", "one line feed is dropped"),
        (longest, longest), (longest + "\n", longest), ("", "Empty Message"), ("\n", "Empty Message"), ("-", "-"),
    ])
    func aMessageIsReadFromStandardInput(input: String, text: String) throws {
        let server = try ServerProcess()
        #expect(try server.upload("before").exitCode == 0)
        let result = try server.upload("-", input: input)
        #expect(result.output == "Transmission Successfull...\n")
        #expect(result.exitCode == 0)
        #expect(try server.download("-q").output == text + "\n")
    }

    @Test(arguments: [
        ("two\nlines\n", "the message contains U+000A (LINE FEED), which is not allowed"),
        ("one line feed too many\n\n", "the message contains U+000A (LINE FEED), which is not allowed"),
        (longest + "é", "the message has 151 characters, at most 150 are allowed"),
        ("a NUL \0", "the message contains U+0000 (NULL), which is not allowed"),
    ])
    func standardInputIsCheckedAsWell(input: String, reason: String) throws {
        let server = try ServerProcess()
        expectFailure(try server.upload("-", input: input), 65, reason)
    }

    /// The other side of the pipe never ends: what is read is bounded.
    @Test func anEndlessStandardInputIsNotReadToItsEnd() throws {
        let server = try ServerProcess()
        let result = try run(
            ["sh", "-c", "yes | \"$@\"", "-", Program.client.path, "-u", "127.0.0.1", String(server.port), "-"])
        #expect(result.exitCode == 65)
        #expect(result.errors.contains("the message is longer than 4096 bytes"))
    }

    @Test func aStandardInputThatIsClosedIsAnError() throws {
        let server = try ServerProcess()
        let result = try run(
            ["sh", "-c", "\"$@\" <&-", "-", Program.client.path, "-u", "127.0.0.1", String(server.port), "-"])
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot read standard input: "))
    }

    // MARK: Usage

    @Test(arguments: [
        ([], "-u or -d is missing"),
        (["-u", "-d", "h", "1"], "-u and -d exclude each other"),
        (["-u"], "HOST and PORT are missing"),
        (["-d", "h"], "PORT is missing"),
        (["-u", "h", "1"], "MESSAGE is missing"),
        (["-u", "h", "1", "a", "b"], "too many arguments"),
        (["-d", "h", "0"], "PORT is 1 to 65535, not 0"),
        (["-d", "h", "65536"], "PORT is 1 to 65535, not 65536"),
        (["-d", "h", "http"], "PORT is 1 to 65535, not http"),
        (["-d", "", "1"], "HOST is empty"),
        (["-d", "h", "1", "two words"], "TAG is letters, digits or _, at most one # before, not two words"),
        (["-d", "h", "1", "##"], "TAG is letters, digits or _, at most one # before, not ##"),
        (["-d", "h", "1", "-n", "0"], "-n is 1 to 1000, not 0"),
        (["-d", "h", "1", "-n", "1001"], "-n is 1 to 1000, not 1001"),
        (["-d", "h", "1", "-n", "x"], "-n is 1 to 1000, not x"),
        (["-d", "h", "1", "-n"], "-n needs a value"),
        (["-u", "h", "1", "x", "-n", "1"], "-n goes with -d only"),
        (["-u", "h", "1", "x", "--max-age", "1s"], "--max-age goes with -d only"),
        (["-d", "h", "1", "-q", "--json"], "-q and --json exclude each other"),
        (
            ["-d", "h", "1", "--max-age", "soon"],
            "--max-age is a whole number with ms, s, m, h or d, such as 90s or 25h, not soon"
        ),
        (["-d", "h", "1", "--timeout", "0"], "--timeout is seconds, more than 0, at most 86400, not 0"),
        (["-d", "h", "1", "--timeout", "1s"], "--timeout is seconds, more than 0, at most 86400, not 1s"),
        (["-d", "h", "1", "--timeout"], "--timeout needs a value"),
        (["-d", "h", "1", "--colour"], "there is no option --colour"),
        (["-d", "h", "1", "-x"], "there is no option -x"),
        (["-d", "h", "1", "--json=1"], "--json=1 takes no value"),
    ])
    func wrongUsageIsExplained(arguments: [String], reason: String) throws {
        expectFailure(try run(.client, arguments), 64, reason + "; ttweetcl --help tells more")
    }
}
