import Testing
import TweetCommandLine
import TweetSystem
import TweetTLS

@testable import TweetClient

/// The choice of TLS and of the trusted keys: the command line comes before the environment, and that before the file.
struct TrustChoiceTests {
    private static let pinText = "sha256:" + String(repeating: "0a", count: 32)
    private static var pin: TLSTrust? { CertificatePin(pinText).map { .pin($0) } }

    private func trust(
        _ options: [(option: Invocation.Option, value: String)] = [], _ environment: [String: String] = [:],
        file: String? = nil
    ) throws(ClientError) -> TLSTrust? {
        let sources = ServerSources(environment: { environment[$0] }) { (path) throws(Errno) in
            ConfigurationFile(path: path, text: file ?? "")
        }
        let config: [(option: Invocation.Option, value: String)] =
            file == nil ? [] : [(.configurationFile, "ttweet.conf")]
        return try Invocation(
            options: [(.download, "")] + options + config, operands: [Array("h:1".utf8)], sources: sources
        ).trust
    }

    @Test(
        arguments: [
            ([:], nil, nil), (["TTWEET_TLS": "yes"], nil, .machine), (["TTWEET_TLS": "required"], nil, .machine),
            (["TTWEET_TLS": "offered"], nil, nil), (["TTWEET_TLS": "no"], "tls = yes\nca = a", nil),
            (["TTWEET_CA": "a"], nil, .authorities(file: "a")), ([:], "ca = a", .authorities(file: "a")),
            ([:], "tls = required\nserver = h:1", .machine), (["TTWEET_PIN": pinText], "ca = a", pin),
            (["TTWEET_CA": "b"], "pin = \(pinText)", .authorities(file: "b")),
            (["TTWEET_TLS": "yes"], "ca = a", .authorities(file: "a")), ([:], "tls = no\nca = a", nil),
            ([:], "tls-cert = x\ntls = offered", nil),
        ] as [([String: String], String?, TLSTrust?)])
    func theEnvironmentAsksForItElseTheFile(environment: [String: String], file: String?, expected: TLSTrust?) throws {
        #expect(try trust([], environment, file: file) == expected)
    }

    @Test(
        arguments: [
            ([(.tls, "")], .machine), ([(.authorities, "c")], .authorities(file: "c")), ([(.pin, pinText)], pin),
            ([(.tls, ""), (.authorities, "c")], .authorities(file: "c")),
        ] as [([(option: Invocation.Option, value: String)], TLSTrust?)])
    func anOptionAsksForIt(options: [(option: Invocation.Option, value: String)], expected: TLSTrust?) throws {
        #expect(try trust(options) == expected)
        #expect(try trust(options, ["TTWEET_TLS": "no"], file: "tls = no\n") == expected)
    }

    /// `--tls` turns TLS on; the authorities come from the file.
    @Test func anOptionIsCompletedByTheFile() throws {
        #expect(try trust([(.tls, "")], file: "ca = a\n") == .authorities(file: "a"))
        #expect(try trust([(.pin, Self.pinText)], ["TTWEET_CA": "b"], file: "ca = a\n") == Self.pin)
    }

    @Test(arguments: [
        (["TTWEET_TLS": "maybe"], "", "TTWEET_TLS: tls is yes or no, not maybe"),
        (["TTWEET_PIN": "x"], "", "TTWEET_PIN: a pin is sha256: and 64 hexadecimal digits, not x"),
        ([:], "pin = x", "ttweet.conf:1: a pin is sha256: and 64 hexadecimal digits, not x"),
        ([:], "ca =", "ttweet.conf:1: the file of ca has no name"),
        ([:], "TLS = yes", "ttweet.conf:1: the key TLS is written in small letters"),
    ])
    func aWrongValueIsNeverIgnored(environment: [String: String], file: String, text: String) {
        #expect(throws: ClientError(.configuration, text)) { try trust([], environment, file: file) }
        // Also in a file that only a variable names, although the server is known without it.
        let sources = ServerSources(environment: { $0 == "TTWEET_CONFIG" ? "ttweet.conf" : environment[$0] }) {
            (path) throws(Errno) in ConfigurationFile(path: path, text: file)
        }
        #expect(throws: ClientError(.configuration, text)) { try sources.find(host: "h", port: 1) }
    }

    @Test func aWrongOptionIsWrongUsage() {
        #expect(throws: ClientError.self) { try trust([(.authorities, "a"), (.pin, Self.pinText)]) }
        #expect(throws: ClientError.self) { try trust([(.pin, "sha256:00")]) }
        #expect(throws: ClientError.self) { try trust([(.authorities, "")]) }
    }
}
