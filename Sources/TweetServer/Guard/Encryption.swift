import TweetSystem
public import TweetTLS

/// The requests that a connection may make without encryption.
public enum PlainUse: Sendable {
    case everything
    /// Everything that sends no password.
    case noPasswords
    case nothing
}

/// The server's certificate, and what clients may do without it.
public final class Encryption {
    /// The paths of a certificate and its key, both in PEM form.
    public struct Files: Hashable, Sendable {
        public let certificate: String
        public let key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    private let files: Files?
    /// The certificate for new connections; nil if the server has none.
    private(set) var certificate: TLSServerContext?
    private let isRequired: Bool
    private let allowsPlainLogin: Bool

    /// No certificate: clients of other machines may not send passwords, unless that is allowed.
    public init(allowsPlainLogin: Bool = false) {
        files = nil
        isRequired = false
        self.allowsPlainLogin = allowsPlainLogin
    }

    /// - Parameter isRequired: whether clients without TLS are refused, except for the operator.
    /// - Throws: the reason why the certificate or the key cannot be used.
    public init(_ files: Files, isRequired: Bool = false, allowsPlainLogin: Bool = false) throws(TLSSetupError) {
        self.files = files
        self.isRequired = isRequired
        self.allowsPlainLogin = allowsPlainLogin
        certificate = try TLSServerContext(certificate: files.certificate, key: files.key)
    }

    /// The warning about a certificate whose time is over or has not begun; nil for a valid one.
    public var warning: String? {
        guard let files, certificate?.isOutOfDate == true else { return nil }
        return "the certificate \(files.certificate) is out of date"
    }

    /// Loads a renewed certificate for new connections; the others keep theirs.
    ///
    /// After an error the old one is kept.
    ///
    /// - Returns: the loaded file; nil if there is no certificate.
    func reload() throws(TLSSetupError) -> String? {
        guard let files else { return nil }
        certificate = try TLSServerContext(certificate: files.certificate, key: files.key, after: certificate)
        return files.certificate
    }

    /// The requests that a peer may make on a plain connection.
    ///
    /// Nobody else can read what stays on this machine.
    func plainUse(of peer: SocketAddress) -> PlainUse {
        if peer.isUnix { return .everything }
        if isRequired { return .nothing }
        return allowsPlainLogin || peer.isLoopback ? .everything : .noPasswords
    }
}
