import TweetCommandLine
import Testing
import TweetModel
import TweetStore
import TweetSystem

@testable import TweetServer

private let switchWords = "yes, no, on, off, true, false, 1 or 0"

/// The sources of a setting, and its valid values.
struct ConfigurationTests {
    private func configuration(
        flags: [(name: String, value: String)] = [], environment: [String: String] = [:], file: String? = nil
    ) throws(ConfigurationError) -> Configuration {
        try Configuration(
            flags: flags, environment: { environment[$0] },
            file: file.map { ConfigurationFile(path: "ttweet.conf", text: $0) })
    }

    // MARK: Sources

    @Test func withoutAnySourceThereAreTheDefaults() throws {
        let found = try configuration()
        #expect(found.hosts == ["127.0.0.1"])
        #expect(found.port == 65432)
        #expect(found.dataDirectory == nil)
        #expect(found.logPath == "Sample.txt")
        #expect(found.logMaximumBytes == 10 << 20)
        #expect(found.logKeep == 5)
        #expect(!found.resumesSession)
        #expect(found.durability == .full)
        #expect(found.storeMaximumBytes == nil)
        #expect(found.keep == nil)
        #expect(!found.requiresAccount)
        #expect(!found.isQuiet)
    }

    @Test func aFlagComesBeforeTheEnvironmentBeforeTheFileBeforeTheDefault() throws {
        let flags = [(name: "port", value: "1")]
        let environment = ["TTWEET_PORT": "2", "TTWEET_HOST": "second"]
        let file = "port = 3\nhost = third\nlog = third\n"
        let found = try configuration(flags: flags, environment: environment, file: file)
        #expect(found.port == 1)
        #expect(found.hosts == ["second"])
        #expect(found.logPath == "third")
        #expect(found.logKeep == 5)
    }

    @Test func theLastOfSeveralFlagsCounts() throws {
        #expect(try configuration(flags: [("port", "1"), ("port", "2")]).port == 2)
    }

    @Test func severalHostsOfOneSourceAreAllListenedAt() throws {
        let flags = [(name: "host", value: "::1"), (name: "port", value: "1"), (name: "host", value: "*")]
        let environment = ["TTWEET_HOST": "second"]
        let file = "host = third\nhost = fourth\n"
        #expect(try configuration(file: file).hosts == ["third", "fourth"])
        #expect(try configuration(environment: environment, file: file).hosts == ["second"])
        #expect(try configuration(flags: flags, environment: environment, file: file).hosts == ["::1", "*"])
    }

    /// Every setting, with a value other than the default and a check that the configuration has it.
    static let settings: [(name: String, value: String, isTaken: @Sendable (Configuration) -> Bool)] = [
        ("host", "::1", { $0.hosts == ["::1"] }), ("port", "0", { $0.port == 0 }),
        ("data", "/var/lib/ttweet", { $0.dataDirectory == "/var/lib/ttweet" }),
        ("log", "reports", { $0.logPath == "reports" }), ("log-max", "500K", { $0.logMaximumBytes == 512_000 }),
        ("log-keep", "0", { $0.logKeep == 0 }), ("resume", "true", { $0.resumesSession }),

        ("sync", "normal", { $0.durability == .normal }), ("max-store", "2G", { $0.storeMaximumBytes == 2 << 30 }),
        ("keep", "12h", { $0.keep == .seconds(43_200) }), ("require-account", "on", { $0.requiresAccount }),
        ("tls-cert", "cert.pem", { $0.certificate == "cert.pem" }), ("tls-key", "key.pem", { $0.key == "key.pem" }),
        ("tls", "required", { $0.requiresTLS }), ("allow-plain-login", "yes", { $0.allowsPlainLogin }),
        ("http", "8080", { $0.http.place == .ownPort(8080) }),
        ("ntfy", "off", { !$0.http.servesNtfy }),
        ("http-host", "cellar.example", { $0.http.hosts == ["cellar.example"] }),
        ("trusted-proxy", "::1", { $0.http.proxies.map(\.description) == ["[::1]:0"] }),
        ("max-connections", "7", { $0.maximumConnections == 7 }),
        ("observer", "Eva", { $0.observers == [Name(stored: "eva")] }),
        ("quiet", "yes", { $0.isQuiet }),
    ]

    @Test func noSettingIsLeftOutHere() {
        #expect(Self.settings.map(\.name) == Setting.all.map(\.name))
    }

    @Test(arguments: settings.indices)
    func eachSettingCanBeTakenFromEachSource(index: Int) throws {
        let (name, value, isTaken) = Self.settings[index]
        let setting = try #require(Setting.all.first { $0.name == name })
        #expect(!isTaken(Configuration()))
        #expect(isTaken(try configuration(flags: [(name, value)])))
        #expect(isTaken(try configuration(environment: [setting.environmentName: value])))
        #expect(isTaken(try configuration(file: "\(name) = \(value)\n")))
    }

    @Test(arguments: [("port", "TTWEET_PORT"), ("log-max", "TTWEET_LOG_MAX"), ("log-keep", "TTWEET_LOG_KEEP")])
    func aSettingsVariableIsNamedAfterIt(name: String, variable: String) {
        #expect(Setting.all.first { $0.name == name }?.environmentName == variable)
    }

