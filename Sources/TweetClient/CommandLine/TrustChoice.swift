import TweetSystem
public import TweetTLS

/// The wish of one source for TLS: the command line, the environment or a configuration file.
///
/// A stronger source's authorities or pin replace those of a weaker one, and naming either one asks for TLS: there is never a silent
/// fall back to a plain connection.
public struct TrustChoice: Hashable, Sendable {
    /// Whether TLS is asked for; nil if the source does not say.
    public var isAsked: Bool?
    /// A file of authorities to trust.
    public var authorities: String?
    /// The only key to trust.
    public var pin: CertificatePin?

    public init() {}

    /// The certificates to trust; nil for a plain connection.
    var trust: TLSTrust? {
        guard asks == true else { return nil }
        if let pin { return .pin(pin) }
        return authorities.map { .authorities(file: $0) } ?? .machine
    }

    private var isNamed: Bool { authorities != nil || pin != nil }

    /// Whether TLS is asked for, also by naming what to trust; nil if the source does not say.
    private var asks: Bool? { isAsked ?? (isNamed ? true : nil) }

    /// The choice with what a weaker source adds to it.
    func completed(by weaker: TrustChoice) -> TrustChoice {
        // Without TLS, nothing is trusted.
        if asks == false { return self }
        var choice = self
        choice.isAsked = asks ?? weaker.asks
        if !isNamed {
            choice.authorities = weaker.authorities
            choice.pin = weaker.pin
        }
        return choice
    }

    // MARK: Values

    /// Sets a value of the environment or a configuration file.
    ///
    /// - Parameters:
    ///   - key: `tls`, `ca` or `pin`.
    ///   - place: where the value is, for the error.
    mutating func set(_ key: String, _ value: String, at place: String) throws(ClientError) {
        switch key {
        case "tls": isAsked = try Self.isAsked(value, at: place)
        case "ca":
            guard !value.isEmpty else { throw ClientError(.configuration, "\(place): the file of ca has no name") }
            authorities = value
        case "pin":
            guard let pin = CertificatePin(value) else {
                throw ClientError(.configuration, "\(place): a pin is \(CertificatePin.rule), not \(value)")
            }
            self.pin = pin
        default: preconditionFailure("there is no such key")
        }
    }

    private static func isAsked(_ value: String, at place: String) throws(ClientError) -> Bool? {
        switch value.lowercased() {
        // A server's file and environment say `required` or `offered`.
        case "yes", "true", "on", "1", "required": return true
        case "no", "false", "off", "0": return false
        case "offered": return nil
        default: throw ClientError(.configuration, "\(place): tls is yes or no, not \(value)")
        }
    }
}
