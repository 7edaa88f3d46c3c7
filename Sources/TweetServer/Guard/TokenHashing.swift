import CSodium
import TweetModel

extension TokenSecret {
    /// Its SHA-256: see ``TweetModel/TokenHash`` for why that is enough.
    var hash: TokenHash {
        let bytes = Array(string.utf8)
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return TokenHash(digest)
    }
}