    // MARK: Values

    @Test(arguments: [
        ("port", "", "a number from 0 to 65535"), ("port", "65536", "a number from 0 to 65535"),
        ("port", "-1", "a number from 0 to 65535"), ("port", "+1", "a number from 0 to 65535"),
        ("port", "80x", "a number from 0 to 65535"), ("port", " 80", "a number from 0 to 65535"),
        ("port", "٨٠", "a number from 0 to 65535"), ("port", "99999999999999999999", "a number from 0 to 65535"),
        ("host", "", "an address without a port"), ("host", "127.0.0.1:5", "an address without a port"),
        ("host", "http://x", "an address without a port"), ("data", "", "a directory"), ("log", "", "a file"),
        ("log-max", "", "a size such as 500K or 10M"), ("log-max", "0", "a size such as 500K or 10M"),
        ("log-max", "K", "a size such as 500K or 10M"), ("log-max", "10T", "a size such as 500K or 10M"),
        ("log-max", "1.5M", "a size such as 500K or 10M"), ("log-max", "-1K", "a size such as 500K or 10M"),
        ("log-max", "9999999999G", "a size such as 500K or 10M"),
        ("max-store", "500", "a size from 1M on, such as 500M or 2G"),
        ("max-store", "1023K", "a size from 1M on, such as 500M or 2G"),
        ("max-store", "30d", "a size from 1M on, such as 500M or 2G"),
        ("keep", "30", "a span from 1h to 3650d, such as 12h or 30d"),
        ("keep", "59m", "a span from 1h to 3650d, such as 12h or 30d"),
        ("keep", "4000d", "a span from 1h to 3650d, such as 12h or 30d"),
        ("keep", "1000", "a span from 1h to 3650d, such as 12h or 30d"),
        ("observer", "e va", "a name"), ("max-connections", "0", "a number from 1 on"),
        ("http", "x", "on, off, or a port from 0 to 65535"), ("http", "65536", "on, off, or a port from 0 to 65535"),
        ("trusted-proxy", "localhost", "an IPv4 or IPv6 address"),
        ("http-host", "a:80", "a host's name without a port"),
        ("http-host", "127.0.0.1", "a host's name without a port"),
        ("http-host", "cellar.example.", "a host's name without a port"),
        ("log-keep", "1001", "a number from 0 to 1000"),
        ("log-keep", "many", "a number from 0 to 1000"),
        ("resume", "", switchWords), ("resume", "maybe", switchWords), ("quiet", "2", switchWords),
        ("sync", "off", "full or normal"), ("sync", "FULL", "full or normal"), ("sync", "", "full or normal"),
    ])
    func aWrongValueIsNamedWithItsPlace(name: String, value: String, expected: String) throws {
        let setting = try #require(Setting.all.first { $0.name == name })
        let flag = #expect(throws: ConfigurationError.self) { try configuration(flags: [(name, value)]) }
        #expect(flag?.description == "--\(name): \"\(value)\" is not \(expected)")
        #expect(flag?.isUsage == true)
        let variable = setting.environmentName
        let environment = #expect(throws: ConfigurationError.self) { try configuration(environment: [variable: value]) }
        #expect(environment?.description == "\(variable): \"\(value)\" is not \(expected)")
        #expect(environment?.isUsage == false)
        // White space around a value in the file is not part of the value.
        guard value.first != " " else { return }
        let file = #expect(throws: ConfigurationError.self) { try configuration(file: "\n\(name) = \(value)\n") }
        #expect(file?.description == "ttweet.conf:2: \"\(value)\" is not \(expected)")
        #expect(file?.isUsage == false)
    }

    @Test(arguments: [
        ("1", 1), ("1000", 1000), ("1K", 1024), ("1k", 1024), ("10M", 10 << 20), ("2g", 2 << 30),
        ("8589934591G", 8_589_934_591 << 30),
    ])
    func aSizeIsBytesOrHasAUnit(text: String, bytes: Int) throws {
        #expect(try configuration(flags: [("log-max", text)]).logMaximumBytes == bytes)
    }

    @Test(arguments: [
        ("true", true), ("yes", true), ("on", true), ("1", true), ("TRUE", true), ("false", false), ("no", false),
        ("off", false), ("0", false),
    ])
    func aSwitchIsYesOrNo(text: String, isOn: Bool) throws {
        #expect(try configuration(environment: ["TTWEET_QUIET": text]).isQuiet == isOn)
    }

    // MARK: Values that do not go together

    @Test(
        arguments: [
            ([("http", "8080"), ("port", "8080")], "", true), ([("port", "8080")], "http = 8080\n", true),
            ([], "http = 8080\nport = 8080\n", false), ([("http", "65432")], "", true),
        ] as [([(name: String, value: String)], String, Bool)])
    func aPortOfItsOwnForHTTPIsAnother(flags: [(name: String, value: String)], file: String, isUsage: Bool) throws {
        let error = #expect(throws: ConfigurationError.self) { try configuration(flags: flags, file: file) }
        #expect(error?.description.contains("is the server's own port") == true)
        #expect(error?.isUsage == isUsage)
    }

