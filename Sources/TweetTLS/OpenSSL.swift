import COpenSSL
import CProgram
import TweetSystem

/// The library's set-up and its error queue; see openssl-threads(7) and ERR_get_error(3).
enum OpenSSL {
    /// Initialises the library for a client that runs for milliseconds: without its configuration file, its error texts
    /// and its table of names, which take three times as long as the rest.
    static func startForClient() {
        cprogram_prepare_openssl()
        let noTexts = OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_LOAD_SSL_STRINGS
        let noNames = OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS
        let options = Int(OPENSSL_INIT_NO_LOAD_CONFIG) | Int(noTexts) | Int(noNames) | Int(OPENSSL_INIT_NO_ATEXIT)
        OPENSSL_init_ssl(UInt64(options), nil)
        // The hash functions of certificates' signatures are found by their names.
        for digest in [EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()] { EVP_add_digest(digest) }
    }

    /// Initialises the library for a server, as the machine's configuration file says.
    static func startForServer() {
        OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }

    /// Empties the error queue, so that it tells only of the next call.
    static func clearErrors() { ERR_clear_error() }

    /// The reason of the oldest error in the queue, in words.
    static func reason(of error: UInt = ERR_get_error()) -> String {
        if copenssl_is_of_tls(error) == 0 {
            return ERR_reason_error_string(error).map { String(cString: $0) } ?? "error \(copenssl_reason(error))"
        }
        // A client has no texts, and these are the reasons that users meet.
        switch CInt(truncatingIfNeeded: copenssl_reason(error)) {
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG:
            return "it does not speak TLS"
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return "there is no common version of TLS: 1.2 or 1.3 is needed"
        case SSL_R_NO_SHARED_CIPHER, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
            return "there is no common way to encrypt"
        case let number where number > SSL_AD_REASON_OFFSET && number < SSL_AD_REASON_OFFSET + 256:
            // The peer's alert.
            let alert = String(cString: SSL_alert_desc_string_long(number - SSL_AD_REASON_OFFSET))
            return "the other side ended the TLS stream: \(alert)"
        default: break
        }
        if let text = ERR_reason_error_string(error) { return String(cString: text) }
        return "TLS error \(copenssl_reason(error))"
    }
}
