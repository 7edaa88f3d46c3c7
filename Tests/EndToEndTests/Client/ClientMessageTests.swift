import Testing

/// The messages that ttweetcl accepts, and the messages that it refuses.
@Suite(.ownThreads) struct ClientMessageTests {
    private static let noServer =
        "the server is missing: give HOST PORT, HOST:PORT, --server, TTWEET_HOST and TTWEET_PORT, or a configuration file"
    private static let longest = String(repeating: "é", count: 150)
    private static let lineFeed =
        "the message contains U+000A (LINE FEED), which is not allowed; --clean makes it one line, --lines sends each "
        + "line of standard input as a message"

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
        (longest + "é", "the message has 151 characters, at most 150 are allowed; --truncate cuts it"),
        (
            String(repeating: "x", count: 100_000),
            "the message has 100000 characters, at most 150 are allowed; --truncate cuts it"
        ),
        (
            "e" + String(repeating: "\u{301}", count: 2048),
            "the message has 4097 bytes, at most 4096 are allowed; --truncate cuts it"
        ),
        ("a bell \u{7}", "the message contains U+0007 (BELL), which is not allowed; --clean removes it"),
        ("1.2G\t/var", "the message contains U+0009 (TAB), which is not allowed; --clean makes it a space"),
        ("two\nlines", lineFeed),
        ("a\u{1B}[31m", "the message contains U+001B (ESCAPE), which is not allowed; --clean removes it"),
        (
            "a\u{202E}b",
            "the message contains U+202E (RIGHT-TO-LEFT OVERRIDE), which is not allowed; --clean removes it"
        ),
        ("a\u{2028}b", "the message contains U+2028 (LINE SEPARATOR), which is not allowed; --clean makes it a space"),
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
        let reason = "the message is not valid UTF-8; --clean replaces the invalid bytes"
        expectFailure(try run(bytes: words + [[0x61, 0xFF, 0x62]]), 65, reason)
        expectFailure(try run(bytes: words + [[UInt8(ascii: "-")]], input: [0xC3]), 65, reason)
    }

    // MARK: Standard input

    @Test(arguments: [
        ("from a pipe #ops", "from a pipe #ops"), ("one line feed is dropped\n", "one line feed is dropped"),
        ("from Windows\r\n", "from Windows"),
        (longest, longest), (longest + "\n", longest), ("-", "-"),
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
        ("two\nlines\n", lineFeed), ("one line feed too many\n\n", lineFeed),
        (longest + "é", "the message has 151 characters, at most 150 are allowed; --truncate cuts it"),
        ("a NUL \0", "the message contains U+0000 (NULL), which is not allowed; --clean removes it"),
    ])
    func standardInputIsCheckedAsWell(input: String, reason: String) throws {
        let server = try ServerProcess()
        expectFailure(try server.upload("-", input: input), 65, reason)
    }

    /// `false | ttweetcl -u HOST PORT -` must not reset the last message; only the argument `""` does that.
    @Test(arguments: ["", "\n", "\r\n"]) func emptyStandardInputIsRefusedAndResetsNothing(input: String) throws {
        let server = try ServerProcess()
        #expect(try server.upload("before").exitCode == 0)
        expectFailure(
            try server.upload("-", input: input), 65, "standard input is empty; \"\" resets the last message")
        expectFailure(
            try server.upload("-", "--clean", "--truncate", input: input), 65,
            "standard input is empty; \"\" resets the last message")
        expectFailure(
            try server.upload("-", "--clean", input: "\u{1B}[0m\n\n"), 65, "--clean leaves nothing of the message")
        expectFailure(try server.upload("\u{1B}[0m", "--clean"), 65, "--clean leaves nothing of the message")
        #expect(try server.download("-q").output == "before\n")
        #expect(try server.upload("", "--clean", "--truncate").exitCode == 0)
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    /// No SIGPIPE kills the program that writes a message that is too long.
    @Test func ofAMessageThatIsTooLongTheRestIsReadAndDropped() throws {
        let server = try ServerProcess()
        let script = "{ head -c 3000000 /dev/zero | tr '\\0' x; echo \"writer $?\" >&2; } | \"$@\""
        let words = ["sh", "-c", script, "-", Program.client.path, "-u", "127.0.0.1", String(server.port), "-"]
        let refused = try run(words + ["--timeout", "100"])
        #expect(refused.exitCode == 65)
        #expect(refused.errors.contains("writer 0\n"))
        #expect(refused.errors.contains("the message is longer than 65536 bytes; --truncate cuts it"))
        let cut = try run(words + ["--timeout", "100", "--truncate"])
        #expect(cut.exitCode == 0)
        #expect(cut.errors.contains("writer 0\n"))
        #expect(try server.download("-q").output == String(repeating: "x", count: 149) + "…\n")
    }

    /// The writer of the pipe never ends, so reading ends when the run times out.
    @Test func anEndlessStandardInputEndsWithTheTime() throws {
        let server = try ServerProcess()
        let words = ["sh", "-c", "yes | \"$@\"", "-", Program.client.path, "-u", "127.0.0.1", String(server.port), "-"]
        for options in [[], ["--truncate", "--clean"]] {
            let result = try run(words + ["--timeout", "0.5"] + options)
            #expect([65, 75].contains(result.exitCode), "\(result.errors)")
        }
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    // MARK: --clean and --truncate

    @Test(arguments: [
        (["--clean"], "1.2G\t/var\n", "1.2G /var", "cleaned"),
        (["--clean"], "two\nlines\n", "two lines", "cleaned"),
        (["--clean"], "\u{1B}[1;31mred\u{1B}[0m\u{7} \u{1B}]0;title\u{7}text", "red text", "cleaned"),
        (["--truncate"], longest + "x\n", String(repeating: "é", count: 149) + "…", "cut"),
        (["--truncate", "--clean"], "\tx" + longest, " x" + String(repeating: "é", count: 147) + "…", "cut"),
    ])
    func theOptionsMakeAMessageOfWhatProgramsPrint(
        options: [String], input: String, text: String, done: String
    ) throws {
        let server = try ServerProcess()
        for quiet in [[], ["-q"]] {
            let words = [Program.client.path, "-u", "127.0.0.1", String(server.port), "-"] + options + quiet
            let result = try run(words, input: Array(input.utf8))
            #expect(result.exitCode == 0)
            #expect(result.errors.contains("CLIENT [GENERAL] ") == quiet.isEmpty)
            #expect(result.errors.contains("the message was \(done)\n") == quiet.isEmpty)
            #expect(try server.download("-q").output == text + "\n")
        }
    }

    @Test func theOptionsSayNothingWhereThereIsNothingToDo() throws {
        let server = try ServerProcess()
        for text in ["plain", Self.longest, "👩‍👩‍👧‍👦 e\u{301}"] {
            let result = try server.upload("--clean", "--truncate", text)
            #expect(result.output == "Transmission Successfull...\n")
            #expect(result.errors == "")
            #expect(try server.download("-q").output == text + "\n")
        }
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
        (["-u", "-d", "h", "1"], "-u and -d exclude each other; if it is the message, put -- before it"),
        (["-u"], "MESSAGE is missing; if it begins with -, put -- before it"),
        (["-d", "h"], Self.noServer),
        (["-u", "h", "1"], "MESSAGE is missing; if it begins with -, put -- before it"),
        (["-u", "h", "1", "a", "b"], "too many arguments; put MESSAGE in quotes, as one argument"),
        (["-d", "h", "0"], "PORT must be 1 to 65535, not 0"),
        (["-d", "h", "65536"], "PORT must be 1 to 65535, not 65536"),
        (["-d", "h", "http"], Self.noServer + "; if h is HOST, PORT must be 1 to 65535, not http"),
        (["-d", "", "1"], "HOST is empty"),
        (
            ["-d", "h", "1", "two words"],
            "TAG must be letters, digits or _, with at most one # before them, not two words"
        ),
        (["-d", "h", "1", "##"], "TAG must be letters, digits or _, with at most one # before them, not ##"),
        (["-d", "h", "1", "-n", "0"], "-n must be 1 to 1000, not 0"),
        (["-d", "h", "1", "-n", "1001"], "-n must be 1 to 1000, not 1001"),
        (["-d", "h", "1", "-n", "x"], "-n must be 1 to 1000, not x"),
        (["-d", "h", "1", "-n"], "-n needs a value; if it is the message, put -- before it"),
        (["-u", "h", "1", "x", "-n", "1"], "-n goes with -d only"),
        (["-u", "h", "1", "x", "--max-age", "1s"], "--max-age goes with -d only"),
        (["-d", "h", "1", "-q", "--json"], "-q and --json exclude each other"),
        (
            ["-d", "h", "1", "--max-age", "soon"],
            "--max-age must be seconds, or a number with ms, s, m, h or d, such as 0.5, 90s or 25h, at most 3650d, not soon"
        ),
        (["-d", "h", "1", "--timeout", "0"], "--timeout must be more than 0"),
        (
            ["-d", "h", "1", "--timeout", "1 s"],
            "--timeout must be seconds, or a number with ms, s, m, h or d, such as 0.5, 90s or 25h, at most 3650d, not 1 s"
        ),
        (["-d", "h", "1", "--timeout"], "--timeout needs a value; if it is the message, put -- before it"),
        (["-d", "h", "1", "--colour"], "there is no option --colour; if it is the message, put -- before it"),
        (["-d", "h", "1", "-x"], "there is no option -x; if it is the message, put -- before it"),
        (["-d", "h", "1", "--json=1"], "--json=1 takes no value; if it is the message, put -- before it"),
    ])
    func wrongUsageIsExplained(arguments: [String], reason: String) throws {
        expectFailure(try run(.client, arguments), 64, reason + "; ttweetcl --help tells more")
    }
}