    /// Port 0 is a free one, another for each.
    @Test func twoFreePortsDiffer() throws {
        #expect(try configuration(flags: [("http", "0"), ("port", "0")]).http.place == .ownPort(0))
    }

    @Test func aMistakeOfTheCommandLineIsWrongUsage() throws {
        let found = try configuration(flags: [("tls-cert", "a")], file: "tls-key = b\ntls = required\n")
        #expect(found.mistake(in: ["tls-cert", "tls-key"], "x").isUsage)
        #expect(!found.mistake(in: ["tls"], "x").isUsage)
    }

    // MARK: Values that have no effect

    @Test func aWrongValueThatIsOverriddenIsPassedOverWithAWarning() throws {
        let found = try configuration(
            flags: [("port", "1")], environment: ["TTWEET_PORT": "http", "TTWEET_SYNC": "normal"],
            file: "port = x\nsync = never\n")
        #expect(found.port == 1)
        #expect(found.durability == .normal)
        #expect(
            found.warnings == [
                #"ttweet.conf:1 is ignored: "x" is not a number from 0 to 65535"#,
                #"ttweet.conf:2 is ignored: "never" is not full or normal"#,
                #"TTWEET_PORT is ignored: "http" is not a number from 0 to 65535"#,
            ])
        #expect(try configuration(flags: [("port", "1")], environment: ["TTWEET_PORT": "2"]).warnings.isEmpty)
    }

    @Test(arguments: ["tcp://10.0.0.1:65432", "udp://10.0.0.1:1", "sctp://[fd00::1]:1"])
    func aServiceThatIsCalledTtweetDoesNotTellThePort(link: String) throws {
        let variables = ["TTWEET_PORT": link, "TTWEET_SERVICE_HOST": "10.0.0.1", "TTWEET_PORT_65432_TCP": link]
        let found = try configuration(environment: variables, file: "port = 7\n")
        #expect(found.port == 7)
        #expect(
            found.warnings == [#"TTWEET_PORT is ignored: "\#(link)" is set for a service that is called ttweet"#])
        #expect(try configuration(environment: variables).port == 65432)
        // The ignored variable overrides no other value.
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(environment: variables, file: "port = x\n")
        }
        #expect(error?.description == #"ttweet.conf:1: "x" is not a number from 0 to 65535"#)
    }

    @Test func aWrongFlagIsNeverPassedOver() {
        #expect(throws: ConfigurationError.self) { try configuration(flags: [("port", "x"), ("port", "1")]) }
    }

    // MARK: Files

    @Test func whatOnlyClientsReadIsNoConcernOfTheServers() throws {
        #expect(try configuration(file: "server = example.org:13001\nport = 7\n").port == 7)
    }

    @Test(arguments: [
        "port=7", "port = 7\n", "\t port\t=\t7\t\r\n", "log = x\r\nport = 7\r\n",
        "# a comment\n\n   # another\nport = 7", "port = 1\nport = 7",
    ])
    func aFileIsLinesOfKeyAndValue(text: String) throws {
        #expect(try configuration(file: text).port == 7)
    }

    @Test func aValueMayContainAnEqualsSign() throws {
        #expect(try configuration(file: "log = a=b\n").logPath == "a=b")
    }

    @Test(arguments: [
        ("port = 7\n\ncolour = red\n", #"ttweet.conf:3: there is no key "colour""#),
        ("Port = 7", #"ttweet.conf:1: there is no key "Port""#),
        ("config = other", #"ttweet.conf:1: there is no key "config""#),
        ("= 7", #"ttweet.conf:1: there is no key """#),
        ("port = 7\nquiet\n", "ttweet.conf:2: the line is not key = value"),
    ])
    func aWrongLineIsNamedWithItsNumber(text: String, description: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration(file: text) }
        #expect(error?.description == description)
        #expect(error?.isUsage == false)
    }

    /// For a server, `tls` says whether it serves plain connections; for clients, whether they connect with TLS.
    @Test(arguments: ["yes", "no", "on", "0"])
    func whatClientsReadOfTLSIsNothingToTheServer(value: String) throws {
        #expect(try !configuration(file: "tls = \(value)\n").requiresTLS)
        #expect(try configuration(environment: ["TTWEET_TLS": value], file: "tls = required\n").requiresTLS)
        #expect(throws: ConfigurationError.self) { try configuration(file: "tls = maybe\n") }
    }

    /// No client reads the server's command line.
    @Test(arguments: ["yes", "no", "on", "0", "maybe"])
    func onTheCommandLineItIsWrongUsage(value: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration(flags: [("tls", value)]) }
        #expect(error?.description == "--tls: \"\(value)\" is not offered or required")
        #expect(error?.isUsage == true)
    }

    /// The clients warn about unknown keys in the file that they share with the server.
    @Test func theClientsKnowEachKey() {
        let names = Setting.all.map(\.name)
        #expect(ConfigurationFile.keys == Set(names + ["server", "ca", "pin"]))
    }
}
