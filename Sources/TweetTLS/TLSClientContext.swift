import COpenSSL
import CSystem
import TweetSystem

/// The certificates that a client trusts.
public enum TLSTrust: Hashable, Sendable {
    /// Those that lead to one of the machine's authorities, for the right host.
    case machine
    /// Those that lead to an authority in a file of PEM certificates, for the right host.
    case authorities(file: String)
    /// Only one key, whatever its certificate says: no authority is asked.
    case pin(CertificatePin)
}

/// A client's trust and the rules for its streams.
public final class TLSClientContext {
    /// An `SSL_CTX *`.
    let pointer: OpaquePointer
    let trust: TLSTrust
    /// The pin of the last certificate whose key was not the pinned one.
    private var refusedPin: CertificatePin?

    /// - Throws: the reason why the authorities cannot be used.
    public init(_ trust: TLSTrust) throws(TLSSetupError) {
        OpenSSL.startForClient()
        OpenSSL.clearErrors()
        guard let pointer = SSL_CTX_new(TLS_client_method()) else { fatalError("OpenSSL has no memory for a context") }
        self.pointer = pointer
        self.trust = trust
        TLSRules.apply(to: pointer)
        // Resuming a session when a run reconnects would save 0.25 of 0.55 ms here, and 0.06 of 0.38 ms in the server;
        // the certificate would not be verified again, and a server that was restarted has new ticket keys anyway.
        copenssl_keep_no_sessions(pointer)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        switch trust {
        case .machine: loadAuthoritiesOfMachine()
        case .authorities(let file):
            guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
                throw TLSSetupError("the authorities \(file): \(Self.reason(for: file))")
            }
        case .pin:
            SSL_CTX_set_cert_verify_callback(
                pointer,
                { chain, this in
                    guard let chain, let this else { return 0 }
                    return Unmanaged<TLSClientContext>.fromOpaque(this).takeUnretainedValue().isPinned(chain) ? 1 : 0
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    /// Takes the machine's authorities by the directory that has a file for each name, read when needed (30 µs); by the
    /// one file that has all of them (40 ms) only where there is no directory.
    private func loadAuthoritiesOfMachine() {
        let file = Environment.text(of: "SSL_CERT_FILE")
        // The variable may name several directories.
        let named = Environment.text(of: "SSL_CERT_DIR")
        let directory = named ?? String(cString: X509_get_default_cert_dir())
        var status = stat()
        let hasDirectory = named != nil || stat(directory, &status) == 0
        if let file { SSL_CTX_load_verify_file(pointer, file) }
        if hasDirectory {
            SSL_CTX_load_verify_dir(pointer, directory)
        } else if file == nil {
            SSL_CTX_load_verify_file(pointer, X509_get_default_cert_file())
        }
    }

    private static func reason(for file: String) -> String {
        do throws(Errno) {
            _ = try Descriptor.open(file, O_RDONLY)
            return "there is no certificate in it"
        } catch {
            return "\(error)"
        }
    }

    /// Whether the key of a peer's certificate is the pinned one.
    ///
    /// The handshake proves that the peer has that key.
    private func isPinned(_ chain: OpaquePointer) -> Bool {
        guard case .pin(let pin) = trust, let certificate = X509_STORE_CTX_get0_cert(chain),
            let found = CertificatePin(of: certificate)
        else { return false }
        if found == pin { return true }
        refusedPin = found
        X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_UNTRUSTED)
        return false
    }

    // MARK: For a stream

    /// Demands a certificate for a host, and asks the server for it by name (RFC 6066, 3).
    ///
    /// - Parameter stream: an `SSL *`.
    func demand(_ host: String, of stream: OpaquePointer) {
        // A zone is not part of the address: `fe80::1%eth0`.
        let address = String(host.prefix { $0 != "%" })
        let parameters = SSL_get0_param(stream)
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1 { return }
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        precondition(SSL_set1_host(stream, host) == 1, "a host is a C string")
        _ = copenssl_ask_for(stream, host)
    }

    /// The reason why a certificate is not trusted.
    ///
    /// - Parameter verification: the result of SSL_get_verify_result(3).
    func reason(for verification: Int) -> String {
        if let refusedPin { return "the server's key is not the pinned one; it is \(refusedPin)" }
        let reason = String(cString: X509_verify_cert_error_string(verification))
        return "the server's certificate is not trusted: \(reason)"
    }
}
