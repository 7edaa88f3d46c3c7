public import TweetModel

/// A request that is not answered with `ok`: what `["error",{"code":…,"message":…}]` says.
public struct WireError: Error, Hashable, Sendable {
    /// The codes of the protocol; a client switches on these, the message is for people.
    public enum Code: String, CaseIterable, Sendable {
        // The connection cannot go on after these: it is closed.
        case lineTooLong = "line_too_long"
        case notJSON = "not_json"
        case notUTF8 = "not_utf8"
        case timedOut = "timed_out"
        case incomplete
        // One request was refused; the connection goes on.
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
        case toOneself = "to_oneself"
        case tooMany = "too_many"
        case notPermitted = "not_permitted"
        // The server cannot do it now.
        case busy
        case stopping
        case unavailable
        case unknown
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether nothing that follows on the connection can be understood any more.
    public var endsConnection: Bool {
        switch code {
        case .lineTooLong, .notJSON, .notUTF8, .timedOut, .incomplete: true
        default: false
        }
    }

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

    /// The same whether there is such an account or not.
    public static var wrongPassword: WireError { WireError(.wrongPassword, "the name or the password is wrong") }

    static func badBody(_ reason: String) -> WireError { WireError(.badBody, reason) }
}

extension String {
    /// Enough of a text from outside to know it again, and little enough for one line: its first 32 scalars.
    ///
    /// Not characters, of which one can have any number of bytes.
    var excerpt: String { String(unicodeScalars.prefix(32)) }
}
