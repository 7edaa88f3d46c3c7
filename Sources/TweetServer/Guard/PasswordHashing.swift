import CSodium
public import TweetModel

/// Argon2id with libsodium's interactive limits: 64 MiB and some hundredths of a second each, on purpose.
public enum PasswordHashing {
    /// Prepares the library; once, before anything else, from any thread.
    ///
    /// - Returns: false where the system has no randomness.
    static func prepare() -> Bool { sodium_init() >= 0 }

    /// Hashes a password with a fresh salt; nil where there is no memory or no randomness.
    public static func hash(_ password: Password) -> PasswordHash? {
        guard prepare() else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(crypto_pwhash_strbytes())) { encoded in
            guard let base = encoded.baseAddress else { return nil }
            let code = crypto_pwhash_str(
                base, password.string, UInt64(password.string.utf8.count),
                UInt64(crypto_pwhash_opslimit_interactive()), crypto_pwhash_memlimit_interactive())
            return code == 0 ? PasswordHash(String(cString: base)) : nil
        }
    }

    static func verify(_ password: Password, _ hash: PasswordHash) -> Bool {
        guard prepare() else { return false }
        return crypto_pwhash_str_verify(hash.string, password.string, UInt64(password.string.utf8.count)) == 0
    }
}
