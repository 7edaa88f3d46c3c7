public import TweetModel

/// An error answer: the content of `["error",{"code":…,"message":…}]`.
public struct WireError: Error, Hashable, Sendable {
    /// The codes of the protocol; clients switch on these, and the message is for people.
    public enum Code: String, CaseIterable, Sendable {
        // The connection is closed after these.
        case lineTooLong = "line_too_long"
        case notJSON = "not_json"
        case notUTF8 = "not_utf8"
        case timedOut = "timed_out"
        case incomplete
        // These refuse one request; the connection continues.
        case notPacket = "not_packet"
        case unknownOperation = "unknown_operation"
        case badBody = "bad_body"
        case tooLong = "too_long"
        case forbiddenCharacter = "forbidden_character"
        case idReused = "id_reused"
        case notFresh = "not_fresh"
        case noSuchSequence = "no_such_sequence"
        case badName = "bad_name"
        case badPassword = "bad_password"
        case nameNeeded = "name_needed"
        case accountNeeded = "account_needed"
        case alreadyNamed = "already_named"
        case nameTaken = "name_taken"
        case wrongPassword = "wrong_password"
        case noSuchName = "no_such_name"
        case noSuchToken = "no_such_token"
        case toOneself = "to_oneself"
        case tooMany = "too_many"
        case blocked
        case inboxFull = "inbox_full"
        case notPermitted = "not_permitted"
        case tlsNeeded = "tls_needed"
        // The server cannot handle the request now.
        case busy
        case stopping
        case unavailable
        case unknown

        /// Whether the connection is closed, since nothing after the error could be understood.
        public var endsConnection: Bool {
            switch self {
            case .lineTooLong, .notJSON, .notUTF8, .timedOut, .incomplete: true
            default: false
            }
        }
    }

    public let code: Code
    public let message: String
    /// The whole seconds after which the same request may succeed; nil if waiting does not help, or nobody knows.
    public let retryAfter: Int?

    public init(_ code: Code, _ message: String, retryAfter: Int? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Whether the connection is closed, since nothing after the error could be understood.
    public var endsConnection: Bool { code.endsConnection }

    public init(_ refusal: TextRefusal) {
        let code: Code =
            switch refusal {
            case .empty, .notUTF8: .badBody
            case .tooManyCharacters, .tooManyBytes, .tooManyHashtagBytes: .tooLong
            case .forbidden: .forbiddenCharacter
            }
        self.init(code, refusal.description)
    }

    static func notJSON(_ reason: String, at position: Int) -> WireError {
        WireError(.notJSON, "\(reason), at byte \(position)")
    }

    static var notUTF8: WireError { WireError(.notUTF8, "the line is not valid UTF-8") }

    /// The same error whether or not the account exists.
    public static var wrongPassword: WireError { WireError(.wrongPassword, "the name or the password is wrong") }

    /// The same error for a token that never was, one that was removed and one that has expired.
    public static var wrongToken: WireError { WireError(.wrongPassword, "the token is wrong, removed or expired") }

    static func badBody(_ reason: String) -> WireError { WireError(.badBody, reason) }
}

extension String {
    /// The first 32 scalars of a text: enough to recognize it, and short enough for one line.
    ///
    /// Scalars rather than characters, since one character can have any number of bytes.
    var excerpt: String { String(unicodeScalars.prefix(32)) }
}
