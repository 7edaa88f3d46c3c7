import Foundation
import TestSupport
import Testing

/// The sources of the server's address: operands, options, environment, configuration file.
@Suite(.ownThreads) struct ServerPlaceTests {
    private static let kubernetes = ["TTWEET_PORT": "tcp://10.0.0.1:65432", "TTWEET_SERVICE_HOST": "10.0.0.1"]

    private func environment(_ server: ServerProcess) -> [String: String] {
        ["TTWEET_HOST": "127.0.0.1", "TTWEET_PORT": String(server.port)]
    }

    @Test func theEnvironmentTellsTheServer() throws {
        let server = try ServerProcess()
        let environment = environment(server)
        for message in ["backup done #ops", "backup: done", "at 10:30"] {
            #expect(try run(.client, ["-u", message], environment: environment).exitCode == 0)
            #expect(try run(.client, ["-d", "-q"], environment: environment).output == message + "\n")
        }
        #expect(try run(.client, ["-d", "ops", "-q"], environment: environment).output == "backup done #ops\n")
        #expect(try run(.client, ["-u", "-"], input: "from a pipe\n", environment: environment).exitCode == 0)
        #expect(try run(.client, ["--who"], environment: environment).exitCode == 0)
        let secret = environment.merging(["TTWEET_PASSWORD": "correct horse"]) { $1 }
        for words in [["--signup"], ["-d", "--inbox"], ["-d", "--sent"]] {
            let result = try run(.client, words + ["--user", "ana", "--timeout", "100"], environment: secret)
            #expect(result.exitCode == 0, "\(result.errors)")
        }
        #expect(try server.download("-q").output == "from a pipe\n")
    }

    @Test func oneWordIsHostAndPort() throws {
        let server = try ServerProcess()
        let address = "127.0.0.1:\(server.port)"
        // The command line overrides all other sources.
        let other = ["TTWEET_HOST": "host.invalid", "TTWEET_PORT": "1", "TTWEET_CONFIG": "missing"]
        for environment in [[:], other] {
            #expect(try run(.client, ["-u", address, "hello #x"], environment: environment).exitCode == 0)
            #expect(try run(.client, ["-d", address, "-q"], environment: environment).output == "hello #x\n")
            #expect(try run(.client, ["-d", address, "x", "-q"], environment: environment).output == "hello #x\n")
            #expect(
                try run(.client, ["--server", address, "-d", "-q"], environment: environment).output == "hello #x\n")
            #expect(try run(.client, ["--who", address], environment: environment).exitCode == 0)
        }
        #expect(try run(.client, ["-u", "--server", address, address]).exitCode == 0)
        #expect(try run(.client, ["-d", address, "-q"]).output == address + "\n")
    }

    @Test func whatMayBeTheServerOrTheMessageIsNotUploaded() throws {
        let server = try ServerProcess()
        for word in ["127.0.0.1:\(server.port)", "10:30"] {
            let result = try run(.client, ["-u", word], environment: environment(server))
            expectFailure(result, 64, "\(word) may be the server or MESSAGE")
        }
        expectFailure(
            try run(.client, ["-u", "two", "words"], environment: environment(server)), 64, "too many arguments")
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func withoutAnyServerNothingIsGuessed() throws {
        for words in [["-u", "hello"], ["-d"], ["-d", "ops"], ["--who", "ana"]] {
            expectFailure(try run(.client, words), 64, "the server is missing: give HOST PORT, HOST:PORT, --server")
        }
    }

    // MARK: The configuration file

    @Test func theServersFileTellsItsClients() throws {
        let port = try Ports.free()
        let directory = try TemporaryDirectory()
        // The server ignores `server`, which is a key for clients only.
        try directory.write("port = \(port)\ndata = data\nlog-max = 1M\nserver = 127.0.0.1:\(port)\n", to: "ours")
        let server = try ServerProcess(["--config", "ours"], port: nil, data: nil, in: directory)
        #expect(try run(.client, ["-u", "--config", "ours", "hello"], in: directory).exitCode == 0)
        try directory.write("port = \(port)\n", to: "port")
        for file in ["ours", "port"] {
            let variable = ["TTWEET_CONFIG": file]
            #expect(try run(.client, ["-d", "-q"], environment: variable, in: directory).output == "hello\n")
            let chat = try run(.chat, ["--config", file, "--user", "ana"], in: directory)
            #expect(chat.exitCode == 0, "\(chat.errors)")
        }
        #expect(try server.stop() == .exit(0))
    }

    @Test func aFileThatIsMissingIsAnErrorOnlyWhereItIsNeeded() throws {
        let server = try ServerProcess()
        let variable = ["TTWEET_CONFIG": "missing"]
        let upload = try run(.client, ["-u", "127.0.0.1", String(server.port), "x"], environment: variable)
        #expect(upload.exitCode == 0)
        #expect(upload.errors.contains("TTWEET_CONFIG is ignored: the configuration file missing: No such file"))
        expectFailure(
            try run(.client, ["-u", "x"], environment: variable), 78,
            "the configuration file missing: No such file or directory")
        let named = try run(.client, ["-d", "127.0.0.1", String(server.port), "--config", "missing"])
        expectFailure(named, 78, "the configuration file missing: No such file or directory")
    }

    // MARK: Wrong values

    @Test func whatKubernetesSetsIsPassedOver() throws {
        let server = try ServerProcess(environment: Self.kubernetes)
        let passedOver =
            #"TTWEET_PORT is ignored: "tcp://10.0.0.1:65432" is set for a service that is called ttweet"#
        try server.awaitReports(passedOver)
        let port = String(server.port)
        let upload = try run(.client, ["-u", "127.0.0.1", port, "hello"], environment: Self.kubernetes)
        #expect(upload.exitCode == 0)
        #expect(upload.output == "Transmission Successfull...\n")
        #expect(upload.errors.wholeMatch(of: /CLIENT \[GENERAL\] \S{24} (.*)\n/)?.1 ?? "" == passedOver)
        let directory = try TemporaryDirectory()
        try directory.write("port = \(port)\n", to: "ours")
        let download = try run(
            .client, ["-d", "-q", "--config", "ours"], environment: Self.kubernetes, in: directory)
        #expect(download.output == "hello\n")
        let chat = try run(.chat, ["127.0.0.1", port, "--user", "ana"], environment: Self.kubernetes)
        #expect(chat.exitCode == 0)
        #expect(chat.errors.contains(passedOver))
        #expect(try run(.server, ["--version"], environment: Self.kubernetes).errors == "")
    }

    @Test func aWrongValueCountsOnlyWhereItIsNeeded() throws {
        let wrong = ["TTWEET_PORT": "http", "TTWEET_HOST": "127.0.0.1"]
        let server = try ServerProcess(environment: wrong)
        try server.awaitReports(#"TTWEET_PORT is ignored: "http" is not a number from 0 to 65535"#)
        let port = String(server.port)
        let upload = try run(.client, ["-u", "127.0.0.1", port, "hello"], environment: wrong)
        #expect(upload.exitCode == 0)
        #expect(upload.errors.contains(#"TTWEET_PORT is ignored: "http" is not a port"#))
        expectFailure(
            try run(.client, ["-u", "hello"], environment: wrong), 78, #"TTWEET_PORT: "http" is not a port, 1 to 65535"#
        )
        #expect(try run(.chat, ["--user", "ana"], environment: wrong).exitCode == 78)
        #expect(try run(.server, [], environment: wrong).exitCode == 78)
    }
}
