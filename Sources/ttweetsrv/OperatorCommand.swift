/// An operator's command on a data directory, which the process runs instead of serving the directory.
enum OperatorCommand {
    case account(AccountCommand)
    case backup(BackupCommand)
    case stats(StatsCommand)

    /// - Returns: a message to the operator about what was done, or what was asked for.
    func run(in directory: String) throws(StartFailure) -> String {
        switch self {
        case .account(let command): try command.run(in: directory)
        case .backup(let command): try command.run(in: directory)
        case .stats(let command): try command.run(in: directory)
        }
    }
}
