import CSystem
public import TweetSystem
public import TweetTLS
public import TweetWire

/// The reason why a run failed: an exit code for programs and one sentence for a person.
public struct ClientError: Error, Hashable, Sendable {
    /// The kind of an answer that cannot be understood.
    enum Fault: Hashable, Sendable {
        /// Another protocol.
        case foreign
        /// A ttweet packet that does not answer the request.
        case answer
    }

    public let exitCode: ExitCode
    public let text: String
    /// Whether only the log gets it, because whoever caused it already knows.
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

    /// Creates the error from a server's refusal of a request.
    ///
    /// - Parameters:
    ///   - code: the code from the wire; see ``ExitCode/init(wireCode:isUpload:)``.
    ///   - isUpload: see ``ExitCode/init(wireCode:isUpload:)``.
    public init(refusal code: String, _ message: String, isUpload: Bool) {
        let advice = Self.advice(onRefusal: WireError.Code(rawValue: code))
        self.init(ExitCode(wireCode: code, isUpload: isUpload), "the server says: \(message) (\(code))\(advice)")
    }

    /// Advice on a refusal: the options that help; empty if none does.
    public static func advice(onRefusal code: WireError.Code?) -> String {
        code == .tlsNeeded ? "; --tls, --ca and --pin ask for TLS" : ""
    }

    /// Advice on when to try again: `; try again in 5 s`; empty if the server has not said when.
    ///
    /// - Parameter span: the time before which the server asked not to come back; nil if it did not.
    public static func advice(onReturnAfter span: Duration?) -> String {
        span.map { "; try again in \($0.components.seconds) s" } ?? ""
    }

    /// The same refusal, for a run that does not try again itself: with advice on when to do so.
    func advising(returnAfter span: Duration?) -> ClientError {
        ClientError(exitCode, text + Self.advice(onReturnAfter: span), isQuiet: isQuiet, fault: fault)
    }

    static func notUnderstood(_ text: String) -> ClientError {
        ClientError(.notUnderstood, "the server's answer is not understood: \(text)", fault: .answer)
    }

    /// The error if the server is no ttweet server.
    ///
    /// - Parameter answer: its first bytes.
    static func foreign(_ answer: UnsafeRawBufferPointer) -> ClientError {
        ClientError(
            .notUnderstood, "the server is not a ttweet server (it answered \(excerpt(of: answer)))", fault: .foreign)
    }

    /// The error if there can be no encrypted stream to a server.
    public init(_ failure: TLSFailure, from server: ServerName) {
        self.init(.notUnderstood, "no TLS connection to \(server): \(failure)")
    }

    /// The same error with the server's name added, if the server cannot be understood.
    ///
    /// - Parameter server: the name, such as `127.0.0.1:13001`.
    public func naming(_ server: String) -> ClientError {
        switch fault {
        case .foreign: ClientError(exitCode, server + text.dropFirst("the server".count), fault: fault)
        case .answer: ClientError(exitCode, "\(server): \(text)", fault: fault)
        case nil: self
        }
    }

    /// Creates the error of writing standard output; a closed one is not reported, since whoever closed it knows.
    ///
    /// - Parameter note: the result that still holds, such as `; the upload is done`.
    public init(output error: Errno, note: String = "") {
        if error.code == EPIPE {
            self.init(.streamFailed, "standard output was closed" + note, isQuiet: true)
        } else {
            self.init(.streamFailed, "cannot write standard output: \(error)" + note)
        }
    }

    /// Bytes of an answer's first line to show.
    private static let excerptBytes = 40

    /// The first line of an answer if it is readable: `HTTP/1.1 400 Bad Request` in backquotes.
    private static func excerpt(of answer: UnsafeRawBufferPointer) -> String {
        let line = answer.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let shown = line.prefix(excerptBytes)
        guard !shown.isEmpty else { return "an empty line" }
        guard shown.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return "bytes that are not text" }
        // A ttweet server may have a port for that alone.
        let protocolName = shown.starts(with: "HTTP/".utf8) ? ": it speaks HTTP" : ""
        return "`\(String(decoding: shown, as: UTF8.self))\(line.count > shown.count ? "…" : "")`\(protocolName)"
    }
}
