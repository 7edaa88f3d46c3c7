extension Invocation {
    /// The options of the command line, by what they mean.
    public enum Option: CaseIterable, Hashable, Sendable {
        case upload
        case download
        case signUp
        case changePassword
        case directory
        case follow
        case wait
        case inbox
        case sent
        case recipients
        case lines
        case truncate
        case clean
        case user
        case guest
        case passwordFile
        case newPasswordFile
        case archive
        case pendingCount
        case keep
        case count
        case since
        case command
        case bare
        case json
        case long
        case maxAge
        case timeout
        case retry
        case log
        case server
        case configurationFile

        /// The option as it stands on a command line.
        public var spelling: String {
            switch self {
            case .upload: "-u"
            case .download: "-d"
            case .signUp: "--signup"
            case .changePassword: "--passwd"
            case .directory: "--who"
            case .follow: "--follow"
            case .wait: "--wait"
            case .inbox: "--inbox"
            case .sent: "--sent"
            case .recipients: "--to"
            case .lines: "--lines"
            case .truncate: "--truncate"
            case .clean: "--clean"
            case .user: "--user"
            case .guest: "--as"
            case .passwordFile: "--password-file"
            case .newPasswordFile: "--new-password-file"
            case .archive: "--archive"
            case .pendingCount: "--count"
            case .keep: "--keep"
            case .count: "-n"
            case .since: "--since"
            case .command: "--exec"
            case .bare: "-q"
            case .json: "--json"
            case .long: "--long"
            case .maxAge: "--max-age"
            case .timeout: "--timeout"
            case .retry: "--retry"
            case .log: "--log"
            case .server: "--server"
            case .configurationFile: "--config"
            }
        }

        /// Whether the next word is its value.
        public var takesValue: Bool {
            switch self {
            case .count, .since, .maxAge, .timeout, .retry, .log, .server, .configurationFile, .recipients, .user,
                .guest,
                .passwordFile, .newPasswordFile:
                true
            case .upload, .download, .signUp, .changePassword, .directory, .follow, .wait, .inbox, .sent, .archive,
                .pendingCount, .keep, .lines, .truncate, .clean, .bare, .json, .long, .command:
                false
            }
        }

        /// Whether all words up to the end of the line belong to it.
        public var takesRest: Bool { self == .command }
    }
}
