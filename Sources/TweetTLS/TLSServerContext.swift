import COpenSSL
import CSystem
public import TweetSystem

/// A server's certificate, its key and the rules for its streams.
///
/// It belongs to the thread of the loop. Streams keep the context with which they began.
public final class TLSServerContext {
    /// An `SSL_CTX *`.
    let pointer: OpaquePointer
    private let ticketKeys: TicketKeys

    /// Reads a certificate and its key, both in PEM form.
    ///
    /// - Parameters:
    ///   - certificate: the file of the server's certificate, followed by those that lead to its authority.
    ///   - key: the file of its private key, which is not encrypted.
    ///   - former: the context that this one replaces: clients may resume sessions that began with it.
    ///   - clock: tells when the keys of tickets are to be replaced.
    /// - Throws: the reason why they cannot be used.
    public init(
        certificate: String, key: String, after former: TLSServerContext? = nil,
        clock: @escaping () -> Instant = { Instant.now }
    ) throws(TLSSetupError) {
        OpenSSL.startForServer()
        OpenSSL.clearErrors()
        guard let pointer = SSL_CTX_new(TLS_server_method()) else { fatalError("OpenSSL has no memory for a context") }
        self.pointer = pointer
        ticketKeys = former?.ticketKeys ?? TicketKeys(clock: clock)
        TLSRules.apply(to: pointer)
        // Nobody is there to be asked for the password of a key.
        SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in 0 }
        copenssl_keep_no_sessions(pointer)
        // One ticket: each costs a record and its encryption, and clients that resume need no second one.
        SSL_CTX_set_num_tickets(pointer, 1)
        ticketKeys.serve(pointer)
        Self.limitGroups(of: pointer)

        try Self.checkReadable(certificate, "certificate")
        try Self.checkReadable(key, "key")
        guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
            throw TLSSetupError("the certificate \(certificate): \(OpenSSL.reason())")
        }
        guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            let error = ERR_get_error()
            guard copenssl_reason(error) != X509_R_KEY_VALUES_MISMATCH else {
                throw TLSSetupError("the key \(key) does not belong to the certificate \(certificate)")
            }
            throw TLSSetupError("the key \(key): \(OpenSSL.reason(of: error))")
        }
        // A key of another kind is taken beside the certificate.
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw TLSSetupError("the key \(key) does not belong to the certificate \(certificate)")
        }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    /// Agrees on keys only in the groups of almost every client, in which that takes a fraction of a millisecond.
    ///
    /// A client chooses the group: with OpenSSL's own list, one that asks for ffdhe8192 takes 120 ms.
    private static func limitGroups(of context: OpaquePointer) {
        // Before OpenSSL 3.5, the first name is not known, and the list is refused.
        for groups in ["X25519MLKEM768:X25519:P-256", "X25519:P-256"] {
            if copenssl_set_groups(context, groups) { return OpenSSL.clearErrors() }
        }
        fatalError("OpenSSL has neither X25519 nor P-256")
    }

    /// The pin of the certificate's key.
    public var pin: CertificatePin? { SSL_CTX_get0_certificate(pointer).flatMap { CertificatePin(of: $0) } }

    /// Whether the certificate's time is over, or has not begun.
    public var isOutOfDate: Bool {
        guard let certificate = SSL_CTX_get0_certificate(pointer) else { return false }
        return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0
            || X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0
    }

    /// Tells of a file that is not there in the system's words, which are better than OpenSSL's.
    private static func checkReadable(_ path: String, _ what: String) throws(TLSSetupError) {
        do throws(Errno) {
            _ = try Descriptor.open(path, O_RDONLY)
        } catch {
            throw TLSSetupError("the \(what) \(path): \(error)")
        }
    }
}

/// The rules that hold on both sides.
enum TLSRules {
    /// TLS 1.2 and 1.3, no renegotiation, no compression; early data is off unless it is turned on.
    static func apply(to context: OpaquePointer) {
        precondition(copenssl_set_lowest_version(context, TLS1_2_VERSION) != 0, "OpenSSL has no TLS 1.2")
        copenssl_set_options(context)
        // An idle stream has no buffers; a write may be shorter than asked.
        copenssl_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE))
        // One system call reads all that fits, not first a record's header and then its body.
        copenssl_read_ahead(context)
    }
}
