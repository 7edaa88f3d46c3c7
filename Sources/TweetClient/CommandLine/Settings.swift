import TweetCommandLine
import TweetModel
import TweetSystem
import TweetTLS
import TweetWire

/// The values of the command line's options, each parsed separately: if one is repeated, the last one counts.
struct Settings {
    /// The options, in order.
    let options: [Invocation.Option]
    var count: Int?
    var since: SequenceNumber?
    /// The maximum age in milliseconds.
    var maxAge: Int64?
    var timeout: Duration?
    var retry: Duration?
    var logPath: String?
    var server: ServerName?
    var trust = TrustChoice()
    var configurationPath: String?
    var user: Name?
    var guest: Name?
    var recipients: [Name] = []
    /// The name to block or unblock.
    var blockedName: Name?
    var passwordFile: String?
    var newPasswordFile: String?
    var tokenFile: String?
    var search: SearchQuery?
    var scope: TokenScope?
    var label: TokenLabel?
    var lifetime: Int64?
    var tokenID: SequenceNumber?

    init(_ options: [(option: Invocation.Option, value: String)]) throws(ClientError) {
        self.options = options.map(\.option)
        for (option, value) in options {
            switch option {
            case .upload, .download, .signUp, .changePassword, .directory, .blocked, .tokens, .tags, .follow, .wait,
                .inbox, .sent,
                .archive,
                .pendingCount, .keep, .lines, .truncate, .clean, .bare, .json, .long, .command:
                break
            case .tls: trust.isAsked = true
            case .authorities: trust.authorities = try Self.path(value, of: option)
            case .pin: trust.pin = try Self.pin(value)
            case .count: count = try Self.count(value)
            case .since: since = try Self.sequence(value)
            case .maxAge: maxAge = try Self.maxAge(value)
            case .timeout: timeout = try Self.span(value, of: option)
            case .retry: retry = try Self.span(value, of: option)
            case .log: logPath = try Self.path(value, of: option)
            case .server: server = try Self.server(value)
            case .configurationFile: configurationPath = try Self.path(value, of: option)
            case .user: user = try Self.name(value, as: "--user")
            case .guest: guest = try Self.name(value, as: "--as")
            case .block, .unblock: blockedName = try Self.name(value, as: option.spelling)
            case .recipients: recipients = try Self.recipients(value)
            case .tokenFile: tokenFile = try Self.path(value, of: option)
            case .search: search = try Self.search(value)
            case .newToken: scope = try Self.scope(value)
            case .label: label = try Self.label(value)
            case .expires: lifetime = max(1, try Self.span(value, of: option).components.seconds)
            case .removeToken: tokenID = try Self.tokenID(value)
            case .passwordFile: passwordFile = try Self.path(value, of: option)
            case .newPasswordFile: newPasswordFile = try Self.path(value, of: option)
            }
        }
    }

    var form: OutputForm {
        options.contains(.json) ? .json : options.contains(.bare) ? .bare : options.contains(.long) ? .long : .original
    }

    // MARK: Values

    /// A wrong value for an error; an empty one would not be visible.
    private static func shown(_ text: String) -> String { text.isEmpty ? "empty" : text }

