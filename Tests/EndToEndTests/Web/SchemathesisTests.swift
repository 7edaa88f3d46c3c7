import TestSupport
import Testing

/// The description of the routes against the running server, by schemathesis: it makes requests that follow the
/// description and requests that do not, and compares the answers with it.
@Suite(.ownThreads) struct SchemathesisTests {
    /// The longest run, and the longest request of it, in seconds: it takes about ten, and no test passes because of it.
    private static let span = 10 * Patience.seconds

    /// The checks that are left out.
    ///
    /// JSON Schema cannot say what a text or a hashtag is, that two keys of a query exclude each other, that there are two
    /// ids, or that a whole number has no fraction. A request that breaks a rule may also be too long.
    private static let configuration = """
        [checks]
        negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 411, 413, 414, 422, 429, 431]

        [[operations]]
        include-operation-id = [
            "upload", "uploadByPut", "send", "makeToken", "markRead", "tweets", "newestOfTag", "logIn",
        ]
        checks.positive_data_acceptance.enabled = false
        """

    /// Starts a server that has tweets and an account, and makes a token of the account's.
    private func start() throws -> (ServerProcess, token: String) {
        let server = try ServerProcess()
        let ana = try server.connect()
        #expect(try ana.request(#"["signup",{"name":"ana","password":"correct horse"}]"#)?.hasPrefix(#"["ok""#) == true)
        // The token gets a number that no request removes by chance.
        for number in 1...300 {
            #expect(try ana.request(##"["u","filler \##(number) #ops"]"##)?.hasPrefix(#"["ok""#) == true)
        }
        let answer = try #require(try ana.request(#"["token",{"may":"everything","expires":86400}]"#))
        return (server, String(try #require(answer.firstMatch(of: /"token":"(ttw_\w+)"/)?.1)))
    }

    /// Compares all routes, except for streams, which have no end, and the WebSocket.
    ///
    /// Log-ins have a run of their own with few requests, since the server delays wrong ones, and one of them ends the
    /// log-in of all others.
    @Test(arguments: [
        [
            "--exclude-operation-id", "logIn", "--exclude-operation-id", "logOut", "--exclude-path-regex",
            "follow|^/live$", "--exclude-checks", "ignored_auth", "--phases", "coverage,fuzzing", "--max-examples",
            "10",
        ],
        [
            "--include-operation-id", "logIn", "--include-operation-id", "logOut", "--include-operation-id", "inbox",
            "--phases", "fuzzing", "--max-examples", "3",
        ],
    ])
    func theServerDoesWhatItsDescriptionSays(operations: [String]) throws {
        let (server, token) = try start()
        let directory = try TemporaryDirectory()
        try directory.write(Self.configuration, to: "schemathesis.toml")
        let words = [
            try PythonPackages.program("schemathesis"), "--config-file", "schemathesis.toml", "run",
            "http://localhost:\(server.port)/openapi.json", "-H", "Authorization: Bearer \(token)", "--seed", "1",
            "--request-timeout", "\(Self.span)", "--continue-on-failure", "--no-color",
        ]
        let run = try run(words + operations, in: directory, seconds: Self.span)
        #expect(run.exitCode == 0, "\(run.output) \(run.errors)")
        #expect(run.output.contains(" generated, "), "\(run.output)")
        #expect(try server.stop() == .exit(0))
        #expect(!server.reports.contains { $0.contains("horse") || $0.contains("ttw_") })
    }
}
