public import TweetModel

/// The source of a token that logs in instead of a name and a password: a file or an environment variable, but never
/// the command line.
public struct TokenEntry: Sendable {
    private enum Source: Sendable {
        case file(SecretFile)
        case given(String)
    }

    private let source: Source

    init(file path: String) { source = .file(SecretFile(path: path, content: "token")) }

    /// - Parameter token: the value of `TTWEET_TOKEN`.
    init(given token: String) { source = .given(token) }

    /// One byte more than the longest token, to detect one that is too long.
    private static let mostBytes = TokenSecret.prefix.utf8.count + TextLimits.tokenSecretCharacters.upperBound + 1

    /// Reads the token; the errors never contain any of it.
    ///
    /// - Throws: `streamFailed` if the file cannot be read, `notPermitted` if it is no token.
    public func read(reporter: Reporter) throws(ClientError) -> TokenSecret {
        let text: String? =
            switch source {
            case .file(let file): String(validating: try file.read(atMost: Self.mostBytes, reporter), as: UTF8.self)
            case .given(let text): text
            }
        guard let secret = text.flatMap({ TokenSecret($0) }) else {
            throw ClientError(.notPermitted, "the token is wrong: \(TokenSecret.rule)")
        }
        return secret
    }
}
