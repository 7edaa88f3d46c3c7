import TweetCommandLine
import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// The operands that name the server, for every number of operands.
struct OperandTests {
    typealias Options = [(option: Invocation.Option, value: String)]

    /// The server's address from other sources than the command line.
    private static let elsewhere = ServerSources(
        environment: { $0 == "TTWEET_HOST" ? "there" : $0 == "TTWEET_PORT" ? "7" : nil },
        read: { path throws(Errno) in ConfigurationFile(path: path, text: "") })

    private func invocation(
        _ options: Options, _ operands: [String], _ sources: ServerSources = elsewhere
    ) throws(ClientError) -> Invocation {
        try Invocation(options: options, operands: operands.map { Array($0.utf8) }, sources: sources)
    }

    /// The server and the operands behind it, or the error.
    private func reading(_ options: Options, _ operands: [String]) -> String {
        do throws(ClientError) {
            let invocation = try invocation(options, operands)
            let server = ServerName(host: invocation.host, port: invocation.port)
            let rest =
                switch invocation.operation {
                case .upload(.given(let bytes)): String(decoding: bytes, as: UTF8.self)
                case .upload(.standardInput), .uploadLines: "<input>"
                case .directory(.one(let name)): name.string
                case .download(let download): download.tags.map(\.written).joined(separator: ",")
                case .follow(let follow), .wait(let follow): follow.tags.map(\.written).joined(separator: ",")
                default: ""
                }
            return "\(server) | \(rest)"
        } catch {
            return error.text
        }
    }

    @Test func eachOptionHasItsRow() {
        #expect(Invocation.Option.rows.map(\.option) == Invocation.Option.allCases)
    }

    // MARK: Uploads

    @Test(arguments: [
        ([], "MESSAGE is missing; if it begins with -, put -- before it"),
        (["x"], "there:7 | x"), ([""], "there:7 | "), (["-"], "there:7 | <input>"),
        (["two words"], "there:7 | two words"),
        (["backup: done"], "there:7 | backup: done"), (["::1"], "there:7 | ::1"), (["at 10:30"], "there:7 | at 10:30"),
        (["h:1"], "h:1 may be the server or MESSAGE: give the server with --server, or both"),
        (["10:30"], "10:30 may be the server or MESSAGE: give the server with --server, or both"),
        (["h:0"], "h:0 is not a server: a port is 1 to 65535; if it is MESSAGE, give the server with --server"),
        (
            ["h:65536", "x"],
            "h:65536 is not a server: a port is 1 to 65535; if it is MESSAGE, give the server with --server"
        ),
        (["done:"], "there:7 | done:"), (["http://h:1/x"], "there:7 | http://h:1/x"),
        (
            ["h:", "x"],
            "h: is not a server: the port is missing after the colon; if it is MESSAGE, give the server with --server"
        ),
        (["http://h", "1", "x"], "HOST must be a name or an address, not http://h"),
        (["[::1", "1", "x"], "HOST must be a name or an address, not [::1"),
        (["::1]", "1", "x"], "HOST must be a name or an address, not ::1]"),
        (["h", "", "x"], "PORT must be 1 to 65535, not empty"),
        (["h:1", "x"], "h:1 | x"), (["h:1", ""], "h:1 | "), (["h:1", "-"], "h:1 | <input>"),
        (["h:1", "h:2"], "h:1 | h:2"),
        (["[::1]:1", "5"], "[::1]:1 | 5"),
        (["h", "1"], "MESSAGE is missing; if it begins with -, put -- before it"),
        (["::1", "1"], "MESSAGE is missing; if it begins with -, put -- before it"),
        (["two", "words"], "too many arguments; put MESSAGE in quotes, as one argument"),
        (["backup: done", "x"], "too many arguments; put MESSAGE in quotes, as one argument"),
        (["h", "1", "x"], "h:1 | x"), (["::1", "1", "h:1"], "[::1]:1 | h:1"), (["[::1]", "1", ""], "[::1]:1 | "),
        (["two", "more", "words"], "PORT must be 1 to 65535, not more"), (["", "1", "x"], "HOST is empty"),
        (["h:1", "two", "words"], "too many arguments; put MESSAGE in quotes, as one argument"),
        (["h:1", "2", "x"], "too many arguments; put MESSAGE in quotes, as one argument"),
        (["h", "1", "two", "words"], "too many arguments; put MESSAGE in quotes, as one argument"),
    ])
    func anUploadHasAServerAndAMessage(operands: [String], expected: String) {
        #expect(reading([(.upload, "")], operands) == expected)
    }

