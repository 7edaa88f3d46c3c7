import Testing
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// Command lines and the invocations parsed from them.
struct InvocationTests {
    typealias Options = [(option: Invocation.Option, value: String)]

    private func invocation(_ options: Options, _ operands: [String]) throws -> Invocation {
        try Invocation(options: options, operands: operands.map { Array($0.utf8) })
    }

    private func mistake(_ options: Options, _ operands: [String]) -> String? {
        let error = #expect(throws: ClientError.self) { try invocation(options, operands) }
        #expect(error?.exitCode == .usage)
        return error?.text
    }

    @Test func anUploadIsUnderstood() throws {
        let upload = try invocation([(.upload, "")], ["example.org", "13001", "backup done #ops"])
        #expect(upload.operation == .upload(.given(Array("backup done #ops".utf8))))
        #expect(upload.host == "example.org")
        #expect(upload.port == 13001)
        #expect(upload.form == .original)
        #expect(upload.timeout == .seconds(10))
        #expect(upload.logPath == nil)
        #expect(upload.isUpload)
    }

    @Test(arguments: [("", Invocation.Message.given([])), ("-", .standardInput), ("--", .given([45, 45]))])
    func aMessageMayBeEmptyOrStandardInput(message: String, expected: Invocation.Message) throws {
        #expect(try invocation([(.upload, "")], ["::1", "1", message]).operation == .upload(expected))
    }

