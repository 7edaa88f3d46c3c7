import Foundation
import TestSupport

/// Runs of ttweetcl for the users of a server.
extension ServerProcess {
    /// The password of every account, unless a test needs another one.
    static let password = "correct horse"

    /// Runs ttweetcl with 127.0.0.1 and the port after its first argument.
    func client(
        _ arguments: String..., environment: [String: String] = [:], in directory: TemporaryDirectory? = nil
    ) throws -> Completed {
        try run(.client, words(arguments), environment: environment, in: directory)
    }

    /// Runs ttweetcl for a user with an account.
    func client(as name: String, _ arguments: String..., password: String = password) throws -> Completed {
        try run(.client, words(arguments) + ["--user", name], environment: ["TTWEET_PASSWORD": password])
    }

    /// Runs ttweetcl for a user from a shell that redirects standard output.
    func client(as name: String, _ arguments: String..., redirection: String) throws -> Completed {
        try run(
            ["sh", "-c", "\"$@\" \(redirection)", "-", Program.client.path] + words(arguments) + ["--user", name],
            environment: ["TTWEET_PASSWORD": Self.password])
    }

    /// Adds the server's address and a timeout after the first argument.
    ///
    /// The timeout is longer than a busy machine takes to hash a password. A `--timeout` in the arguments overrides it.
    func words(_ arguments: [String]) -> [String] {
        arguments.prefix(1) + ["127.0.0.1", String(port), "--timeout", "100"] + arguments.dropFirst()
    }

    /// Makes accounts.
    func signUp(_ names: String...) throws {
        for name in names {
            let result = try client(as: name, "--signup")
            guard result.exitCode == 0 else { throw HarnessError("\(name) cannot sign up: \(result.errors)") }
        }
    }

    /// A raw connection that is logged in.
    func connect(as name: String) throws -> TestConnection {
        let client = try connect()
        let answer = try client.request("[\"login\",{\"name\":\"\(name)\",\"password\":\"\(Self.password)\"}]")
        guard answer?.hasPrefix(#"["ok""#) == true else { throw HarnessError("cannot log in: \(answer ?? "")") }
        return client
    }
}

/// Parses lines of JSON, each of which holds one object.
func objects(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").map { line in
        guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
            throw HarnessError("no object: \(line)")
        }
        return object
    }
}
