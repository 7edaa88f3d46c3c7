public import TweetModel
public import TweetTLS
public import TweetWire

/// The task of one run of the one-shot client, validated: it contains no wrong usage.
public struct Invocation: Sendable {
    /// A message that is not validated yet: an invalid message has another exit code than wrong usage.
    public enum Message: Hashable, Sendable {
        case given([UInt8])
        case standardInput
    }

    public enum Operation: Hashable, Sendable {
        case upload(Message)
        /// Each line of standard input is a message.
        case uploadLines
        case download(Download)
        /// Tweets as they arrive, until the run is interrupted.
        case follow(Follow)
        /// The first tweet only.
        case wait(Follow)
        /// A private message.
        case message(Message, to: [Name])
        case list(MessageList)
        /// The number of pending private messages.
        case pendingCount
        case signUp
        case changePassword
        case directory(DirectoryQuery)
        /// Whether the account takes no messages from a name.
        case setBlocked(Name, Bool)
        case blocked
        case search(Search)
        /// The most recently used hashtags, at most this many.
        case tags(count: Int?)
        case makeToken(NewToken)
        case tokens
        case removeToken(SequenceNumber)
    }

    public let operation: Operation
    public let host: String
    public let port: UInt16
    /// The certificates to trust; nil for a connection without TLS.
    public let trust: TLSTrust?
    /// The ignored settings, one sentence each.
    public let warnings: [String]
    public let form: OutputForm
    /// Whether uploaded or sent messages are truncated to the allowed length.
    public let truncates: Bool
    /// Whether tabs, colour sequences and control characters are removed from them.
    public let cleans: Bool
    /// The program, with its arguments, to run for each tweet instead of printing it.
    public let command: [[UInt8]]
    /// The time limit for the whole run; nil for none.
    public let timeout: Duration?
    /// How long to retry an upload while the server is unreachable.
    public let retry: Duration?
    /// The account to log in with, or to create.
    public let user: Name?
    /// The guest's name that signs an upload.
    public let guest: Name?
    /// The token to log in by; nil if a name is given, or no token.
    public let token: TokenEntry?
    /// Files that contain passwords.
    let passwordFile: String?
    let newPasswordFile: String?
    /// The file that the client's own reports are appended to.
    public let logPath: String?

    /// The default time limit for the whole run.
    public static let defaultTimeout: Duration = .seconds(10)

    /// Parses a command line.
    ///
    /// - Parameters:
    ///   - options: in order, each with its value, empty if it takes none; if repeated, the last one counts.
    ///   - operands: in order; as bytes, because a message must not be repaired.
    ///   - command: the program of `--exec` and its arguments; empty without it.
    ///   - sources: the server's name, if the command line does not give it.
    /// - Throws: `usage` with the first mistake, or `configuration` if the mistake is not on the command line.
    public init(
        options: [(option: Option, value: String)], operands: [[UInt8]], command: [[UInt8]] = [],
        sources: ServerSources = .none
    ) throws(ClientError) {
        let settings = try Settings(options)
        let mode = try Self.mode(settings, operands, hasToken: sources.token != nil)
        if let name = command.first, name.isEmpty { throw .usage("the command of --exec is empty") }

        let words = try Operands(operands, of: mode.operands, isServerGiven: settings.server != nil)
        let given = words.server ?? settings.server
        let found = try sources.find(
            host: given?.host, port: given?.port, trust: settings.trust,
            configurationFile: settings.configurationPath)
        guard let server = found.server else {
            throw Self.missingServer(command, [words.wrongPort].compactMap(\.self) + found.warnings)
        }
        host = server.host
        port = server.port
        trust = found.trust
        warnings = found.warnings
        let tags = mode.operands == .tags ? try Settings.hashtags(words.rest) : []
        operation = try Self.operation(mode, settings, tags, words.rest.first)
        self.command = command
        form = settings.form
        truncates = settings.options.contains(.truncate)
        cleans = settings.options.contains(.clean)
        timeout = settings.timeout ?? (mode.isEndless ? nil : Self.defaultTimeout)
        retry = settings.retry
        user = settings.user
        guest = settings.guest
        token =
            if let path = settings.tokenFile {
                TokenEntry(file: path)
            } else if settings.user == nil, settings.guest == nil, let given = sources.token {
                TokenEntry(given: given)
            } else {
                nil
            }
        passwordFile = settings.passwordFile
        newPasswordFile = settings.newPasswordFile
        logPath = settings.logPath
    }

