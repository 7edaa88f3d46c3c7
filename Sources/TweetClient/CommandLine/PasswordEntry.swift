import CSystem
public import TweetModel
import TweetSystem

/// The source of a person's password: a file, an environment variable or the terminal, but never the command line.
public struct PasswordEntry: Sendable {
    private enum Source: Sendable {
        case file(SecretFile)
        case given([UInt8])
        case terminal(String)
    }

    private let owner: Name
    private let isNew: Bool
    private let source: Source
    private let advice: String

    /// - Parameters:
    ///   - isNew: whether it is a new password: then it is validated, and asked for twice.
    ///   - file: a file, which takes precedence over the environment.
    ///   - advice: how to give a password, for the error if there is none.
    init(of owner: Name, isNew: Bool, file: String?, given: [UInt8]?, terminal: String = "/dev/tty", advice: String) {
        self.owner = owner
        self.isNew = isNew
        source =
            file.map { .file(SecretFile(path: $0, content: "password")) } ?? given.map { .given($0) }
            ?? .terminal(terminal)
        self.advice = advice
    }

    /// - Parameters:
    ///   - variable: the name of the environment variable.
    ///   - option: the option that names a file.
    fileprivate init(of owner: Name, isNew: Bool, file: String?, variable: String, option: String) {
        let advice = "set \(variable), give \(option), or run it at a terminal"
        self.init(of: owner, isNew: isNew, file: file, given: Environment.bytes(of: variable), advice: advice)
    }

    /// Whether a person has to type it, which may take a while.
    public var isAsked: Bool { if case .terminal = source { true } else { false } }

    /// Reads the password; the errors never contain any of it.
    ///
    /// - Throws: `usage` if there is none, `streamFailed` if the file cannot be read, `refused` if a new one is
    ///   invalid, `notPermitted` if an existing one cannot be right.
    public func read(reporter: Reporter) throws(ClientError) -> Password {
        switch source {
        case .file(let file): try checked(try file.read(atMost: Self.mostBytes, reporter))
        case .given(let bytes): try checked(bytes)
        case .terminal(let path): try ask(at: path)
        }
    }

    private func checked(_ bytes: [UInt8]) throws(ClientError) -> Password {
        if let password = Password(bytes) { return password }
        guard isNew else { throw ClientError(.notPermitted, "the name or the password is wrong") }
        throw ClientError(.refused, Password.rule)
    }

    /// One byte more than the longest password, to detect one that is too long.
    private static let mostBytes = TextLimits.passwordBytes.upperBound + 1

    private func ask(at path: String) throws(ClientError) -> Password {
        let question = "\(isNew ? "New password" : "Password") of \(owner.string): "
        let password = try checked(try ask(question, at: path))
        // Input is hidden, so the person confirms it by typing it again.
        if isNew, try ask("Repeat the password: ", at: path) != Array(password.string.utf8) {
            throw ClientError(.refused, "the two passwords are not the same")
        }
        return password
    }

    private func ask(_ question: String, at path: String) throws(ClientError) -> [UInt8] {
        let line: [UInt8]?
        do throws(Errno) {
            line = try Terminal(path).askHidden(question, limit: Self.mostBytes)
        } catch {
            throw ClientError(.usage, "there is no password (\(error)): \(advice)")
        }
        guard let line else { throw ClientError(.usage, "there is no password: \(advice)") }
        return line
    }
}

extension Invocation {
    /// The password that `--user` logs in or signs up with.
    public func password(of user: Name) -> PasswordEntry {
        PasswordEntry(
            of: user, isNew: operation == .signUp, file: passwordFile, variable: "TTWEET_PASSWORD",
            option: "--password-file")
    }

    /// The new password for `--passwd`.
    public func newPassword(of user: Name) -> PasswordEntry {
        PasswordEntry(
            of: user, isNew: true, file: newPasswordFile, variable: "TTWEET_NEW_PASSWORD",
            option: "--new-password-file")
    }
}
