import CSystem

/// The host that a request is for, from its Host field (RFC 9110, 7.2).
///
/// A page of another site can make a browser send requests here by changing what its own name resolves to; only the name
/// in this field tells them apart.
public struct HostField {
    public enum Kind: Sendable {
        case name, ipv4, ipv6
    }

    public let kind: Kind
    /// The name without a dot at its end, or the address without brackets.
    public let host: UnsafeRawBufferPointer
    public let port: UInt16?

    /// Parses `host`, `host:port`, `[address]` or `[address]:port`; nil for anything else.
    ///
    /// A name whose last label looks like a number is refused unless all of it is an IPv4 address of four decimal
    /// numbers, since resolvers take others, such as `127.1`, for addresses as well.
    public init?(_ value: UnsafeRawBufferPointer) {
        let isBracketed = value.first == UInt8(ascii: "[")
        let end: Int
        if isBracketed {
            guard let bracket = value.firstIndex(of: UInt8(ascii: "]"), from: 1) else { return nil }
            host = value.part(1..<bracket)
            end = bracket + 1
        } else {
            end = value.firstIndex(of: UInt8(ascii: ":"), from: 0) ?? value.count
            let name = value.part(0..<end)
            host = name.last == UInt8(ascii: ".") ? name.part(0..<name.count - 1) : name
        }
        guard let kind = Self.kind(of: host, isBracketed: isBracketed) else { return nil }
        self.kind = kind
        guard end < value.count else {
            port = nil
            return
        }
        guard value[end] == UInt8(ascii: ":"), let port = Self.port(value.part(end + 1..<value.count)) else {
            return nil
        }
        self.port = port
    }

    private static func kind(of host: UnsafeRawBufferPointer, isBracketed: Bool) -> Kind? {
        guard !host.isEmpty, host.count <= HTTPLimits.hostBytes else { return nil }
        if isBracketed { return isAddress(host, AF_INET6) ? .ipv6 : nil }
        guard host.allSatisfy(ByteSet.hostName.contains), let label = lastLabel(of: host) else { return nil }
        guard looksLikeNumber(label) else { return .name }
        return isAddress(host, AF_INET) ? .ipv4 : nil
    }

    /// The part behind the last dot; nil if a label is empty or longer than DNS allows.
    private static func lastLabel(of name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        while true {
            let end = name.firstIndex(of: UInt8(ascii: "."), from: start) ?? name.count
            guard end > start, end - start <= HTTPLimits.hostLabelBytes else { return nil }
            if end == name.count { return name.part(start..<end) }
            start = end + 1
        }
    }

    /// Whether a label is decimal, or begins like a hexadecimal number.
    private static func looksLikeNumber(_ label: UnsafeRawBufferPointer) -> Bool {
        label.count > 1 && label.part(0..<2).equalsIgnoringCase("0x") || label.allSatisfy(\.isDigit)
    }

    /// Whether a text is an address as inet_pton(3) reads it, which is strict.
    private static func isAddress(_ text: UnsafeRawBufferPointer, _ family: CInt) -> Bool {
        guard text.count < Int(INET6_ADDRSTRLEN), !text.contains(0) else { return false }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { copy in
            for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
            copy[text.count] = 0
            var address = in6_addr()
            return inet_pton(family, copy.baseAddress, &address) == 1
        }
    }

    private static func port(_ digits: UnsafeRawBufferPointer) -> UInt16? {
        guard (1...5).contains(digits.count), digits.allSatisfy({ $0.isDigit }) else { return nil }
        return UInt16(exactly: digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }
}
