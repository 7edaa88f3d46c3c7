import CSodium
public import TweetModel

/// Argon2id with libsodium's interactive limits: each hash deliberately costs 64 MiB and some hundredths of a second.
public enum PasswordHashing {
    /// Initialises the library, before any other call to it; safe to repeat, from any thread.
    ///
    /// - Returns: false if the system provides no random numbers.
    static func prepare() -> Bool { sodium_init() >= 0 }

    /// Hashes a password with a fresh salt; nil if the system lacks memory or random numbers.
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
