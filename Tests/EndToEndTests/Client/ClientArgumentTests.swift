import Foundation
import TestSupport
import Testing

/// The parsing of ttweetcl's command line: it takes no message for an option, and no option for a message.
@Suite(.ownThreads) struct ClientArgumentTests {
    private static let advice = "; if it is the message, put -- before it; ttweetcl --help tells more"

    /// A message that looks like an option is stored only after `--`.
    @Test(arguments: [
        "-host down", "--version", "--help", "-h", "-help", "--ver", "--hel", "-hq", "-qu", "-n5", "-n=5", "-", "---",
        "--no such option", "- item", "-5 °C", "-u=", "--json=1", "-é",
    ])
    func aMessageThatLooksLikeAnOptionIsRefusedWithAdvice(message: String) throws {
        let server = try ServerProcess()
        if message != "-" {
            let result = try server.upload(message)
            #expect(result.exitCode == 64)
            #expect(result.output == "")
            if !message.hasPrefix("--json") { #expect(result.errors.contains(Self.advice), "\(result.errors)") }
            #expect(try server.download("-q").output == "Empty Message\n")
        }
        // After `--` the text is the message, wherever the two dashes stand.
        #expect(try server.upload("--", message, input: message).exitCode == 0)
        #expect(try server.download("-q").output == message + "\n")
        let words = ["-u", "-q", "--", "127.0.0.1", String(server.port), message]
        #expect(try run(.client, words, input: message).exitCode == 0)
        #expect(try server.download("-q", "-n", "9").output == "\(message)\n\(message)\n")
    }

    /// Valid options in place of the message.
    @Test(arguments: ["-q", "--json", "-u", "--clean"])
    func anOptionIsNoMessage(option: String) throws {
        let server = try ServerProcess()
        expectFailure(try server.upload(option), 64, "MESSAGE is missing")
        #expect(try server.download("-q").output == "Empty Message\n")
        #expect(try server.upload("--", option).exitCode == 0)
        #expect(try server.download("-q").output == option + "\n")
    }

    @Test(arguments: [
        (["-dq"], "there is no option -dq"), (["-d", "--fol"], "there is no option --fol"),
        (["-d", "--time", "5"], "there is no option --time"), (["-d", "-n5"], "there is no option -n5"),
        (["-d", "-qn", "5"], "there is no option -qn"), (["-d", "--help"], "--help must be the only argument"),
        (["-h", "-d"], "-h must be the only argument"), (["-d", "--version"], "--version must be the only argument"),
        (["-d", "--timeout"], "--timeout needs a value"), (["-d", "-n", "-q"], "-n needs a value, and -q looks like"),
    ])
    func noOptionIsAbbreviatedOrClustered(options: [String], text: String) throws {
        let server = try ServerProcess()
        expectFailure(try run(.client, ["127.0.0.1", String(server.port)] + options), 64, text)
    }

    @Test(arguments: ["--timeout=5", "--timeout=5s", "--timeout=500000ms", "--timeout=0.5m", "--max-age=2d", "-q"])
    func aValueMayStandBehindAnEqualsSign(option: String) throws {
        let server = try ServerProcess()
        #expect(try server.upload("hello").exitCode == 0)
        #expect(try server.download(option).exitCode == 0)
    }

    @Test func anOptionIsNoValueOfAnother() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let address = ["127.0.0.1", String(server.port)]
        let result = try run(.client, ["--log", "-u"] + address + ["hello"], in: directory)
        expectFailure(result, 64, "--log needs a value, and -u looks like an option; write such a value as")
        #expect(directory.names.isEmpty)
        #expect(try server.download("-q").output == "Empty Message\n")
        #expect(try run(.client, ["--log=-u", "-u"] + address + ["hello"], in: directory).exitCode == 0)
        #expect(directory.names == ["-u"])
    }

    @Test func waitingGoesOnWithoutEndUnlessATimeIsGiven() throws {
        let server = try ServerProcess()
        let result = try server.download("--wait", "--timeout", "0.3s")
        expectFailure(result, 75, "timed out")
    }

    /// Compose files and unit files set a variable without a value to the empty string.
    @Test(arguments: ["TTWEET_HOST", "TTWEET_PORT", "TTWEET_CONFIG"])
    func anEmptyVariableCountsAsUnset(variable: String) throws {
        let server = try ServerProcess(environment: [variable: ""])
        var environment = ["TTWEET_HOST": "127.0.0.1", "TTWEET_PORT": String(server.port)]
        environment[variable] = ""
        // Without a host or a port in the environment, the command line has to name the server.
        let place = variable == "TTWEET_CONFIG" ? [] : ["127.0.0.1:\(server.port)"]
        environment["TTWEET_PASSWORD"] = ""
        #expect(try run(.client, ["-u"] + place + ["hello"], environment: environment).errors == "")
        #expect(try server.download("-q").output == "hello\n")
        #expect(try run(.client, ["-u", "hello"], environment: ["TTWEET_HOST": "", "TTWEET_PORT": ""]).exitCode == 64)
    }
}