    @Test(
        arguments: [
            (.download, ["h", "1"], "-u and -d exclude each other; if it is the message, put -- before it"),
            (.directory, ["h:1"], "-u and --who exclude each other; if it is the message, put -- before it"),
            (.wait, [], "--wait goes with -d only; if it is the message, put -- before it"),
            (.long, ["h:1", "x"], "--long goes with -d only"),
            (.download, ["h", "1", "x"], "-u and -d exclude each other"),
        ] as [(Invocation.Option, [String], String)])
    func aMessageThatLooksLikeAnOptionIsAdvised(option: Invocation.Option, operands: [String], expected: String) {
        #expect(reading([(.upload, ""), (option, "")], operands) == expected)
    }

    @Test(arguments: [
        ([], "there:7 | <input>"), (["-"], "there:7 | <input>"), (["h:1"], "h:1 | <input>"),
        (["h:1", "-"], "h:1 | <input>"),
        (["h", "1"], "h:1 | <input>"), (["h", "1", "-"], "h:1 | <input>"),
        (["x"], "--lines reads standard input: leave out MESSAGE, or give - for it"),
        (["h", "1", "-", "-"], "too many arguments"),
    ])
    func linesNeedNoMessage(operands: [String], expected: String) {
        #expect(reading([(.upload, ""), (.lines, "")], operands) == expected)
    }

    // MARK: Downloads

    @Test(arguments: [
        ([], "there:7 | "), (["ops"], "there:7 | ops"), (["#ops"], "there:7 | ops"), (["2026"], "there:7 | 2026"),
        (["a", "b"], "there:7 | a,b"), (["#a", "2026"], "there:7 | a,2026"), (["＃a", "2026"], "there:7 | a,2026"),
        (["a", "#2026"], "there:7 | a,2026"),
        (["h:1"], "h:1 | "), (["[::1]:1"], "[::1]:1 | "), (["h:1", "ops"], "h:1 | ops"),
        (["h:1", "1", "2"], "h:1 | 1,2"),
        // A host and its port may be two operands.
        (["h", "1"], "h:1 | "), (["h", "1", "ops"], "h:1 | ops"), (["::1", "1", "a", "b"], "[::1]:1 | a,b"),
        (["h", "0"], "PORT must be 1 to 65535, not 0"),
        (["h", "99999999999999999999"], "PORT must be 1 to 65535, not 99999999999999999999"),
        (["", "1"], "HOST is empty"), (["h:99999", "ops"], "h:99999 is not a server: a port is 1 to 65535"),
        (["[::1]:0"], "[::1]:0 is not a server: a port is 1 to 65535"),
        (["example.org"], "TAG must be letters, digits or _, with at most one # before them, not example.org"),
        (["backup: done"], "TAG must be letters, digits or _, with at most one # before them, not backup: done"),
        (["h:"], "h: is not a server: the port is missing after the colon"),
        ([":1", "ops"], ":1 is not a server: the host is missing before the colon"),
        (["h:http"], "h:http is not a server: a port is 1 to 65535, not http"),
        (["::1:13001"], "::1:13001 is not a server: HOST:PORT has one colon, and an IPv6 address is in brackets"),
        (["h:1:2", "ops"], "h:1:2 is not a server: HOST:PORT has one colon, and an IPv6 address is in brackets"),
        (["[::1]"], "[::1] is not a server: the port is missing after the bracket"),
        (["[::1]:"], "[::1]: is not a server: the port is missing after the colon"),
        (["tcp://h:1"], "tcp://h:1 is not a server: write HOST:PORT without tcp://"),
        (["http://h", "1"], "HOST must be a name or an address, not http://h"),
        (["[::1", "1"], "HOST must be a name or an address, not [::1"),
        (["h", "x:1"], "TAG must be letters, digits or _, with at most one # before them, not x:1"),
        (["a", ""], "TAG must be letters, digits or _, with at most one # before them, not empty"),
    ])
    func aDownloadHasAServerAndHashtags(operands: [String], expected: String) {
        for options in [[], [(.follow, "")], [(.wait, "")]] as [Options] {
            #expect(reading([(.download, "")] + options, operands) == expected)
        }
    }

    // MARK: People

    @Test(arguments: [
        ([], "there:7 | "), (["ana"], "there:7 | ana"), (["h:1"], "h:1 | "), (["h:1", "ana"], "h:1 | ana"),
        (["h", "1"], "h:1 | "), (["h", "1", "ana"], "h:1 | ana"), (["h", "x"], "PORT must be 1 to 65535, not x"),
        (["h", "1", "ana", "bob"], "too many arguments"), (["h:1", "2", "ana"], "too many arguments"),
    ])
    func aDirectoryHasAServerAndAName(operands: [String], expected: String) {
        #expect(reading([(.directory, "")], operands) == expected)
    }

