import TweetCommandLine
import CSystem
import Synchronization
import Testing
import TweetSystem

@testable import TweetClient

/// The server's address, where the command line does not give one.
struct ServerSourcesTests {
    private func find(
        host: String? = nil, port: UInt16? = nil, _ environment: [String: String] = [:], file: String? = nil
    ) throws(ClientError) -> ServerSources.Finding {
        let sources = ServerSources(environment: { environment[$0] }) { (path) throws(Errno) in
            guard let file else { throw Errno(code: ENOENT) }
            return ConfigurationFile(path: path, text: file)
        }
        return try sources.find(host: host, port: port, configurationFile: file == nil ? nil : "ttweet.conf")
    }

    @Test func nothingTellsNothing() throws {
        #expect(try find() == ServerSources.Finding())
        #expect(try find(file: "quiet = true\nnonsense\n").server == nil)
        #expect(try ServerSources.none.find().server == nil)
    }

    @Test(
        arguments: [
            (["TTWEET_HOST": "a", "TTWEET_PORT": "2"], nil, "a:2"),
            // Values that no source gives have their default.
            (["TTWEET_HOST": "a"], nil, "a:65432"), (["TTWEET_PORT": "2"], nil, "127.0.0.1:2"),
            ([:], "host = a\nport = 2", "a:2"), ([:], "port = 2", "127.0.0.1:2"), ([:], "server = a:2", "a:2"),
            ([:], "server = [::1]:2", "[::1]:2"), ([:], "host = x\nport = 1\nserver = a:2\n", "a:2"),
            // The environment takes precedence over the file, for each value by itself.
            (["TTWEET_HOST": "a", "TTWEET_PORT": "2"], "server = b:3", "a:2"),
            (["TTWEET_PORT": "2"], "host = b", "b:2"),
            (["TTWEET_PORT": "2"], "server = b:3", "b:2"),
            // A client reaches a server that listens at every address at one of them.
            ([:], "host = *\nport = 2", "127.0.0.1:2"), ([:], "host = 0.0.0.0", "127.0.0.1:65432"),
            ([:], "host = ::", "[::1]:65432"), (["TTWEET_HOST": "[::]"], nil, "[::1]:65432"),
            (["TTWEET_HOST": "[::1]"], nil, "[::1]:65432"),
            // The client skips keys of the server, whether their values are valid or not.
            ([:], "log-max = x\r\nserver = a:2\r\n", "a:2"),
        ] as [([String: String], String?, String)])
    func theEnvironmentTellsItElseTheFile(environment: [String: String], file: String?, expected: String) throws {
        let found = try find(environment, file: file)
        #expect(found.server?.description == expected)
        #expect(found.warnings.isEmpty)
    }

    @Test func theCommandLineComesFirst() throws {
        let environment = ["TTWEET_HOST": "b", "TTWEET_PORT": "3"]
        #expect(try find(host: "a", port: 2, environment, file: "server = c:4").server?.description == "a:2")
        #expect(try find(host: "a", environment).server?.description == "a:3")
        #expect(try find(port: 2, environment).server?.description == "b:2")
    }

    // MARK: Wrong values

    /// A server's file may let the server pick a free port; the command line then gives the port.
    @Test func aServerThatPicksAPortIsNotWarnedOf() throws {
        #expect(try find(port: 3, file: "port = 0\nhost = a\n") == find(host: "a", port: 3))
    }

