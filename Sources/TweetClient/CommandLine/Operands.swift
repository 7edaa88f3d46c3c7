/// The operands of a command line: optionally the server, then a message, hashtags or a name.
///
/// | operands | the server is |
/// |---|---|
/// | `HOST:PORT …` | the first one |
/// | `HOST PORT …` | the first two, if the second is a number and, for an upload, there is a third |
/// | `…` | given elsewhere |
///
/// A server is never guessed: an ambiguous operand is wrong usage. With `--server` no operand is taken for one.
struct Operands {
    /// The operands after the server.
    enum Kind {
        case nothing
        /// Exactly one.
        case message
        /// At most one.
        case word
        case tags

        fileprivate var most: Int {
            switch self {
            case .nothing: 0
            case .message, .word: 1
            case .tags: .max
            }
        }
    }

    /// The server; nil if it is given elsewhere.
    let server: ServerName?
    let rest: ArraySlice<[UInt8]>
    /// The reason why a second word is no port, if the first one may be a host; nil otherwise.
    let wrongPort: String?

    init(_ operands: [[UInt8]], of kind: Kind, isServerGiven: Bool) throws(ClientError) {
        let server = isServerGiven ? nil : try Self.server(operands, of: kind)
        self.server = server?.address
        rest = operands.dropFirst(server?.count ?? 0)
        wrongPort = server == nil && operands.count > 1 ? Self.wrongPort(operands[0], operands[1]) : nil
        guard rest.count <= kind.most else {
            let advice = isServerGiven ? "; --server replaces HOST and PORT" : kind == .message ? Self.advice : ""
            throw .usage("too many arguments" + advice)
        }
        if isServerGiven, kind == .tags, Self.areHostAndPort(operands) {
            throw .usage("HOST PORT and --server exclude each other; write two hashtags with #")
        }
        if kind == .message, rest.isEmpty { throw Self.messageMissing }
    }

    /// Whether there are enough operands for a server and a message.
    static func mayHaveMessage(_ operands: [[UInt8]], isServerGiven: Bool) -> Bool {
        let isOneWord =
            operands.first.flatMap { String(validating: $0, as: UTF8.self) }.flatMap { ServerName($0) } != nil
        return operands.count > (isServerGiven ? 0 : isOneWord ? 1 : 2)
    }

    private static let advice = "; put MESSAGE in quotes, as one argument"

    private static let messageAdvice = "; if it is MESSAGE, give the server with --server"

    private static let messageMissing = ClientError.usage("MESSAGE is missing; if it begins with -, put -- before it")

    /// Parses the server, and returns the number of operands it takes.
    private static func server(
        _ operands: [[UInt8]], of kind: Kind
    ) throws(ClientError) -> (address: ServerName, count: Int)? {
        guard let first = operands.first else { return nil }
        if let server = String(validating: first, as: UTF8.self).flatMap({ ServerName($0) }) {
            if kind == .message, operands.count == 1 {
                throw .usage("\(server) may be the server or MESSAGE: give the server with --server, or both")
            }
            // Otherwise a host with a port in it would be looked up with another port.
            return (server, 1)
        }
        if let text = String(validating: first, as: UTF8.self) { try check(text, operands, of: kind) }
        guard operands.count > 1 else {
            if kind == .nothing { throw .usage("PORT is missing") }
            return nil
        }
        switch kind {
        case .message where operands.count == 2:
            throw isNumber(operands[1]) ? messageMissing : .usage("too many arguments" + advice)
        case .tags where !areHostAndPort(operands): return nil
        default: break
        }
        let host = try Settings.text(first, as: "HOST")
        guard !host.isEmpty else { throw .usage("HOST is empty") }
        let bare = ServerName.bare(host)
        guard ServerName.mayBeHost(bare) else {
            throw .usage("HOST must be a name or an address, not \(host)")
        }
        let port = try Settings.port(try Settings.text(operands[1], as: "PORT"))
        return (ServerName(host: bare, port: port), 2)
    }

    /// Refuses a first operand that can only be meant as a server and is invalid.
    ///
    /// A message alone may be anything that does not end with a colon and a number; a hashtag or a name has no colon.
    private static func check(
        _ first: String, _ operands: [[UInt8]], of kind: Kind
    ) throws(ClientError) {
        let isServer =
            switch kind {
            case .message: operands.count == 2 && !isNumber(operands[1]) || ServerName.hasBadPort(first)
            case .nothing, .word, .tags: operands.count == 1 || !isNumber(operands[1])
            }
        if isServer, let reason = ServerName.mistake(in: first) {
            throw .usage("\(first) is not a server: \(reason)" + (kind == .message ? messageAdvice : ""))
        }
    }

    /// Whether the first two operands are a server and no hashtags; a hashtag of only digits must be written with its
    /// #.
    private static func areHostAndPort(_ operands: [[UInt8]]) -> Bool {
        // The full-width sign also begins a hashtag.
        let isTag = ["#", "＃"].contains { operands.first?.starts(with: $0.utf8) == true }
        return operands.count > 1 && !isTag && isNumber(operands[1])
    }

    private static func wrongPort(_ host: [UInt8], _ port: [UInt8]) -> String? {
        guard let host = String(validating: host, as: UTF8.self), let port = String(validating: port, as: UTF8.self),
            host.first != "#", ServerName.mayBeHost(ServerName.bare(host))
        else { return nil }
        return "if \(host) is HOST, PORT must be 1 to 65535, not \(port.isEmpty ? "empty" : port)"
    }

    /// Whether an operand can only be meant as a port, valid or not.
    private static func isNumber(_ operand: [UInt8]) -> Bool {
        !operand.isEmpty && operand.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
