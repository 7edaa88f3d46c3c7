import CSystem
public import TweetSystem

/// Why a run did not do what it was asked: an exit code for programs and one sentence for a person.
public struct ClientError: Error, Hashable, Sendable {
    public let exitCode: ExitCode
    public let text: String
    /// Whether only the log is told: who is to blame knows it, and nobody else is to be bothered.
    public let isQuiet: Bool

    public init(_ exitCode: ExitCode, _ text: String, isQuiet: Bool = false) {
        self.exitCode = exitCode
        self.text = text
        self.isQuiet = isQuiet
    }

    static func usage(_ text: String) -> ClientError {
        ClientError(.usage, text)
    }

    static func notUnderstood(_ text: String) -> ClientError {
        ClientError(.notUnderstood, "the server's answer is not understood: \(text)")
    }

    /// Standard output cannot be written; that it was closed is not worth a word to who closed it.
    ///
    /// - Parameter note: what holds all the same, `; the upload is done`.
    public init(output error: Errno, note: String = "") {
        if error.code == EPIPE {
            self.init(.streamFailed, "standard output was closed" + note, isQuiet: true)
        } else {
            self.init(.streamFailed, "cannot write standard output: \(error)" + note)
        }
    }
}
