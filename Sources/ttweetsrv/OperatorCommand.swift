/// A command of the operator on a data directory: the process runs it instead of serving the directory.
enum OperatorCommand {
    case account(AccountCommand)
    case backup(BackupCommand)

    /// - Returns: what was done, for the operator.
    func run(in directory: String) throws(StartFailure) -> String {
        switch self {
        case .account(let command): try command.run(in: directory)
        case .backup(let command): try command.run(in: directory)
        }
    }
}
