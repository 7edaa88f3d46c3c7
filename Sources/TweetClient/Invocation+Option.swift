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
        case user
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
        case maxAge
        case timeout
        case log

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
            case .user: "--user"
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
            case .maxAge: "--max-age"
            case .timeout: "--timeout"
            case .log: "--log"
            }
        }

        public var takesValue: Bool {
            switch self {
            case .count, .since, .command, .maxAge, .timeout, .log, .recipients, .user, .passwordFile, .newPasswordFile:
                true
            case .upload, .download, .signUp, .changePassword, .directory, .follow, .wait, .inbox, .sent, .archive,
                .pendingCount, .keep, .bare, .json:
                false
            }
        }
    }
}
