import TweetCommandLine
import TweetSystem

/// A server as the user gives it: a host, which is a name or an address, and a port.
public struct ServerName: Hashable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: UInt16

    /// The default server, on this machine.
    public static let standard = ServerName(host: "127.0.0.1", port: 65432)

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Parses `HOST:PORT`, with an IPv6 address in brackets; nil for anything else.
    ///
    /// HOST is letters, digits, `-`, `.` and `_`: a sentence with a colon is no server.
    public init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = Self.port(String(text[text.utf8.index(after: colon)...]))
        else { return nil }
        let host = text[..<colon]
        if let address = Self.bracketed(host) {
            self.init(host: address, port: port)
        } else {
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isHost) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// Whether a text has the form `HOST:PORT`, but its number is no port: `localhost:99999`.
    static func hasBadPort(_ text: String) -> Bool {
        guard ServerName(text) == nil, let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return false }
        let port = text[text.utf8.index(after: colon)...]
        return isNumber(port) && ServerName("\(text[..<colon]):1") != nil
    }

    /// The reason why a word with a colon is not `HOST:PORT`, as the end of a sentence; nil for a valid one, and for
    /// any other text.
    public static func mistake(in text: String) -> String? {
        let isWord = !text.utf8.contains(UInt8(ascii: " "))
        guard isWord, ServerName(text) == nil, let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else {
            return nil
        }
        if bracketed(text[...]) != nil { return "the port is missing after the bracket" }
        let host = text[..<colon]
        let port = text[text.utf8.index(after: colon)...]
        if let scheme = text.firstRange(of: "://") {
            return "write HOST:PORT without \(text[..<scheme.upperBound])"
        }
        if hasBadPort(text) { return "a port is 1 to 65535" }
        if host.isEmpty { return "the host is missing before the colon" }
        if host.utf8.contains(UInt8(ascii: ":")) {
            return bracketed(host) == nil
                ? "HOST:PORT has one colon, and an IPv6 address is in brackets" : portRule(port)
        }
        if !host.utf8.allSatisfy(isHost) { return "a host is letters, digits, -, . and _" }
        return portRule(port)
    }

    private static func portRule(_ port: Substring) -> String {
        port.isEmpty ? "the port is missing after the colon" : "a port is 1 to 65535, not \(port)"
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// `example.org:13001`, or `[::1]:13001` for an IPv6 address.
    public var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Parses a port, 1 to 65535, in decimal digits.
    public static func port(_ text: String) -> UInt16? {
        guard let number = TimeSpan.wholeNumber(Substring(text)), (1...65_535).contains(number) else { return nil }
        return UInt16(number)
    }

    /// Whether a host without brackets around it may be a name or an address: it has no part of a URL, and no bracket is
    /// left over.
    public static func mayBeHost(_ host: String) -> Bool {
        !host.isEmpty && !host.utf8.contains { "/[]".utf8.contains($0) }
    }

    /// A host without the brackets that may be around an IPv6 address.
    public static func bare(_ host: String) -> String { bracketed(host[...]) ?? host }

    /// An IPv6 address without the brackets around it; nil if there are none.
    private static func bracketed(_ host: Substring) -> String? {
        guard host.utf8.count > 2, host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]") else {
            return nil
        }
        let address = host.dropFirst().dropLast()
        // A zone may follow it: `fe80::1%eth0`.
        guard address.utf8.contains(UInt8(ascii: ":")),
            address.utf8.allSatisfy({ isHost($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") })
        else { return nil }
        return String(address)
    }

    private static func isHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
