import COpenSSL
import TweetSystem

/// The keys of the tickets with which clients resume their sessions (RFC 5077; RFC 8446, 4.6.1).
///
/// Whoever learns a key can read the sessions of its tickets, so a new one takes its place after a while. Tickets of the
/// former key are accepted for as long again, and replaced. See SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
final class TicketKeys {
    /// The time for which tickets are made with one key.
    static let period: Duration = .seconds(12 * 3600)

    private let clock: () -> Instant
    private var current = TicketKey()
    private var former: TicketKey?
    /// The end of the current key's time.
    private var end: Instant

    init(clock: @escaping () -> Instant) {
        self.clock = clock
        end = clock() + Self.period
    }

    /// Lets the streams of a context use the keys, which have to live as long as these streams.
    func serve(_ context: OpaquePointer) {
        SSL_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(self).toOpaque())
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context) { stream, name, start, cipher, mac, isNew in
            guard let name, let start, let keys = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(stream), 0) else { return -1 }
            let this = Unmanaged<TicketKeys>.fromOpaque(keys).takeUnretainedValue()
            this.replaceOld()
            if isNew != 0 { return this.current.prepareToSeal(name, start, cipher, mac) ? 1 : -1 }
            guard let key = [this.current, this.former].lazy.compactMap({ $0 }).first(where: { $0.made(name) }) else {
                return 0
            }
            guard key.prepareToOpen(start, cipher, mac) else { return -1 }
            // Clients of TLS 1.3 use a ticket once, so that nobody can tell that two connections are theirs.
            return key === this.current && SSL_version(stream) < TLS1_3_VERSION ? 1 : 2
        }
    }

    /// Replaces a key whose time is over, when a client needs one.
    private func replaceOld() {
        let now = clock()
        guard now >= end else { return }
        if now < end + Self.period {
            former = current
            end += Self.period
        } else {
            former = nil
            end = now + Self.period
        }
        current = TicketKey()
    }
}

/// One key: for AES-256 in CBC mode and HMAC with SHA-256, and the name that tickets give it.
private final class TicketKey {
    private static let nameBytes = 16
    private static let secretBytes = 32
    private static let bytes = nameBytes + 2 * secretBytes

    private let name = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes)
    private var encryption: UnsafeMutablePointer<UInt8> { name + Self.nameBytes }
    private var authentication: UnsafeMutablePointer<UInt8> { encryption + Self.secretBytes }

    init() {
        guard RAND_priv_bytes(name, CInt(Self.bytes)) == 1 else { fatalError("OpenSSL has no random numbers") }
    }

    deinit {
        OPENSSL_cleanse(name, Self.bytes)
        name.deallocate()
    }

    /// Whether a ticket with this name was made with the key.
    func made(_ name: UnsafePointer<UInt8>) -> Bool { memcmp(self.name, name, Self.nameBytes) == 0 }

    /// Prepares the encryption of a ticket.
    ///
    /// - Parameters:
    ///   - name: set to the key's name.
    ///   - start: set to a random initialisation vector.
    func prepareToSeal(
        _ name: UnsafeMutablePointer<UInt8>, _ start: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?,
        _ mac: OpaquePointer?
    ) -> Bool {
        name.update(from: self.name, count: Self.nameBytes)
        return RAND_bytes(start, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1
            && EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, encryption, start) == 1 && sign(mac)
    }

    /// Prepares the decryption of a ticket that the key has made.
    func prepareToOpen(_ start: UnsafePointer<UInt8>, _ cipher: OpaquePointer?, _ mac: OpaquePointer?) -> Bool {
        EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, encryption, start) == 1 && sign(mac)
    }

    private func sign(_ mac: OpaquePointer?) -> Bool {
        copenssl_use_hmac_sha256(mac, authentication, Self.secretBytes) == 1
    }
}