    @Test(arguments: [
        ([], "there:7 | "), (["h:1"], "h:1 | "), (["h", "1"], "h:1 | "), (["h"], "PORT is missing"),
        (["h:0"], "h:0 is not a server: a port is 1 to 65535"),
        (["h:1", "2"], "too many arguments"), (["h", "1", "x"], "too many arguments"),
    ])
    func anAccountHasAServerAlone(operands: [String], expected: String) {
        let user: Options = [(.user, "ana")]
        for options in [[(.signUp, "")], [(.changePassword, "")], [(.download, ""), (.inbox, "")]] as [Options] {
            #expect(reading(options + user, operands) == expected)
        }
        #expect(reading([(.download, ""), (.sent, "")] + user, operands) == expected)
    }

    // MARK: The server elsewhere

    @Test(
        arguments: [
            ([(.upload, "")], ["h:1"], "s:9 | h:1"), ([(.upload, "")], ["x"], "s:9 | x"),
            ([(.upload, "")], ["h", "1", "x"], "too many arguments; --server replaces HOST and PORT"),
            ([(.upload, "")], ["h:1", "x"], "too many arguments; --server replaces HOST and PORT"),
            ([(.download, "")], [], "s:9 | "), ([(.download, "")], ["a", "b"], "s:9 | a,b"),
            ([(.download, "")], ["a", "#1"], "s:9 | a,1"),
            (
                [(.download, "")], ["h", "1"],
                "HOST PORT and --server exclude each other; write two hashtags with #"
            ),
            ([(.download, "")], ["h:1"], "TAG must be letters, digits or _, with at most one # before them, not h:1"),
            ([(.directory, "")], ["ana"], "s:9 | ana"),
            ([(.directory, "")], ["h", "1"], "too many arguments; --server replaces HOST and PORT"),
        ] as [(Options, [String], String)])
    func behindAServerOptionNoOperandIsTheServer(options: Options, operands: [String], expected: String) {
        #expect(reading(options + [(.server, "s:9")], operands) == expected)
    }

    @Test(arguments: ["", "h", "h:", "h:0", "::1:1", "a b:1"])
    func aServerOptionIsHostAndPort(value: String) {
        let expected =
            "--server must be HOST:PORT, with an IPv6 address in brackets, not \(value.isEmpty ? "empty" : value)"
        #expect(reading([(.download, ""), (.server, value)], []) == expected)
    }

    /// Two words may be hashtags; without another server, they are probably meant as one.
    @Test(arguments: [
        (["127.0.0.1", "abc"], true), (["example.org", "13001x", "ops"], true), (["#ops", "abc"], false),
        (["ops"], false),
    ])
    func aWordInThePlaceOfAPortIsNamed(operands: [String], isNamed: Bool) {
        let error = #expect(throws: ClientError.self) { try invocation([(.download, "")], operands, .none) }
        #expect(error?.exitCode == .usage)
        let advice = "; if \(operands[0]) is HOST, PORT must be 1 to 65535, not \(operands.last ?? "")"
        let isLast = operands.count == 2
        #expect(error?.text.contains(isLast ? advice : "PORT must be 1 to 65535, not 13001x") == isNamed)
    }

    @Test func withoutAnyServerThereIsNoDefault() {
        let text = "the server is missing: give HOST PORT, HOST:PORT, --server, TTWEET_HOST and TTWEET_PORT, or a "
        for (options, operands) in [([(.upload, "")], ["x"]), ([(.download, "")], []), ([(.directory, "")], [])]
            as [(Options, [String])]
        {
            #expect(throws: ClientError(.usage, text + "configuration file")) {
                try invocation(options, operands, .none)
            }
        }
        let error = #expect(throws: ClientError.self) {
            try Invocation(
                options: [(.download, ""), (.follow, ""), (.command, "")], operands: [], command: [[0x78], [0x31]])
        }
        #expect(error?.text.hasSuffix("; --exec takes all words after it: put it last") == true)
    }

    @Test func whatWasPassedOverIsKnown() throws {
        let sources = ServerSources(environment: { $0 == "TTWEET_PORT" ? "x" : nil }) { (path) throws(Errno) in
            throw Errno(code: 2)
        }
        let upload = try invocation([(.upload, "")], ["h", "1", "x"], sources)
        #expect(upload.warnings == [#"TTWEET_PORT is ignored: "x" is not a port"#])
        #expect(throws: ClientError(.configuration, #"TTWEET_PORT: "x" is not a port, 1 to 65535"#)) {
            try invocation([(.upload, "")], ["x"], sources)
        }
    }
}
