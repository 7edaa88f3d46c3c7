extension Invocation {
    /// The options of the command line, named by their meaning, in the order of the help.
    public enum Option: Int, CaseIterable, Hashable, Sendable {
        case upload
        case download
        case signUp
        case changePassword
        case directory
        case block
        case unblock
        case blocked
        case newToken
        case tokens
        case removeToken
        case follow
        case wait
        case inbox
        case sent
        case search
        case tags
        case recipients
        case count
        case since
        case command
        case bare
        case json
        case long
        case lines
        case truncate
        case clean
        case retry
        case guest
        case user
        case passwordFile
        case newPasswordFile
        case tokenFile
        case label
        case expires
        case keep
        case pendingCount
        case archive
        case maxAge
        case timeout
        case log
        case server
        case tls
        case authorities
        case pin
        case configurationFile

        /// The option as typed on a command line.
        public var spelling: String { row.spelling }

        /// The name of its value; nil if it takes none.
        public var value: String? { row.value }

        /// Whether it takes all words up to the end of the line.
        public var takesRest: Bool { self == .command }

        /// Its line in the help; nil if the help explains it together with its mode.
        public var help: String? { row.help }

        /// The modes that the option is valid in, and their description; nil if it is valid in all.
        var company: (modes: [Mode], text: String)? { row.company }
    }
}

extension Invocation.Option {
    /// The properties of an option, apart from parsing its value: see ``Settings``.
    struct Row: Sendable {
        let option: Invocation.Option
        let spelling: String
        let value: String?
        let company: (modes: [Mode], text: String)?
        let help: String?

        fileprivate init(
            _ option: Invocation.Option, _ spelling: String, _ value: String?,
            _ company: (modes: [Mode], text: String)?,
            _ help: String?
        ) {
            self.option = option
            self.spelling = spelling
            self.value = value
            self.company = company
            self.help = help
        }
    }

    private var row: Row { Self.rows[rawValue] }

    private static let uploads: [Mode] = [.upload, .lines, .message]
    private static let accounts: [Mode] = [
        .inbox, .archive, .pendingCount, .sent, .signUp, .changePassword, .block, .unblock, .blocked, .newToken,
        .tokens,
        .removeToken,
    ]
    private static let ofAccounts =
        "-u, --inbox, --sent, --signup, --passwd, --block, --unblock, --blocked, --new-token, --tokens or --remove-token"
    private static let printed: [Mode] = [.download, .follow, .wait, .inbox, .archive, .sent, .search]
    private static let ofTokens: [Mode] =
        uploads + printed + [
            .pendingCount, .directory, .block, .unblock, .blocked, .tags, .newToken, .tokens, .removeToken,
        ]

