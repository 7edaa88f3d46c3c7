import CSystem
import Foundation
import TestSupport
import Testing

/// ttweetsrv's options, its environment and its files.
@Suite(.ownThreads) struct ServerOptionTests {
    // MARK: Addresses and ports

    @Test func thePortIsAnArgumentOrAnOption() throws {
        let port = try Ports.free()
        let argument = try ServerProcess([String(port)], port: nil)
        #expect(argument.port == port)
        try argument.stop()
        let option = try ServerProcess(port: port)
        #expect(option.port == port)
        try option.stop()
        let both = try ServerProcess([String(port)], port: port)
        #expect(both.port == port)
    }

    @Test func theReportNamesTheAddressAndThePickedPort() throws {
        let server = try ServerProcess()
        #expect(server.port != 0)
        #expect(server.reports.first?.hasSuffix("server listening at 127.0.0.1:\(server.port), session 1") == true)
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func anUnknownHostIsOneError() throws {
        let directory = try TemporaryDirectory()
        let host = String(repeating: "x", count: 64) + ".invalid"
        let result = try run(.server, ["--host", host, "--port", "0", "--data", "data"], in: directory)
        #expect(result.exitCode == 69)
        #expect(result.output.contains("cannot listen at \(host): "))
        #expect(directory.names == ["Sample.txt"])
    }

    @Test func aHostNameIsListenedAtWithAllOfItsAddresses() throws {
        let server = try ServerProcess(["--host", "localhost"])
        #expect(try run(.client, ["-d", "127.0.0.1", String(server.port), "-q"]).output == "Empty Message\n")
        #expect(try run(.client, ["-d", "localhost", String(server.port), "-q"]).output == "Empty Message\n")
        if server.reports.first?.contains("[::1]") == true {
            #expect(try run(.client, ["-d", "::1", String(server.port), "-q"]).output == "Empty Message\n")
        }
    }

    private static let hasIPv6 =
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.contains("0000000000000001 ") == true

    @Test(.enabled(if: hasIPv6, "this machine has no ::1")) func anIPv6AddressIsListenedAt() throws {
        let server = try ServerProcess(["--host", "::1"])
        #expect(server.reports.first?.contains("server listening at [::1]:\(server.port), session 1") == true)
        #expect(try run(.client, ["-u", "::1", String(server.port), "over IPv6"]).exitCode == 0)
        #expect(try run(.client, ["-d", "::1", String(server.port), "-q"]).output == "over IPv6\n")
        #expect(try server.awaitReports("message 2 received from [::1]:").count == 1)
        // Another test's server may have this port on the IPv4 address.
        #expect(try run(.client, ["-d", "127.0.0.1", String(server.port), "-q"]).output != "over IPv6\n")
    }

    // MARK: Locations of files

    @Test func theDataLiesBelowTheStateDirectoryUnderThePortAsAskedFor() throws {
        let server = try ServerProcess(data: nil)
        #expect(FileManager.default.fileExists(atPath: server.directory.file(".local/state/ttweet/0/store.sqlite")))
        let directory = try TemporaryDirectory()
        let state = directory.file("state")
        let port = try Ports.free()
        let other = try ServerProcess(port: port, data: nil, environment: ["XDG_STATE_HOME": state], in: directory)
        #expect(FileManager.default.fileExists(atPath: "\(state)/ttweet/\(port)/store.sqlite"))
        #expect(!directory.names.contains(".local"))
        try other.stop()
    }

    /// The XDG Base Directory Specification requires programs to ignore relative paths.
    @Test func aRelativeStateDirectoryIsPassedOver() throws {
        let server = try ServerProcess(data: nil, environment: ["XDG_STATE_HOME": "relative"])
        #expect(server.directory.names.sorted() == [".local", "Sample.txt"])
    }

    @Test func whatItMakesIsPrivateWhateverTheUmask() throws {
        let server = try ServerProcess(data: "a/b/data", wrapper: ["sh", "-c", "umask 0; exec \"$@\"", "-"])
        #expect(try server.upload("so that there is a write-ahead log").exitCode == 0)
        let directory = server.directory
        #expect(mode(directory.file("Sample.txt")) == 0o640)
        for name in ["a", "a/b", "a/b/data"] { #expect(mode(directory.file(name)) == 0o700, "\(name)") }
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.file("a/b/data"))
        #expect(files.contains("store.sqlite"))
        for name in files { #expect(mode(directory.file("a/b/data/\(name)")) == 0o600, "\(name)") }
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    // MARK: Sources of a value

    @Test func aValueComesFromTheFlagElseTheEnvironmentElseTheFile() throws {
        let directory = try TemporaryDirectory()
        try directory.write("# ours\nlog = from-file\nport = 1\nresume = yes\n", to: "ttweet.conf")
        let first = try ServerProcess(in: directory)
        try first.stop()
        let second = try ServerProcess(
            ["--config", "ttweet.conf"], port: nil, environment: ["TTWEET_PORT": "0", "TTWEET_SYNC": "normal"],
            in: directory)
        #expect(second.port != 1)
        #expect(second.session == 1)
        #expect(directory.content("from-file")?.contains("session 1") == true)
        try second.stop()
        let third = try ServerProcess(
            ["--log", "from-flag"], environment: ["TTWEET_CONFIG": "ttweet.conf", "TTWEET_LOG": "from-environment"],
            in: directory)
        #expect(directory.content("from-flag")?.contains("session 1") == true)
        #expect(!directory.names.contains("from-environment"))
        #expect(try third.stop() == .exit(0))
    }

    @Test(
        arguments: [
            (["--config", "wrong.conf"], [:], 78, #"wrong.conf:2: there is no key "colour""#),
            (["--config", "missing.conf"], [:], 78, "the configuration file missing.conf: No such file or directory"),
            (["--config", "."], [:], 78, "the configuration file .: Is a directory"),
            (["--config", "/proc/self/mem"], [:], 74, "the configuration file /proc/self/mem: Input/output error"),
            ([], ["TTWEET_PORT": "http"], 78, #"TTWEET_PORT: "http" is not a number from 0 to 65535"#),
            (["--port", "65536"], [:], 64, #"--port: "65536" is not a number from 0 to 65535"#),
            (["--log-max", "0"], [:], 64, #"--log-max: "0" is not a size such as 500K or 10M"#),
            (["--sync", "off"], [:], 64, #"--sync: "off" is not full or normal"#),
            (["http"], [:], 64, #"--port: "http" is not a number from 0 to 65535"#),
            (["1", "2"], [:], 64, "give one PORT, not 2; see ttweetsrv --help"),
            (["1", "--port", "2"], [:], 64, "PORT and --port differ; see ttweetsrv --help"),
            (["--colour"], [:], 64, "there is no option --colour; see ttweetsrv --help"),
            (["--colour=red"], [:], 64, "there is no option --colour=red; see ttweetsrv --help"),
            (["-x"], [:], 64, "there is no option -x; see ttweetsrv --help"),
            (["--port"], [:], 64, "--port needs a value; see ttweetsrv --help"),
            (["--por", "1"], [:], 64, "there is no option --por; see ttweetsrv --help"),
            (["0", "--help"], [:], 64, "--help must be the only argument; see ttweetsrv --help"),
            (["-h", "0"], [:], 64, "-h must be the only argument; see ttweetsrv --help"),
            (["--quiet", "--version"], [:], 64, "--version must be the only argument; see ttweetsrv --help"),
        ] as [([String], [String: String], Int32, String)])
    func aMistakeIsOneErrorAndMakesNothing(
        arguments: [String], environment: [String: String], exitCode: Int32, text: String
    ) throws {
        let directory = try TemporaryDirectory()
        try directory.write("port = 0\ncolour = red\n", to: "wrong.conf")
        let result = try run(.server, arguments, environment: environment, in: directory)
        #expect(result.exitCode == exitCode)
        #expect(result.output == "")
        #expect(result.errors.wholeMatch(of: /SERVER \[ERROR\] \S{24} (.*)\n/)?.1 ?? "" == text)
        #expect(directory.names == ["wrong.conf"])
    }

    // MARK: Reports

    @Test func quietReportsToTheLogAlone() throws {
        let directory = try TemporaryDirectory()
        #expect(mkfifo(directory.file("log"), 0o600) == 0)
        let reader = csystem_open(directory.file("log"), O_RDONLY | O_NONBLOCK, 0)
        defer { close(reader) }
        let server = try ChildProcess(
            [Program.server.path, "--quiet", "--port", "0", "--data", "data", "--log", "log"].map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path)
        var entry = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        #expect(poll(&entry, 1, CInt(Patience.seconds * 1000)) == 1)
        var buffer = [UInt8](repeating: 0, count: 1000)
        let count = read(reader, &buffer, buffer.count)
        #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self).contains("server listening at 127.0.0.1:"))
        server.signal(SIGTERM)
        #expect(try server.wait() == .exit(0))
        #expect(server.standardOutput.access { $0.bytes } == [])
        #expect(server.standardError.access { $0.bytes } == [])
    }

    @Test func theLogIsRotatedBySizeAndBounded() throws {
        let server = try ServerProcess(["--log-max", "1K", "--log-keep", "2"])
        let client = try server.connect()
        for number in 0..<100 { #expect(try client.request("[\"u\",\"message \(number)\"]")?.contains("ok") == true) }
        client.close()
        try server.awaitReports("disconnected")
        try server.stop()
        let names = server.directory.names.filter { $0.hasPrefix("Sample") }
        #expect(names == ["Sample.txt", "Sample.txt.1", "Sample.txt.2"])
        for name in names {
            let content = try #require(server.directory.content(name))
            #expect(content.utf8.count <= 1024)
            #expect(content.split(separator: "\n").allSatisfy { $0.hasPrefix("SERVER [") })
            #expect(content.hasSuffix("\n"))
        }
    }

    // MARK: Help

    @Test func theHelpNamesEveryOptionAndExitCode() throws {
        let help = try run(.server, ["--help"])
        #expect(help.output == (try run(.server, ["-h"])).output)
        #expect(help.output.hasPrefix("Usage: ttweetsrv [PORT] [OPTION]...\n"))
        #expect(help.exitCode == 0)
        #expect(help.errors == "")
        let options = [
            "--host", "--port", "--data", "--log", "--log-max", "--log-keep", "--resume", "--sync", "--quiet",
            "--config", "--require-account", "--add-account", "--reset-password", "--remove-account", "--backup",
            "--restore", "--stats", "--observer", "--max-connections", "--http", "--ntfy", "--http-host",
            "-h, --help", "--version",
        ]
        for option in options { #expect(help.output.contains("  \(option) "), "\(option)") }
        for code in [0, 1, 64, 65, 67, 69, 73, 75, 76, 77, 78] {
            #expect(help.output.contains("\n  \(code) "), "\(code)")
        }
        #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func theVersionIsOneLine() throws {
        let version = try run(.server, ["--version"])
        #expect(version.exitCode == 0)
        #expect(version.output.wholeMatch(of: /ttweetsrv \d+\.\d+\.\d+\n/) != nil)
    }
}
