import CSystem
import TweetClient
import TweetJournal
import TweetModel
import TweetServer
import TweetStore
import TweetSystem
import TweetTLS
import TweetWire
import TweetCommandLine

/// An operator's change to an account, in a data directory with or without a running server.
struct AccountCommand {
    enum Change: String, CaseIterable {
        case add = "add-account"
        case resetPassword = "reset-password"
        case remove = "remove-account"

        var help: String {
            switch self {
            case .add: "make an account; its password comes from the terminal or standard input"
            case .resetPassword: "give an account another password, read in the same way"
            case .remove: "remove an account and its private messages"
            }
        }
    }

    /// The time that a running server may take to answer: two hashes and a sync, on a busy machine.
    private static let patience: Duration = .seconds(15)

    let change: Change
    let name: Name

    /// - Throws: an error that says what is wrong with the name.
    init(_ change: Change, name text: String) throws(UsageError) {
        guard let name = Name(text) else {
            throw UsageError("\"\(text)\" is not a name: \(Name.rule)")
        }
        self.change = change
        self.name = name
    }

    /// Asks a running server to make the change; without one, changes the store itself.
    ///
    /// - Returns: a message to the operator about what was done.
    func run(in directory: String) throws(StartFailure) -> String {
        let password = change == .remove ? nil : try readPassword()
        let connection: ClientConnection
        do throws(Errno) {
            connection = try ControlSocket.connect(to: directory, until: .now + Self.patience)
        } catch {
            // The socket is missing, or no server listens at it.
            guard [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.code) else {
                throw StartFailure(exitCode: .unavailable, text: "cannot reach the server of \(directory): \(error)")
            }
            let isNew = !DataDirectory.exists(at: directory)
            try changeStore(directory, password)
            // A user who has mistyped the directory notices it here.
            return isNew ? done + " to a new store in \(directory)" : done
        }
        try ask(connection, password)
        return done
    }

    private var done: String {
        switch change {
        case .add: "the account \(name.string) was added"
        case .resetPassword: "the password of \(name.string) was reset"
        case .remove: "the account \(name.string) was removed"
        }
    }

    // MARK: The password

    private func readPassword() throws(StartFailure) -> Password {
        let given: [UInt8]?
        do throws(Errno) {
            given = try StandardStream.input.isTerminal ? ask() : readLine()
        } catch {
            throw StartFailure(exitCode: .usage, text: "the password cannot be read: \(error)")
        }
        guard let bytes = given else {
            throw StartFailure(exitCode: .usage, text: "the two passwords are not the same")
        }
        guard let password = Password(bytes) else { throw StartFailure(exitCode: .usage, text: Password.rule) }
        return password
    }

    /// One byte more than the longest password, to detect one that is too long.
    private static let mostBytes = TextLimits.passwordBytes.upperBound + 1

    /// Asks for the password twice, hidden; nil if the two differ.
    private func ask() throws(Errno) -> [UInt8]? {
        let terminal = try Terminal()
        let first = try terminal.askHidden("New password of \(name.string): ", limit: Self.mostBytes) ?? []
        let second = try terminal.askHidden("Repeat the password: ", limit: Self.mostBytes) ?? []
        return first == second ? first : nil
    }

    /// Reads the first line of standard input.
    private func readLine() throws(Errno) -> [UInt8] {
        let given = try Descriptor.readAll(from: StandardStream.input.rawValue, atMost: Self.mostBytes)
        return Array(given.prefix { $0 != UInt8(ascii: "\n") })
    }

    // MARK: A server that runs

    private func ask(_ connection: borrowing ClientConnection, _ password: Password?) throws(StartFailure) {
        let line: [UInt8]
        do throws(TLSFailure) {
            line = try ControlSocket.answer(to: request(password), on: connection, until: .now + Self.patience)
        } catch {
            throw noAnswer(": \(error)")
        }
        switch line.withUnsafeBytes({ try? Answer(line: $0) }) {
        case .done?: return
        case .error(let code, let message, _)?:
            throw StartFailure(exitCode: ServerExitCode(wireCode: code), text: message)
        default: throw noAnswer()
        }
    }

    /// The failure if a server received the request and may still carry it out.
    private func noAnswer(_ reason: String = "") -> StartFailure {
        let text = "the server does not answer\(reason); it is unknown whether the account was changed"
        return StartFailure(exitCode: .temporary, text: text)
    }

    private func request(_ password: Password?) -> Request {
        switch (change, password) {
        case (.add, let password?): .addAccount(Credentials(name: name, password: password))
        case (.resetPassword, let password?): .resetPassword(Credentials(name: name, password: password))
        default: .removeAccount(name)
        }
    }

    // MARK: The store alone

    private func changeStore(_ path: String, _ password: Password?) throws(StartFailure) {
        if name.isReserved { throw StartFailure(exitCode: .notPermitted, text: "the name \(name.string) is taken") }
        // No directory is created if there is no account to change.
        guard change == .add || DataDirectory.exists(at: path) else { throw noAccount }
        let entry = try entry(password)
        let outcome: Outcome
        do throws(StoreError) {
            outcome = try OfflineStore.commit(entry, in: try DataDirectory(path: path))
        } catch {
            throw StartFailure(exitCode: ServerExitCode(error), text: error.description)
        }
        switch outcome {
        case .stored: return
        case .nameTaken: throw StartFailure(exitCode: .notPermitted, text: "the name \(name.string) is taken")
        case .noAccount: throw noAccount
        case .unavailable(let reason):
            throw StartFailure(exitCode: .cannotCreate, text: "the store was not changed: \(reason)")
        case .unknown(let reason):
            throw StartFailure(exitCode: .temporary, text: "it is unknown whether the store was changed: \(reason)")
        case .duplicate, .duplicateReset, .duplicateMessage, .read, .pruned, .passwordReplaced, .storeFull, .notTaken,
            .tooManyBlocked, .tooManyTokens, .noToken:
            preconditionFailure("no outcome of a change to an account")
        }
    }

    private var noAccount: StartFailure {
        StartFailure(exitCode: .unknownName, text: "there is no account \(name.string)")
    }

    private func entry(_ password: Password?) throws(StartFailure) -> Entry {
        guard let password else { return .accountRemoved(time: Timestamp.now, name: name) }
        guard let hash = PasswordHashing.hash(password) else {
            throw StartFailure(exitCode: .unavailable, text: "the password cannot be hashed: the system lacks memory")
        }
        return change == .add
            ? .accountCreated(time: Timestamp.now, name: name, password: hash)
            : .passwordChanged(time: Timestamp.now, name: name, password: hash)
    }
}