    /// A row for each option, in order.
    static let rows: [Row] = [
        Row(.upload, "-u", nil, nil, "upload"),
        Row(.download, "-d", nil, nil, "download"),
        Row(.signUp, "--signup", nil, nil, nil),
        Row(.changePassword, "--passwd", nil, nil, nil),
        Row(.directory, "--who", nil, nil, nil),
        Row(.block, "--block", "NAME", nil, nil),
        Row(.unblock, "--unblock", "NAME", nil, nil),
        Row(.blocked, "--blocked", nil, nil, nil),
        Row(.newToken, "--new-token", "MAY", nil, nil),
        Row(.tokens, "--tokens", nil, nil, nil),
        Row(.removeToken, "--remove-token", "ID", nil, nil),
        Row(.follow, "--follow", nil, ([.follow], "-d"), nil),
        Row(.wait, "--wait", nil, ([.wait], "-d"), nil),
        Row(.inbox, "--inbox", nil, ([.inbox, .archive, .pendingCount], "-d"), nil),
        Row(.sent, "--sent", nil, ([.sent], "-d"), nil),
        Row(.search, "--search", "WORDS", ([.search], "-d"), nil),
        Row(.tags, "--tags", nil, ([.tags], "-d"), nil),
        Row(.recipients, "--to", "NAME[,NAME...]", ([.message], "-u"), nil),
        Row(
            .count, "-n", "COUNT", ([.download, .follow, .inbox, .archive, .sent, .search, .tags], "-d"),
            "download the newest COUNT (1 to 1000), oldest first; with --follow, before new ones"),
        Row(
            .since, "--since", "SEQ", ([.download, .follow, .wait], "-d"),
            "download the messages after the sequence SEQ; with --follow or --wait, before new ones"),
        Row(
            .command, "--exec", "COMMAND [ARG]...", ([.follow, .wait], "--follow or --wait"),
            "with --follow or --wait: run a program for each message; the last option"),
        Row(.bare, "-q", nil, nil, "print only the text; for an upload, print nothing"),
        Row(
            .json, "--json", nil,
            (
                uploads + printed + [.directory, .blocked, .tags, .newToken, .tokens],
                "-u, -d, --who, --blocked, --new-token or --tokens"
            ),
            "print one JSON object a line: seq, time, author, text, tags, account, epoch_ms"),
        Row(.long, "--long", nil, (printed, "-d"), "print one message a line with its time and its author"),
        Row(.lines, "--lines", nil, ([.lines], "-u"), "with -u: each line of standard input is a message"),
        Row(
            .truncate, "--truncate", nil, (uploads, "-u"),
            "with -u: cut a message that is too long, with … as its last character"),
        Row(
            .clean, "--clean", nil, (uploads, "-u"),
            "with -u: replace tabs and line ends with spaces, remove colours and control characters"),
        Row(
            .retry, "--retry", "DURATION", (uploads, "-u"),
            """
            with -u: keep trying for this long while the server cannot be reached, is stopping or busy; \
            --timeout then limits each try; with --lines, it still limits the whole run
            """),
        Row(.guest, "--as", "NAME", ([.upload, .lines], "-u"), "with -u: upload as a guest of that name"),
        Row(
            .user, "--user", "ME", (uploads + accounts, ofAccounts),
            "log in to the account ME; an upload carries its name"),
        Row(
            .passwordFile, "--password-file", "FILE", (uploads + accounts, ofAccounts),
            "the password is the first line of FILE"),
        Row(
            .newPasswordFile, "--new-password-file", "FILE", ([.changePassword], "--passwd"),
            "with --passwd: the new password is the first line of FILE"),
        Row(
            .tokenFile, "--token-file", "FILE", (ofTokens, "-u, -d, --who and what needs an account"),
            "log in by the token in the first line of FILE, instead of --user; else by TTWEET_TOKEN"),
        Row(
            .label, "--label", "TEXT", ([.newToken], "--new-token"),
            "with --new-token: say in the list of tokens what it is for"),
        Row(
            .expires, "--expires", "DURATION", ([.newToken], "--new-token"),
            "with --new-token: refuse it after that time; needed for everything"),
        Row(.keep, "--keep", nil, ([.inbox], "--inbox"), "with --inbox: the messages stay pending"),
        Row(
            .pendingCount, "--count", nil, ([.pendingCount], "--inbox"),
            "with --inbox: print how many are pending; exit with 66 if none is"),
        Row(
            .archive, "--archive", nil, ([.archive], "--inbox"),
            "with --inbox: print those that were read before; with -n COUNT, the newest COUNT"),
        Row(.maxAge, "--max-age", "DURATION", ([.download], "-d"), "fail when no message is newer than DURATION"),
        Row(
            .timeout, "--timeout", "DURATION", nil,
            """
            limit the whole run to that time (10 s); --follow and --wait have no limit by default; \
            a command of --exec may take longer
            """),
        Row(.log, "--log", "FILE", nil, "append this client's own reports to FILE"),
        Row(.server, "--server", "HOST:PORT", nil, "the server, which is then not among the operands"),
        Row(.tls, "--tls", nil, nil, "connect with TLS, and trust the authorities of this machine"),
        Row(.authorities, "--ca", "FILE", nil, "connect with TLS, and trust the authorities in FILE (PEM) only"),
        Row(.pin, "--pin", "sha256:HEX", nil, "connect with TLS, and trust this one key; no authority is asked"),
        Row(.configurationFile, "--config", "FILE", nil, "the configuration file; without it, TTWEET_CONFIG names one"),
    ]
}
