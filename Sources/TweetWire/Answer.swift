public import TweetModel

/// One line from the server, as parsed by a client.
public enum Answer: Hashable, Sendable {
    /// The subject of an answer.
    public enum Item: Hashable, Sendable {
        case tweet(WireTweet)
        case message(WireMessage)
        case person(WirePerson)
        case tag(WireTag)
        case block(WireBlock)
        case token(WireToken)
    }

    /// The answer to a request for one item.
    case one(Item)
    /// One item of a list.
    case part(Item)
    /// The end of a list.
    case end(count: Int)
    /// Done; `sequence` is where a follow began, `name` the name that was taken, `pending` its number of pending
    /// messages.
    case done(sequence: SequenceNumber?, name: String?, pending: Int?)
    /// - Parameter retryAfter: the whole seconds after which the same request may succeed, if the server says so.
    case error(code: String, message: String, retryAfter: Int? = nil)
    /// A line that is not an answer to a request.
    case push(Push)
}

/// A line that a server sends without being asked, to clients that follow or have joined.
public enum Push: Hashable, Sendable {
    case tweet(WireTweet)
    case message(WireMessage)
    case joined(name: String, time: Timestamp?)
    case left(name: String, time: Timestamp?)
    /// Following has ended; the missing tweets have later sequences.
    case lagged(SequenceNumber)
    /// A push of a newer server.
    case unknown
}

/// A line from the server that this client does not understand.
public struct AnswerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

extension Answer {
    /// Parses a line; unknown members and unknown pushes are ignored.
    ///
    /// - Parameter line: the bytes without the line feed.
    public init(line: UnsafeRawBufferPointer) throws(AnswerError) {
        do throws(WireError) {
            let packet = try Packet(line: line)
            guard case .object(let object) = packet.body else { throw .badBody("the body is not an object") }
            let members = try packet.members(of: object)
            let word = try packet.scanner.text(packet.operation)
            switch word {
            case "ok": self = try Self.ok(members)
            case "part": self = .part(try Item(members))
            case "error":
                var code = ""
                var message = ""
                for case (let key, .string(let text)) in members {
                    if key == "code" { code = text }
                    if key == "message" { message = text }
                }
                guard !code.isEmpty else { throw .badBody("an error has no code") }
                // A time that is not understood must not hide the error.
                let span = (try? members.optionalInteger("retry_after")) ?? nil
                self = .error(code: code, message: message, retryAfter: span.flatMap { $0 > 0 ? Int($0) : nil })
            case "tweet": self = .push(.tweet(try WireTweet(members)))
            case "message": self = .push(.message(try WireMessage(members)))
            case "joined": self = .push(.joined(name: try members.string("name"), time: try members.time("time")))
            case "left": self = .push(.left(name: try members.string("name"), time: try members.time("time")))
            case "lagged":
                guard let sequence = try members.optionalInteger("seq") else { throw .badBody("seq is missing") }
                self = .push(.lagged(sequence))
            default:
                guard Operation(rawValue: word) == nil else {
                    throw .badBody("it is a request: the server sends back what it receives")
                }
                self = .push(.unknown)
            }
        } catch {
            throw AnswerError(description: error.message)
        }
    }

    private static func ok(_ members: [Packet.Member]) throws(WireError) -> Answer {
        if let count = try members.optionalInteger("count") {
            guard count >= 0 else { throw .badBody("count is negative") }
            return .end(count: Int(count))
        }
        if members.contains(where: { $0.key == "text" || $0.key == "status" || $0.key == "may" }) {
            return .one(try Item(members))
        }
        return .done(
            sequence: try members.optionalInteger("seq"), name: try members.optionalString("name"),
            pending: try members.optionalInteger("pending").map { Int($0) })
    }
}

extension Answer.Item {
    /// Determines the kind of item by a key that only this kind has.
    fileprivate init(_ members: [Packet.Member]) throws(WireError) {
        if members.contains(where: { $0.key == "status" }) {
            self = .person(try WirePerson(members))
        } else if members.contains(where: { $0.key == "may" }) {
            self = .token(try WireToken(members))
        } else if members.contains(where: { $0.key == "from" }) {
            self = .message(try WireMessage(members))
        } else if members.contains(where: { $0.key == "tag" }) {
            self = .tag(try WireTag(members))
        } else if members.contains(where: { $0.key == "blocked" }), !members.contains(where: { $0.key == "text" }) {
            self = .block(try WireBlock(members))
        } else {
            self = .tweet(try WireTweet(members))
        }
    }
}
