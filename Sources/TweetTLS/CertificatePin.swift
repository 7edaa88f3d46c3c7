import COpenSSL

/// The SHA-256 hash of a certificate's public key (SubjectPublicKeyInfo, RFC 7469, 2.4): it stays the same over renewals
/// with the same key.
///
///     openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256
public struct CertificatePin: Hashable, Sendable {
    /// 32 bytes.
    let hash: [UInt8]

    /// The bytes of a hash.
    private static let bytes = 32
    private static let scheme = "sha256:"

    /// Parses `sha256:` and 64 hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.scheme) else { return nil }
        let digits = Array(text.utf8.dropFirst(Self.scheme.utf8.count))
        guard digits.count == 2 * Self.bytes else { return nil }
        var hash: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(of: digits[index]), let low = Self.value(of: digits[index + 1]) else {
                return nil
            }
            hash.append(high << 4 | low)
        }
        self.hash = hash
    }

    /// - Parameter certificate: an `X509 *`.
    init?(of certificate: OpaquePointer) {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded)
        guard count > 0, let encoded else { return nil }
        defer { CRYPTO_free(encoded, nil, 0) }
        var hash = [UInt8](repeating: 0, count: Self.bytes)
        SHA256(encoded, Int(count), &hash)
        self.hash = hash
    }

    /// The rule for error messages.
    public static let rule = "sha256: and 64 hexadecimal digits"

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension CertificatePin: CustomStringConvertible {
    /// The form that ``init(_:)`` parses.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return Self.scheme + String(decoding: text, as: UTF8.self)
    }
}
