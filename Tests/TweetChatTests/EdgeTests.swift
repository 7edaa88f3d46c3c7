import Testing
import TweetSystem

@testable import TweetChat

struct LineCutterTests {
    /// All cuts of an input that comes in pieces and ends.
    private func cuts(_ pieces: [[UInt8]]) -> [LineCutter.Cut] {
        var cutter = LineCutter()
        var cuts: [LineCutter.Cut] = []
        for piece in pieces {
            cutter.append(piece[...])
            while let cut = cutter.next() { cuts.append(cut) }
        }
        cutter.end()
        while let cut = cutter.next() { cuts.append(cut) }
        return cuts
    }

    @Test func everyCutOfTheInputGivesTheSameLines() {
        let input = Array("one\r\n\nzwölf 日本\nlast".utf8)
        let expected: [LineCutter.Cut] = [.line("one"), .line(""), .line("zwölf 日本"), .line("last"), .end]
        for index in 0...input.count {
            #expect(cuts([Array(input[..<index]), Array(input[index...])]) == expected)
        }
        #expect(cuts(input.map { [$0] }) == expected)
    }

    @Test func aLineThatIsTooLongCostsOnlyItself() {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        let refused = LineCutter.Cut.refused("a line is longer than 8192 bytes")
        #expect(cuts([long, long, Array("\nnext\n".utf8)]) == [refused, .line("next"), .end])
        #expect(cuts([long + Array("\nnext".utf8)]) == [refused, .line("next"), .end])
        #expect(cuts([long]) == [refused, .end])
    }

    @Test func whatIsNoTextIsRefused() {
        #expect(
            cuts([[0xFF, 0x0A], Array("ok\n".utf8)]) == [.refused("a line is not valid UTF-8"), .line("ok"), .end])
    }

    @Test func nothingIsTheEnd() {
        #expect(cuts([]) == [.end])
    }
}

struct ChatSettingsTests {
    private func settings(
        flags: [(name: String, value: String)] = [], environment: [String: String] = [:], file: String? = nil
    ) throws(ChatSettings.Mistake) -> ChatSettings {
        try ChatSettings(
            flags: flags, environment: { environment[$0] },
            file: file.map { ConfigurationFile(path: "ttweet.conf", text: $0) })
    }

    @Test func withoutAnythingItIsThisMachine() throws {
        let settings = try settings()
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 65432)
    }

    @Test func theServersFileIsReadAndItsOtherKeysArePassedOver() throws {
        let file = "# ours\r\nhost = example.org\r\nport=13001\r\nlog-max = 10M\nquiet = true\n\nnonsense\n"
        let settings = try settings(file: file)
        #expect(settings.host == "example.org")
        #expect(settings.port == 13001)
    }

    @Test func flagsComeBeforeTheEnvironmentBeforeTheFile() throws {
        let file = "host = file\nport = 1\n"
        let environment = ["TTWEET_HOST": "environment", "TTWEET_PORT": "2"]
        #expect(try settings(environment: environment, file: file).host == "environment")
        let settings = try settings(flags: [("host", "flag"), ("port", "3")], environment: environment, file: file)
        #expect(settings.host == "flag")
        #expect(settings.port == 3)
    }

    /// A server's file may have it pick a free port: where that is, the command line says.
    @Test func onlyWhatCountsIsChecked() throws {
        let file = "port = 0\nhost =\n"
        #expect(throws: ChatSettings.Mistake.self) { try settings(file: file) }
        let found = try settings(flags: [("port", "3"), ("host", "there")], file: file)
        #expect(found.port == 3)
        #expect(found.host == "there")
    }

    @Test(arguments: ["0", "65536", "", "1x", "-1", "+1", "99999999999999999999"])
    func aWrongPortSaysWhereItStands(port: String) {
        let text = "\"\(port)\" is not a port, 1 to 65535"
        #expect(throws: ChatSettings.Mistake(description: "--port: \(text)", isUsage: true)) {
            try settings(flags: [("port", port)])
        }
        #expect(throws: ChatSettings.Mistake(description: "TTWEET_PORT: \(text)", isUsage: false)) {
            try settings(environment: ["TTWEET_PORT": port])
        }
        #expect(throws: ChatSettings.Mistake(description: "ttweet.conf:2: \(text)", isUsage: false)) {
            try settings(file: "\nport = \(port)\n")
        }
    }
}
