import CSystem
public import TweetSystem

/// Why a run did not do what it was asked: an exit code for programs and one sentence for a person.
public struct ClientError: Error, Hashable, Sendable {
    /// The fault of a server that cannot be understood.
    enum Fault: Hashable, Sendable {
        /// It speaks another protocol.
        case foreign
        /// It speaks ttweet's, and says something else than what it was asked.
        case answer
    }

    public let exitCode: ExitCode
    public let text: String
    /// Whether only the log gets it: whoever caused it knows it already, and nobody else is bothered.
    public let isQuiet: Bool
    let fault: Fault?

    public init(_ exitCode: ExitCode, _ text: String, isQuiet: Bool = false) {
        self.init(exitCode, text, isQuiet: isQuiet, fault: nil)
    }

    private init(_ exitCode: ExitCode, _ text: String, isQuiet: Bool = false, fault: Fault?) {
        self.exitCode = exitCode
        self.text = text
        self.isQuiet = isQuiet
        self.fault = fault
    }

    /// Advice for a message that was taken for an option.
    public static let messageAdvice = "; if it is the message, put -- before it"

    static func usage(_ text: String) -> ClientError {
        ClientError(.usage, text)
    }

    /// The refusal that a server has answered a request with.
    ///
    /// - Parameters:
    ///   - code: as it came; see ``ExitCode/init(wireCode:isUpload:)``.
    ///   - isUpload: the same.
    init(refusal code: String, _ message: String, isUpload: Bool) {
        self.init(ExitCode(wireCode: code, isUpload: isUpload), "the server says: \(message) (\(code))")
    }

    static func notUnderstood(_ text: String) -> ClientError {
        ClientError(.notUnderstood, "the server's answer is not understood: \(text)", fault: .answer)
    }

    /// Something else than a ttweet server is there.
    ///
    /// - Parameter answer: the first bytes that came from it.
    static func foreign(_ answer: UnsafeRawBufferPointer) -> ClientError {
        ClientError(
            .notUnderstood, "the server is no ttweet server (it answered \(excerpt(of: answer)))", fault: .foreign)
    }

    /// The same error with the server's name in it, where it is the server that cannot be understood.
    ///
    /// - Parameter server: `127.0.0.1:13001`.
    public func naming(_ server: String) -> ClientError {
        switch fault {
        case .foreign: ClientError(exitCode, server + text.dropFirst("the server".count), fault: fault)
        case .answer: ClientError(exitCode, "\(server): \(text)", fault: fault)
        case nil: self
        }
    }

    /// Standard output cannot be written; a closed one is not reported, since whoever closed it knows.
    ///
    /// - Parameter note: what holds all the same, `; the upload is done`.
    public init(output error: Errno, note: String = "") {
        if error.code == EPIPE {
            self.init(.streamFailed, "standard output was closed" + note, isQuiet: true)
        } else {
            self.init(.streamFailed, "cannot write standard output: \(error)" + note)
        }
    }

    /// Bytes of an answer's first line that are shown.
    private static let excerptBytes = 40

    /// The first line of an answer if a person can read it: `HTTP/1.1 400 Bad Request` in backquotes.
    private static func excerpt(of answer: UnsafeRawBufferPointer) -> String {
        let line = answer.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let shown = line.prefix(excerptBytes)
        guard !shown.isEmpty else { return "an empty line" }
        guard shown.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return "bytes that are no text" }
        return "`\(String(decoding: shown, as: UTF8.self))\(line.count > shown.count ? "…" : "")`"
    }
}
