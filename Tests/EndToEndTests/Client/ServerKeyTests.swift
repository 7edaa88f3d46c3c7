import TestSupport
import Testing

/// The client with servers of all usual keys and ciphers.
///
/// The static client has fewer parts of OpenSSL than others (Sources/CProgram/provider.c): `TTWEET_BIN` makes these tests
/// of it.
@Suite(.ownThreads) struct ServerKeyTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func path(_ name: String) -> String { directory.file(name) }

    /// Makes an authority and a certificate that it signs, both with keys of one kind.
    ///
    /// - Parameters:
    ///   - key: arguments of openssl-genpkey(1).
    ///   - hash: the hash function of the signature.
    private func makeCertificate(key: String, hash: String) throws {
        let make =
            "set -e; openssl genpkey -quiet -algorithm \(key) -out authority-key.pem;"
            + "openssl req -x509 -key authority-key.pem -\(hash) -days 2 -subj /CN=authority -out authority.pem;"
            + "openssl genpkey -quiet -algorithm \(key) -out key.pem;"
            + "openssl req -new -key key.pem -\(hash) -subj /CN=server -addext subjectAltName=IP:127.0.0.1 |"
            + "openssl x509 -req -\(hash) -CA authority.pem -CAkey authority-key.pem -CAcreateserial -days 2"
            + " -copy_extensions copy -out cert.pem"
        _ = try Certificates.output(of: "cd '\(path("."))' && (\(make)) 2>&1")
    }

    /// Downloads from a server with that certificate.
    ///
    /// - Parameter configuration: the server's settings for OpenSSL, in the form of config(5).
    private func download(configuration: String = "") throws -> Completed {
        try directory.write(
            "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = rules\n[rules]\n\(configuration)\n",
            to: "openssl.cnf")
        let server = try ServerProcess(
            ["--tls-cert", path("cert.pem"), "--tls-key", path("key.pem")],
            environment: ["OPENSSL_CONF": path("openssl.cnf")])
        return try run(.client, ["-d", "-q", "127.0.0.1:\(server.port)", "--ca", path("authority.pem")])
    }

    @Test(arguments: [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "sha256"), ("RSA -pkeyopt rsa_keygen_bits:2048", "sha512"),
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", "sha384"), ("EC -pkeyopt ec_paramgen_curve:P-256", "sha224"),
        ("EC -pkeyopt ec_paramgen_curve:P-384", "sha384"), ("EC -pkeyopt ec_paramgen_curve:P-521", "sha512"),
        ("ED25519", "sha256"), ("ED448", "sha256"),
    ])
    func aServerWithAKeyOfAnyKindIsTrusted(key: String, hash: String) throws {
        try makeCertificate(key: key, hash: hash)
        let result = try download()
        #expect(result.output == "Empty Message\n", "\(result.errors)")
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA",
    ])
    func anyCipherOfVersion12IsSpoken(cipher: String) throws {
        try makeCertificate(key: "EC -pkeyopt ec_paramgen_curve:P-256", hash: "sha256")
        let result = try download(configuration: "MaxProtocol = TLSv1.2\nCipherString = \(cipher)")
        #expect(result.output == "Empty Message\n", "\(result.errors)")
    }

    @Test(arguments: ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"])
    func anyCipherOfVersion13IsSpoken(cipher: String) throws {
        try makeCertificate(key: "EC -pkeyopt ec_paramgen_curve:P-256", hash: "sha256")
        let result = try download(configuration: "MinProtocol = TLSv1.3\nCiphersuites = \(cipher)")
        #expect(result.output == "Empty Message\n", "\(result.errors)")
    }

    /// Without a cipher in common there is no connection: the settings above reach the server.
    @Test func aServerWithAnotherCipherIsRefused() throws {
        try makeCertificate(key: "EC -pkeyopt ec_paramgen_curve:P-256", hash: "sha256")
        let result = try download(configuration: "MaxProtocol = TLSv1.2\nCipherString = ECDHE-RSA-AES256-GCM-SHA384")
        expectFailure(result, 76, "there is no common way to encrypt")
    }
}
