import Testing

@testable import TweetHTTP

/// The host that a request names.
struct HostFieldTests {
    @Test(
        arguments: [
            ("localhost", HostField.Kind.name, "localhost", nil), ("localhost:13001", .name, "localhost", 13001),
            ("a-b.example.", .name, "a-b.example", nil), ("a_b:1", .name, "a_b", 1),
            ("A.Example:65535", .name, "A.Example", 65535),
            ("1a", .name, "1a", nil), ("1.example", .name, "1.example", nil),
            ("xn--bcher-kva.de", .name, "xn--bcher-kva.de", nil),
            ("127.0.0.1", .ipv4, "127.0.0.1", nil), ("255.255.255.255:80", .ipv4, "255.255.255.255", 80),
            ("[::1]", .ipv6, "::1", nil), ("[::1]:13001", .ipv6, "::1", 13001),
            ("[fe80::1:2]", .ipv6, "fe80::1:2", nil),
            ("[::ffff:127.0.0.1]:0", .ipv6, "::ffff:127.0.0.1", 0), ("a:00080", .name, "a", 80),
        ] as [(String, HostField.Kind, String, UInt16?)])
    func aHostIsRead(value: String, kind: HostField.Kind, host: String, port: UInt16?) throws {
        try withBytes(value) { bytes in
            let field = try #require(HostField(bytes))
            #expect(field.kind == kind)
            #expect(text(field.host) == host)
            #expect(field.port == port)
        }
    }

    @Test(arguments: [
        "", ".", "..", "a..b", ".a", ":80", "a:", "a:b", "a:65536", "a:100000", "a:-1", "a:+1", "a:1:2", "a b", "a/b",
        "a@b", "user:a@b", "a,b", "a%41", "é", "a\u{0}", "a?b", "a#b", "[", "[]", "[::1", "::1", "[::1]x", "[::1]:",
        "[::1%25eth0]", "[fe80::1%eth0]", "[127.0.0.1]", "[::g]", "[1::2::3]", "[localhost]", "[::1]]", "]", "[[::1]]",
        // Numbers that resolvers may take for an address.
        "127.1", "127.0.0.1.1", "127.0.0.256", "127.0.0.01", "2130706433", "0x7f.1", "0x7f000001", "a.0x1", "a.1",
        "127.0.0.0x1", "1.2.3.", "0X7F.0x1", "[::1\u{0}]",
        String(repeating: "a", count: 64), Array(repeating: "abc", count: 64).joined(separator: "."),
    ])
    func anythingElseIsNoHost(value: String) {
        #expect(withBytes(value) { HostField($0) == nil })
    }

    @Test func theLongestNameIsRead() {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(label.dropLast(2))].joined(separator: ".")
        #expect(withBytes(longest) { HostField($0)?.host.count } == HTTPLimits.hostBytes)
        #expect(withBytes("a" + longest.dropFirst(1).dropLast(1) + "aa") { HostField($0) == nil })
    }
}