    @Test(
        arguments: [
            (["TTWEET_PORT": "http"], nil, #"TTWEET_PORT: "http" is not a port, 1 to 65535"#),
            (["TTWEET_PORT": "0"], nil, #"TTWEET_PORT: "0" is not a port, 1 to 65535"#),
            ([:], "\nport = 0", #"ttweet.conf:2: "0" is not a port, 1 to 65535"#),
            ([:], "host =", "ttweet.conf:1: the host is empty"),
            ([:], "host = [::1", "ttweet.conf:1: a host must be a name or an address, not [::1"),
            (["TTWEET_HOST": "http://a"], nil, "TTWEET_HOST: a host must be a name or an address, not http://a"),
            ([:], "server = example.org", #"ttweet.conf:1: "example.org" is not HOST:PORT"#),
            (
                ["TTWEET_HOST": "127.0.0.1:2"], nil,
                "TTWEET_HOST: the host 127.0.0.1 must not have a port: 127.0.0.1:2"
            ),
            (["TTWEET_CONFIG": "missing"], nil, "the configuration file missing: No such file or directory"),
        ] as [([String: String], String?, String)])
    func aWrongValueThatIsNeededIsAnError(environment: [String: String], file: String?, text: String) {
        #expect(throws: ClientError(.configuration, text)) { try find(environment, file: file) }
    }

    @Test func aWrongValueThatIsOverriddenIsPassedOverWithAWarning() throws {
        let found = try find(host: "a", port: 2, ["TTWEET_HOST": "b:2", "TTWEET_PORT": "http"])
        #expect(found.server?.description == "a:2")
        #expect(
            found.warnings == [
                "TTWEET_HOST: the host b must not have a port: b:2; it is ignored",
                #"TTWEET_PORT is ignored: "http" is not a port"#,
            ])
        #expect(
            try find(host: "a", port: 2, ["TTWEET_CONFIG": "missing"]).warnings == [
                "TTWEET_CONFIG is ignored: the configuration file missing: No such file or directory"
            ])
    }

    @Test(arguments: [
        ("port = http", #"ttweet.conf:1: "http" is not a port, 1 to 65535; it is ignored"#),
        ("host =", "ttweet.conf:1: the host is empty; it is ignored"),
        ("server = prod", #"ttweet.conf:1: "prod" is not HOST:PORT; it is ignored"#),
        ("host = b\nserver", "ttweet.conf:2 is ignored: it is not key = value"),
        ("\nhost = b\nprot = 7", #"ttweet.conf:3 is ignored: there is no key "prot""#),
    ])
    func aLineThatMeansNothingIsWarnedOf(file: String, warning: String) throws {
        let found = try find(host: "a", port: 2, file: file)
        #expect(found.server?.description == "a:2")
        #expect(found.warnings == [warning])
    }

    /// `sever = prod:1` would silently send everything to this machine.
    @Test(arguments: ["sever = prod:1", "", "server", "# server = a:1"])
    func aFileThatNamesNoServerIsWarnedOf(file: String) throws {
        let warning = "ttweet.conf names no server: it has none of server, host, port"
        let found = try find(["TTWEET_PORT": "2"], file: file)
        #expect(found.server?.description == "127.0.0.1:2")
        #expect(found.warnings.last == warning)
        #expect(try !find(["TTWEET_PORT": "2"], file: "\(file)\nhost = a").warnings.contains(warning))
    }

    @Test func aServiceThatIsCalledTtweetDoesNotTellThePort() throws {
        let environment = ["TTWEET_PORT": "tcp://10.0.0.1:65432"]
        let warnings = [
            #"TTWEET_PORT is ignored: "tcp://10.0.0.1:65432" is set for a service that is called ttweet"#
        ]
        #expect(try find(environment) == ServerSources.Finding(server: nil, warnings: warnings))
        let others: [(String?, UInt16?, String?)] = [("a", 2, nil), (nil, nil, "server = a:2"), ("a", nil, "port = 2")]
        for (host, port, file) in others {
            let found = try find(host: host, port: port, environment, file: file)
            #expect(found.server?.description == "a:2")
            #expect(found.warnings == warnings)
        }
    }

    // MARK: When the client reads the file

    @Test func aFileThatIsNamedIsReadOnce() throws {
        let reads = Atomic(0)
        let environment = ["TTWEET_CONFIG": "ours", "TTWEET_PORT": "2"]
        let sources = ServerSources(environment: { environment[$0] }) { (path) throws(Errno) in
            reads.add(1, ordering: .relaxed)
            return ConfigurationFile(path: path, text: "host = a")
        }
        #expect(try sources.find(host: "b", port: 3).server?.description == "b:3")
        #expect(reads.load(ordering: .relaxed) == 1)
        #expect(try sources.find().server?.description == "a:2")
        #expect(reads.load(ordering: .relaxed) == 2)
        #expect(try sources.find(configurationFile: "other").server?.description == "a:2")
        #expect(reads.load(ordering: .relaxed) == 3)
    }
}

/// A server written as one word.
struct ServerNameTests {
    @Test(arguments: [
        ("example.org:13001", "example.org", 13001), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65535),
        ("[fe80::1%eth0]:13001", "fe80::1%eth0", 13001), ("a_b-c:7", "a_b-c", 7),
    ])
    func itIsHostAndPort(text: String, host: String, port: UInt16) {
        #expect(ServerName(text) == ServerName(host: host, port: port))
        #expect(ServerName(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", ":1", "h", "h:", "h:0", "h:65536", "h:-1", "h:+1", "h:1x", "h: 1", "backup: done", "backup done:5",
        "a b:1",
        "::1", "::1:13001", "[::1]", "[::1]:", "[]:1", "[h]:1", "[::1:1", "::1]:1", "[[::1]]:1", "http://h:1", "a@b:1",
        "#a:1", "é:1", "h:1:2", "h:٣", "[::1] :1",
    ])
    func anythingElseIsNone(text: String) {
        #expect(ServerName(text) == nil)
    }
}