    static func text(_ bytes: [UInt8], as name: String) throws(ClientError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .usage("\(name) is not valid UTF-8") }
        return text
    }

    private static func count(_ text: String) throws(ClientError) -> Int {
        guard let count = TimeSpan.wholeNumber(Substring(text)), (1...Int64(WireLimits.downloadCount)).contains(count)
        else {
            throw .usage("-n must be 1 to \(WireLimits.downloadCount), not \(shown(text))")
        }
        return Int(count)
    }

    private static func sequence(_ text: String) throws(ClientError) -> SequenceNumber {
        guard let sequence = TimeSpan.wholeNumber(Substring(text)) else {
            throw .usage("--since must be a message's sequence, or 0 to get all messages, not \(shown(text))")
        }
        return sequence
    }

    private static func maxAge(_ text: String) throws(ClientError) -> Int64 {
        guard let age = TimeSpan.duration(text) else {
            throw .usage("--max-age must be \(TimeSpan.rule), not \(shown(text))")
        }
        return age.inMilliseconds
    }

    /// Parses a time limit.
    private static func span(_ text: String, of option: Invocation.Option) throws(ClientError) -> Duration {
        guard let span = TimeSpan.duration(text) else {
            throw .usage("\(option.spelling) must be \(TimeSpan.rule), not \(shown(text))")
        }
        guard span > .zero else { throw .usage("\(option.spelling) must be more than 0") }
        return span
    }

    private static func path(_ text: String, of option: Invocation.Option) throws(ClientError) -> String {
        guard !text.isEmpty else { throw .usage("\(option.spelling) needs a file name") }
        return text
    }

    private static func server(_ text: String) throws(ClientError) -> ServerName {
        guard let server = ServerName(text) else {
            throw .usage("--server must be HOST:PORT, with an IPv6 address in brackets, not \(shown(text))")
        }
        return server
    }

    private static func pin(_ text: String) throws(ClientError) -> CertificatePin {
        guard let pin = CertificatePin(text) else {
            throw .usage("--pin is \(CertificatePin.rule), not \(shown(text))")
        }
        return pin
    }

    static func port(_ text: String) throws(ClientError) -> UInt16 {
        guard let port = ServerName.port(text) else { throw .usage("PORT must be 1 to 65535, not \(shown(text))") }
        return port
    }

    /// The hashtags of several operands, each once, in order.
    static func hashtags(_ operands: ArraySlice<[UInt8]>) throws(ClientError) -> [Hashtag] {
        var tags: [Hashtag] = []
        for operand in operands {
            let text = try text(operand, as: "TAG")
            guard let tag = Hashtag(text) else {
                throw .usage("TAG must be letters, digits or _, with at most one # before them, not \(shown(text))")
            }
            if !tags.contains(tag) { tags.append(tag) }
        }
        guard tags.count <= WireLimits.followedTags else {
            throw .usage("at most \(WireLimits.followedTags) TAGs are allowed")
        }
        return tags
    }

    private static func search(_ text: String) throws(ClientError) -> SearchQuery {
        guard let query = SearchQuery(text) else { throw .usage("--search: \(SearchQuery.rule)") }
        return query
    }

    /// Parses what a token permits: `send`, `read:TAG` or `everything`.
    private static func scope(_ text: String) throws(ClientError) -> TokenScope {
        switch text {
        case "send": return .send
        case "everything": return .everything
        default:
            guard text.hasPrefix("read:"), let tag = Hashtag(String(text.dropFirst(5))) else {
                throw .usage("--new-token must be send, read:TAG or everything, not \(shown(text))")
            }
            return .read(tag)
        }
    }

    /// The token to make, whose lifetime depends on what it permits.
    func token(_ scope: TokenScope) throws(ClientError) -> NewToken {
        let most = NewToken.longestLifetime(of: scope)
        let days = "\(most.components.seconds / 86_400) days"
        if scope.isSession, lifetime == nil {
            throw .usage("--new-token everything needs --expires, at most \(days)")
        }
        if let lifetime, lifetime > most.components.seconds {
            throw .usage("--expires must be at most \(days) for --new-token \(scope.word)")
        }
        return NewToken(scope, label: label, lifetime: lifetime)
    }

    private static func label(_ text: String) throws(ClientError) -> TokenLabel {
        guard let label = TokenLabel(text) else { throw .usage("--label: \(TokenLabel.rule)") }
        return label
    }

    private static func tokenID(_ text: String) throws(ClientError) -> SequenceNumber {
        guard let id = TimeSpan.wholeNumber(Substring(text)) else {
            throw .usage("--remove-token must be a number that --tokens shows, not \(shown(text))")
        }
        return id
    }

    /// - Parameter place: where it was given, for the error.
    static func name(_ text: String, as place: String) throws(ClientError) -> Name {
        guard let name = Name(text) else { throw .usage("\(place) must be \(Name.rule), not \(shown(text))") }
        return name
    }

    private static func recipients(_ text: String) throws(ClientError) -> [Name] {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        guard words.count <= WireLimits.messageRecipients else {
            throw .usage("--to takes at most \(WireLimits.messageRecipients) names")
        }
        var names: [Name] = []
        for word in words { names.append(try name(String(word), as: "each name of --to")) }
        return names
    }
}