    /// Determines the mode, and checks that the options are valid together.
    private static func mode(
        _ settings: Settings, _ operands: [[UInt8]], hasToken: Bool
    ) throws(ClientError) -> Mode {
        do throws(ClientError) {
            let mode = try Mode(settings.options)
            try mode.check(settings.options, hasToken: hasToken)
            return mode
        } catch {
            // The message of an upload may be missing because it looks like an option.
            let isUpload = settings.options.contains(.upload) && !settings.options.contains(.lines)
            let hasMessage = Operands.mayHaveMessage(operands, isServerGiven: settings.server != nil)
            throw isUpload && !hasMessage ? .usage(error.text + ClientError.messageAdvice) : error
        }
    }

    /// - Parameter warnings: the ignored words and settings, one of which may have been meant as the server.
    private static func missingServer(_ command: [[UInt8]], _ warnings: [String]) -> ClientError {
        let ways = "HOST PORT, HOST:PORT, --server, TTWEET_HOST and TTWEET_PORT, or a configuration file"
        let advice = command.isEmpty ? "" : "; --exec takes all words after it: put it last"
        return .usage((["the server is missing: give \(ways)\(advice)"] + warnings).joined(separator: "; "))
    }

    /// - Parameter last: the operand after the server.
    private static func operation(
        _ mode: Mode, _ settings: Settings, _ tags: [Hashtag], _ last: [UInt8]?
    ) throws(ClientError) -> Operation {
        func message() -> Message {
            guard let last else { preconditionFailure("operands of an upload hold a message") }
            return last == [UInt8(ascii: "-")] ? .standardInput : .given(last)
        }
        switch mode {
        case .upload: return .upload(message())
        case .lines:
            guard last == nil || last == [UInt8(ascii: "-")] else {
                throw .usage("--lines reads standard input: leave out MESSAGE, or give - for it")
            }
            return .uploadLines
        case .message: return .message(message(), to: settings.recipients)
        case .download:
            return .download(
                Download(tags: tags, count: settings.count, since: settings.since, maxAge: settings.maxAge))
        case .follow: return .follow(Follow(tags: tags, since: settings.since, count: settings.count))
        case .wait: return .wait(Follow(tags: tags, since: settings.since))
        case .inbox:
            let marksRead = !settings.options.contains(.keep)
            return .list(MessageList(.pending(marksRead: marksRead), count: settings.count))
        case .archive: return .list(MessageList(.archive, count: settings.count))
        case .sent: return .list(MessageList(.sent, count: settings.count))
        case .pendingCount: return .pendingCount
        case .signUp: return .signUp
        case .changePassword: return .changePassword
        case .block, .unblock:
            guard let name = settings.blockedName else { preconditionFailure("the option has a value") }
            return .setBlocked(name, mode == .block)
        case .blocked: return .blocked
        case .search:
            guard let query = settings.search else { preconditionFailure("the option has a value") }
            return .search(Search(query, count: settings.count))
        case .tags: return .tags(count: settings.count)
        case .newToken:
            guard let scope = settings.scope else { preconditionFailure("the option has a value") }
            return .makeToken(try settings.token(scope))
        case .tokens: return .tokens
        case .removeToken:
            guard let id = settings.tokenID else { preconditionFailure("the option has a value") }
            return .removeToken(id)
        case .directory:
            guard let last else { return .directory(.everybody) }
            return .directory(.one(try Settings.name(try Settings.text(last, as: "NAME"), as: "NAME")))
        }
    }
}

extension Invocation {
    public var isUpload: Bool {
        switch operation {
        case .upload, .uploadLines: true
        default: false
        }
    }
}