    @Test func aMessageIsNotRepaired() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0x62]
        let upload = try Invocation(options: [(.upload, "")], operands: [[0x61], [0x31], bytes])
        #expect(upload.operation == .upload(.given(bytes)))
        let error = #expect(throws: ClientError.self) { try Invocation.Message.given(bytes).upload(as: nil) }
        #expect(error?.exitCode == .refused)
    }

    @Test(
        arguments: [
            ([], [], Download()), ([], ["ops"], Download(tag: Hashtag("ops"))),
            ([], ["#ops"], Download(tag: Hashtag("#ops"))), ([(.count, "3")], [], Download(count: 3)),
            (
                [(.count, "1000"), (.maxAge, "25h")], ["été"],
                Download(tag: Hashtag("été"), count: 1000, maxAge: 90_000_000)
            ),
            ([(.count, "3"), (.count, "4")], [], Download(count: 4)),
        ] as [(Options, [String], Download)])
    func aDownloadIsUnderstood(options: Options, tag: [String], expected: Download) throws {
        let download = try invocation([(.download, "")] + options, ["h", "1"] + tag)
        #expect(download.operation == .download(expected))
        #expect(!download.isUpload)
    }

    @Test func whatIsAskedForWithoutConditionsIsTheLastMessage() throws {
        #expect(Download().request == .lastMessage)
        #expect(Download(count: 1).request == .download(Download(count: 1)))
    }

    @Test func eachUploadHasAnIDOfItsOwn() throws {
        let message = Invocation.Message.given([0x78])
        let packets = try (0..<2).map { _ in PacketWriter.request(try message.upload(as: nil)) }
        #expect(packets[0] != packets[1])
        #expect(String(decoding: packets[0], as: UTF8.self).hasPrefix(#"["u",{"text":"x","id":"0"#))
    }

    @Test func theOtherOptionsAreUnderstood() throws {
        let options: Options = [(.json, ""), (.download, ""), (.timeout, "0.5"), (.log, "cl.log")]
        let download = try invocation(options, ["h", "65535"])
        #expect(download.form == .json)
        #expect(download.timeout == .milliseconds(500))
        #expect(download.logPath == "cl.log")
        #expect(download.port == 65535)
        #expect(try invocation([(.bare, ""), (.upload, "")], ["h", "1", "x"]).form == .bare)
    }

    @Test(
        arguments: [
            ([(.follow, "")], [], .follow(Follow())),
            ([(.follow, ""), (.count, "5")], ["#ops"], .follow(Follow(tag: Hashtag("ops"), count: 5))),
            ([(.since, "0"), (.follow, "")], [], .follow(Follow(since: 0))),
            ([(.wait, "")], ["ops"], .wait(Follow(tag: Hashtag("ops")))),
            ([(.wait, ""), (.since, "9223372036854775807")], [], .wait(Follow(since: .max))),
        ] as [(Options, [String], Invocation.Operation)])
    func followingIsUnderstood(options: Options, tag: [String], expected: Invocation.Operation) throws {
        let follow = try invocation([(.download, "")] + options, ["h", "1"] + tag)
        #expect(follow.operation == expected)
        #expect(follow.command.isEmpty)
        #expect(!follow.isUpload)
    }

    @Test func followingAndWaitingHaveNoEndOfTheirOwn() throws {
        #expect(try invocation([(.download, ""), (.follow, "")], ["h", "1"]).timeout == nil)
        #expect(try invocation([(.download, ""), (.follow, ""), (.timeout, "3")], ["h", "1"]).timeout == .seconds(3))
        #expect(try invocation([(.download, ""), (.wait, "")], ["h", "1"]).timeout == nil)
        #expect(try invocation([(.download, ""), (.wait, ""), (.timeout, "2m")], ["h", "1"]).timeout == .seconds(120))
    }

    @Test func oneDownloadMayBeOfWhatCameAfterASequence() throws {
        let download = try invocation([(.download, ""), (.since, "7"), (.long, "")], ["h", "1", "ops"])
        #expect(download.operation == .download(Download(tag: Hashtag("ops"), since: 7)))
        #expect(download.form == .long)
    }

    @Test(arguments: [[], [(.wait, "")], [(.follow, "")]] as [Options])
    func severalHashtagsAreKeptInTheirOrderEachOnce(options: Options) throws {
        func tags(_ operands: [String]) throws -> [Hashtag]? {
            switch try invocation([(.download, "")] + options, ["h", "1"] + operands).operation {
            case .download(let download): download.tags
            case .follow(let follow), .wait(let follow): follow.tags
            default: nil
            }
        }
        #expect(try tags(["#b", "a", "B", "c"])?.map(\.written) == ["b", "a", "c"])
        #expect(try tags([]) == [])
        let many = (1...65).map { "tag\($0)" }
        #expect(try tags(Array(many.prefix(64)))?.count == 64)
        #expect(mistake([(.download, "")] + options, ["h", "1"] + many) == "at most 64 TAGs are allowed")
    }

    @Test func whatAnUploadMayBeToldIsUnderstood() throws {
        let plain = try invocation([(.upload, "")], ["h", "1", "x"])
        #expect(plain.retry == nil && plain.guest == nil && !plain.truncates && !plain.cleans)
        let options: Options = [(.upload, ""), (.truncate, ""), (.clean, ""), (.guest, "robot"), (.retry, "1.5m")]
        let upload = try invocation(options, ["h", "1", "x"])
        #expect(upload.operation == .upload(.given([0x78])))
        #expect(upload.truncates && upload.cleans)
        #expect(upload.guest == Name("robot"))
        #expect(upload.retry == .seconds(90))
        for operands in [["h", "1"], ["h", "1", "-"]] {
            let lines = try invocation(options + [(.lines, "")], operands)
            #expect(lines.operation == .uploadLines)
            #expect(lines.isUpload && lines.truncates && lines.retry == .seconds(90))
        }
        let message: Options = [(.upload, ""), (.recipients, "bob"), (.user, "ana"), (.clean, ""), (.retry, "1m")]
        let sent = try invocation(message, ["h", "1", "x"])
        #expect(sent.cleans && sent.retry == .seconds(60))
    }

    @Test func aCommandIsTakenAsItStands() throws {
        let options: Options = [(.download, ""), (.follow, ""), (.command, "")]
        let words: [[UInt8]] = [Array("./run me; now".utf8), [], [0xFF]]
        let follow = try Invocation(options: options, operands: [[0x68], [0x31]], command: words)
        #expect(follow.command == words)
        let error = #expect(throws: ClientError.self) {
            try Invocation(options: options, operands: [[0x68], [0x31]], command: [[]])
        }
        #expect(error == ClientError(.usage, "the command of --exec is empty"))
    }

    @Test(
        arguments: [
            ([(.upload, ""), (.follow, "")], "--follow goes with -d only"),
            ([(.upload, ""), (.wait, "")], "--wait goes with -d only"),
            ([(.download, ""), (.follow, ""), (.wait, "")], "--follow and --wait exclude each other"),
            ([(.upload, ""), (.since, "1")], "--since goes with -d only"),
            ([(.download, ""), (.since, "1"), (.maxAge, "1s")], "--since and --max-age exclude each other"),
            ([(.download, ""), (.command, "")], "--exec goes with --follow or --wait only"),
            ([(.download, ""), (.follow, ""), (.maxAge, "1s")], "--max-age does not go with --follow"),
            ([(.download, ""), (.wait, ""), (.count, "1")], "-n does not go with --wait"),
            ([(.download, ""), (.follow, ""), (.count, "1"), (.since, "1")], "-n and --since exclude each other"),
            ([(.download, ""), (.follow, ""), (.command, ""), (.bare, "")], "--exec and -q exclude each other"),
            ([(.download, ""), (.wait, ""), (.command, ""), (.json, "")], "--exec and --json exclude each other"),
            ([(.download, ""), (.wait, ""), (.command, ""), (.long, "")], "--exec and --long exclude each other"),
            (
                [(.download, ""), (.follow, ""), (.since, "-1")],
                "--since must be a message's sequence, or 0 to get all messages, not -1"
            ),
            (
                [(.download, ""), (.follow, ""), (.since, "9223372036854775808")],
                "--since must be a message's sequence, or 0 to get all messages, not 9223372036854775808"
            ),
        ] as [(Options, String)])
    func aMistakeInFollowingIsNamed(options: Options, expected: String) {
        #expect(mistake(options, ["h", "1", "x"]) == expected)
    }

    @Test(
        arguments: [
            ([], ["h", "1"], "-u or -d is missing"),
            ([(.upload, ""), (.download, "")], ["h", "1", "x"], "-u and -d exclude each other"),
            ([(.upload, ""), (.count, "1")], ["h", "1", "x"], "-n goes with -d only"),
            ([(.upload, ""), (.maxAge, "1s")], ["h", "1", "x"], "--max-age goes with -d only"),
            ([(.download, ""), (.bare, ""), (.json, "")], ["h", "1"], "-q and --json exclude each other"),
            ([(.download, ""), (.long, ""), (.json, "")], ["h", "1"], "--json and --long exclude each other"),
            ([(.upload, ""), (.long, "")], ["h", "1", "x"], "--long goes with -d only"),
            ([(.download, ""), (.lines, "")], ["h", "1"], "--lines goes with -u only"),
            ([(.download, ""), (.truncate, "")], ["h", "1"], "--truncate goes with -u only"),
            ([(.download, ""), (.clean, "")], ["h", "1"], "--clean goes with -u only"),
            ([(.download, ""), (.retry, "1m")], ["h", "1"], "--retry goes with -u only"),
            ([(.download, ""), (.guest, "ana")], ["h", "1"], "--as goes with -u only"),
            ([(.upload, ""), (.guest, "ana"), (.user, "bob")], ["h", "1", "x"], "--user and --as exclude each other"),
            (
                [(.upload, ""), (.guest, "a b")], ["h", "1", "x"],
                "--as must be 1 to 20 ASCII letters and digits, not a b"
            ),
            (
                [(.upload, ""), (.lines, "")], ["h", "1", "x"],
                "--lines reads standard input: leave out MESSAGE, or give - for it"
            ),
            ([(.upload, ""), (.lines, ""), (.recipients, "ana")], ["h", "1"], "--lines does not go with --to"),
            ([(.download, ""), (.log, "")], ["h", "1"], "--log needs a file name"),
            (
                [(.upload, ""), (.user, "ana"), (.passwordFile, "")], ["h", "1", "x"],
                "--password-file needs a file name"
            ),
            ([(.download, ""), (.configurationFile, "")], ["h", "1"], "--config needs a file name"),
            ([(.upload, "")], ["h", "1"], "MESSAGE is missing; if it begins with -, put -- before it"),
            (
                [(.upload, "")], ["h", "1", "two", "words"],
                "too many arguments; put MESSAGE in quotes, as one argument"
            ),
            ([(.download, "")], ["", "1"], "HOST is empty"),
            (
                [(.download, "")], ["h", "1", "no tag"],
                "TAG must be letters, digits or _, with at most one # before them, not no tag"
            ),
            (
                [(.download, "")], ["h", "1", ""],
                "TAG must be letters, digits or _, with at most one # before them, not empty"
            ),
            (
                [(.download, ""), (.timeout, "1w")], ["h", "1"],
                "--timeout must be seconds, or a number with ms, s, m, h or d, such as 0.5, 90s or 25h, at most 3650d, not 1w"
            ),
            ([(.download, ""), (.timeout, "0")], ["h", "1"], "--timeout must be more than 0"),
            ([(.upload, ""), (.retry, "0s")], ["h", "1", "x"], "--retry must be more than 0"),
        ] as [(Options, [String], String)])
    func aMistakeIsNamed(options: Options, operands: [String], expected: String) {
        #expect(mistake(options, operands) == expected)
    }

    @Test(arguments: ["", "0", "65536", "-1", "+1", "1x", " 1", "http", "99999999999999999999", "1.0"])
    func anotherPortIsAMistake(port: String) {
        #expect(
            mistake([(.upload, "")], ["h", port, "x"])
                == "PORT must be 1 to 65535, not \(port.isEmpty ? "empty" : port)")
        #expect(
            mistake([(.signUp, ""), (.user, "ana")], ["h", port])
                == "PORT must be 1 to 65535, not \(port.isEmpty ? "empty" : port)")
    }

    @Test(arguments: ["", "0", "1001", "-1", "+1", "x", "1.0"])
    func anotherCountIsAMistake(count: String) {
        #expect(
            mistake([(.download, ""), (.count, count)], ["h", "1"])
                == "-n must be 1 to 1000, not \(count.isEmpty ? "empty" : count)")
    }

    @Test func anOperandThatIsNotUTF8IsAMistake() {
        for place in 0..<3 {
            var operands: [[UInt8]] = [[0x61], [0x31], [0x61]]
            operands[place] = [0xC3]
            let error = #expect(throws: ClientError.self) {
                try Invocation(options: [(.download, "")], operands: operands)
            }
            #expect(error?.exitCode == .usage)
        }
    }

    @Test(arguments: [
        (
            String(repeating: "a", count: 151),
            "the message has 151 characters, at most 150 are allowed; --truncate cuts it"
        ),
        (
            String(repeating: "é", count: 151),
            "the message has 151 characters, at most 150 are allowed; --truncate cuts it"
        ),
        ("a\tb", "the message contains U+0009 (TAB), which is not allowed; --clean makes it a space"),
    ])
    func aMessageIsRefusedWithTheReason(message: String, reason: String) throws {
        let message = Invocation.Message.given(Array(message.utf8))
        let error = ClientError(.refused, reason)
        #expect(throws: error) { try message.upload(as: nil) }
        #expect(throws: error) { try message.privateMessage(to: []) }
    }
}
