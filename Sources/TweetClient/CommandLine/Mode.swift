/// The kind of a run, and the options that go with it.
enum Mode: Hashable {
    case upload, lines, message
    case download, follow, wait
    case inbox, archive, pendingCount, sent
    case signUp, changePassword
    case directory
    case block, unblock, blocked
    case search, tags
    case newToken, tokens, removeToken

    /// Determines the mode from the options.
    ///
    /// - Parameter options: the options, in order.
    init(_ options: [Invocation.Option]) throws(ClientError) {
        /// Returns the only one of several options that is given.
        func only(_ candidates: [Invocation.Option]) throws(ClientError) -> Invocation.Option? {
            let found = options.filter(candidates.contains)
            if let one = found.first, let other = found.first(where: { $0 != one }) { throw .excluding(one, other) }
            return found.first
        }
        switch try only(Self.operations) {
        case nil: throw .usage("-u or -d is missing")
        case .upload: self = options.contains(.recipients) ? .message : options.contains(.lines) ? .lines : .upload
        case .signUp: self = .signUp
        case .changePassword: self = .changePassword
        case .directory: self = .directory
        case .block: self = .block
        case .unblock: self = .unblock
        case .blocked: self = .blocked
        case .newToken: self = .newToken
        case .tokens: self = .tokens
        case .removeToken: self = .removeToken
        default:
            switch try only([.follow, .wait, .inbox, .sent, .search, .tags]) {
            case .follow: self = .follow
            case .wait: self = .wait
            case .sent: self = .sent
            case .search: self = .search
            case .tags: self = .tags
            case .inbox:
                switch try only([.archive, .pendingCount, .keep]) {
                case .archive: self = .archive
                case .pendingCount: self = .pendingCount
                default: self = .inbox
                }
            default: self = .download
            }
        }
    }

    private static let operations: [Invocation.Option] = [
        .upload, .download, .signUp, .changePassword, .directory, .block, .unblock, .blocked, .newToken, .tokens,
        .removeToken,
    ]

    /// The option that selects the mode.
    private var option: Invocation.Option {
        switch self {
        case .upload: .upload
        case .lines: .lines
        case .message: .recipients
        case .download: .download
        case .follow: .follow
        case .wait: .wait
        case .inbox: .inbox
        case .archive: .archive
        case .pendingCount: .pendingCount
        case .sent: .sent
        case .signUp: .signUp
        case .changePassword: .changePassword
        case .directory: .directory
        case .block: .block
        case .unblock: .unblock
        case .blocked: .blocked
        case .search: .search
        case .tags: .tags
        case .newToken: .newToken
        case .tokens: .tokens
        case .removeToken: .removeToken
        }
    }

    /// The operands after the server.
    var operands: Operands.Kind {
        switch self {
        case .upload, .message: .message
        case .lines, .directory: .word
        case .download, .follow, .wait: .tags
        case .inbox, .archive, .pendingCount, .sent, .signUp, .changePassword, .block, .unblock, .blocked,
            .search, .tags, .newToken, .tokens, .removeToken:
            .nothing
        }
    }

    /// Whether the run has no time limit unless one is given.
    var isEndless: Bool { self == .follow || self == .wait || self == .lines }

    private var needsUser: Bool {
        switch self {
        case .message, .inbox, .archive, .pendingCount, .sent, .signUp, .changePassword, .block, .unblock, .blocked,
            .newToken, .tokens, .removeToken:
            true
        case .upload, .lines, .download, .follow, .wait, .directory, .search, .tags: false
        }
    }

    /// Whether a token may stand for the account: not where its password is what is made or changed.
    private var takesToken: Bool { self != .signUp && self != .changePassword }

    /// Refuses invalid combinations: an option of another mode, or two that exclude each other.
    ///
    /// - Parameter hasToken: whether the environment has a token.
    func check(_ options: [Invocation.Option], hasToken: Bool) throws(ClientError) {
        for option in options {
            guard let (modes, company) = option.company, !modes.contains(self) else { continue }
            let reason =
                Self.operations.contains(self.option)
                ? "goes with \(company) only" : "does not go with \(self.option.spelling)"
            throw .usage("\(option.spelling) \(reason)")
        }
        if !options.contains(.user) {
            let isKnown = takesToken && (hasToken || options.contains(.tokenFile))
            if needsUser, !isKnown { throw .usage("\(option.spelling) needs --user\(takesToken ? " or a token" : "")") }
            if options.contains(.passwordFile) { throw .usage("--password-file needs --user") }
        }
        for (one, other) in Self.exclusions where options.contains(one) && options.contains(other) {
            throw .excluding(one, other)
        }
    }

    private static let exclusions: [(Invocation.Option, Invocation.Option)] = [
        (.bare, .json), (.bare, .long), (.json, .long), (.count, .since), (.since, .maxAge), (.user, .guest),
        (.user, .tokenFile), (.guest, .tokenFile),
        (.authorities, .pin), (.command, .bare), (.command, .json), (.command, .long),
    ]
}

extension ClientError {
    fileprivate static func excluding(_ one: Invocation.Option, _ other: Invocation.Option) -> ClientError {
        .usage("\(one.spelling) and \(other.spelling) exclude each other")
    }
}
