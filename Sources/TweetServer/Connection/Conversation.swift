import TweetModel
public import TweetReactor
public import TweetWire

/// The protocol's state of one connection: takes bytes, says what to do.
///
/// No I/O, no clock.
///
/// Requests are answered in their order. Uploads may overtake nothing but may be many at once, so that one commit
/// serves them; any other request waits until the uploads before it are answered, and so sees what they did.
public struct Conversation {
    /// The action that the next bytes ask for.
    public enum Action: Sendable {
        /// Nothing whole is there: more has to come.
        case awaitInput
        /// The next request waits until an earlier one is answered.
        case awaitAnswers
        case answerLastMessage
        case answer(Download)
        /// Anything else, which the connection may ask for; see ``Operation/requirement``.
        case perform(Request)
        case append(Upload)
        /// Answer with an error and go on.
        case refuse(WireError)
        /// Answer with an error and end the connection.
        case end(WireError)
        /// Report an error and reset the connection: a client of the original takes any answer and any end for success.
        case reset(WireError)
        /// The original's download: answer with the bare text and end the connection.
        case answerOriginal
        /// The original's upload: end the connection once it is stored.
        case appendOriginal(Upload)
        /// The client has said all it will, and has all its answers.
        case finish
    }

    /// A request that is still to be answered, and what it counts for until then.
    public enum Pending: Sendable {
        case request
        /// One whose answer has many lines.
        case list
        /// An upload with so many bytes, as a packet or in the original's.
        case upload(bytes: Int)
        case original(bytes: Int)

        var isUpload: Bool {
            switch self {
            case .upload, .original: true
            case .request, .list: false
            }
        }
    }

    /// How its bytes are cut into packets; nil until the first ones have told.
    public private(set) var framing: Framing?
    /// Whether a packet has come whole.
    private var hasBegun = false
    /// Whether nothing that comes matters any more.
    private var isOver = false
    private var uploadsUnderWay = 0
    private var uploadBytesUnderWay = 0
    private var answerUnderWay = false
    /// The identity that the connection speaks for.
    public var identity: Identity
    /// Whether uploads are taken from accounts only.
    private let requiresAccount: Bool
    /// Whether the server is stopping: requests that come from now on are refused.
    public var isStopping = false

    public init(identity: Identity = .nobody, requiresAccount: Bool = false) {
        self.identity = identity
        self.requiresAccount = requiresAccount
    }

    /// Whether every request so far has its answer.
    public var isAnswered: Bool { uploadsUnderWay == 0 && !answerUnderWay }

    /// Whether an upload in the original's packet has begun and is not whole: were the connection to end now, its
    /// client would take that for success.
    public var isWithinOriginal: Bool { framing == .original && !isOver }

    /// Whether the first request is still not whole, which it may be for ``ServerLimits/firstLine``.
    public var isSilent: Bool { !hasBegun && !isOver }

    // MARK: Events

    /// Takes the next request.
    ///
    /// - Parameters:
    ///   - bytes: what has come and was not taken.
    ///   - atEnd: whether nothing will follow.
    /// - Returns: what to do, and how many bytes were taken: none for the two that wait.
    public mutating func next(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> (action: Action, taken: Int) {
        if isOver { return (.awaitInput, bytes.count) }
        if answerUnderWay { return (.awaitAnswers, 0) }
        if framing == nil { framing = Framing(firstBytes: bytes, atEnd: atEnd) }
        let frame = framing?.frame(bytes, atEnd: atEnd, limit: WireLimits.lineBytes) ?? (atEnd ? .end : .partial)
        let action = action(for: frame)
        switch action {
        case .awaitInput, .awaitAnswers: return (action, 0)
        case .end, .reset, .answerOriginal, .appendOriginal, .finish:
            isOver = true
            return (action, bytes.count)
        case .answerLastMessage, .answer, .perform, .append, .refuse:
            hasBegun = true
            if case .packet(_, let taken) = frame { return (action, taken) }
            return (action, bytes.count)
        }
    }

    private mutating func action(for frame: Framing.Frame) -> Action {
        switch frame {
        case .partial: return isStopping && framing == .original ? .reset(Self.stopping) : .awaitInput
        case .packet(let packet, _): return framing == .original ? originalAction(packet) : packetAction(packet)
        case .tooLong, .cutOff, .end:
            guard isAnswered else { return .awaitAnswers }
            switch frame {
            case .tooLong where framing == .original:
                return .reset(WireError(.tooLong, "the message has more than \(TextLimits.textBytes) bytes"))
            case .tooLong: return .end(WireError(.lineTooLong, "a line has more than \(WireLimits.lineBytes) bytes"))
            case .cutOff: return .end(WireError(.incomplete, "the stream ended within a line"))
            default: return .finish
            }
        }
    }

    /// An answer begins that takes longer than its request's turn; what follows waits for it.
    public mutating func answerBegan() { answerUnderWay = true }

    /// A request that was still to be answered has its answer.
    public mutating func answered(_ pending: Pending) {
        switch pending {
        case .request, .list:
            precondition(answerUnderWay, "an answer without a request")
            answerUnderWay = false
        case .upload(let bytes), .original(let bytes):
            precondition(uploadsUnderWay > 0, "an answer without an upload")
            uploadsUnderWay -= 1
            uploadBytesUnderWay -= bytes
        }
    }

    /// The first whole line has not come in time.
    public mutating func firstLineTimedOut() -> Action {
        let seconds = ServerLimits.firstLine.components.seconds
        let error = WireError(.timedOut, "no whole line in \(seconds) seconds")
        defer { isOver = true }
        return framing == .original ? .reset(error) : .end(error)
    }

    // MARK: Packets

    private static var stopping: WireError { WireError(.stopping, "the server is stopping") }

    /// The action that a whole line asks for.
    private mutating func packetAction(_ line: UnsafeRawBufferPointer) -> Action {
        if isStopping {
            return isAnswered ? .end(Self.stopping) : .awaitAnswers
        }
        let request: Request
        do throws(WireError) {
            request = try Request(line: line)
        } catch {
            if !isAnswered { return .awaitAnswers }
            return error.endsConnection ? .end(error) : .refuse(error)
        }
        switch request {
        case .upload(let upload):
            if let refusal = refusal(of: upload) { return isAnswered ? .refuse(refusal) : .awaitAnswers }
            let bytes = upload.bytesUnderWay
            guard uploadBytesUnderWay + bytes <= WireLimits.uploadBytesUnderWay else { return .awaitAnswers }
            uploadsUnderWay += 1
            uploadBytesUnderWay += bytes
            return .append(upload)
        case .lastMessage: return isAnswered ? .answerLastMessage : .awaitAnswers
        case .download(let download): return isAnswered ? .answer(download) : .awaitAnswers
        default:
            guard isAnswered else { return .awaitAnswers }
            if let error = identity.lacks(request.operation.requirement) { return .refuse(error) }
            return .perform(request)
        }
    }

    /// Why an upload may not be made, if it may not.
    private func refusal(of upload: Upload) -> WireError? {
        if requiresAccount {
            guard case .account = identity else { return WireError(.notPermitted, "uploads need an account here") }
        }
        if let author = upload.author, identity.name != author {
            return WireError(.notPermitted, "the connection has not taken the name \(author.string)")
        }
        return nil
    }

    // MARK: The original's packet

    /// `d` LF, or `u` LF and the message.
    private mutating func originalAction(_ packet: UnsafeRawBufferPointer) -> Action {
        if isStopping { return .reset(Self.stopping) }
        if packet[0] == UInt8(ascii: "d") { return .answerOriginal }
        // A shell's `echo` ends the message with a line feed that nobody meant.
        var message = packet.dropFirst(2)
        if message.last == UInt8(ascii: "\n") { message.removeLast() }
        do throws(WireError) {
            let upload = try Upload(original: UnsafeRawBufferPointer(rebasing: message))
            if let error = refusal(of: upload) { throw error }
            uploadsUnderWay += 1
            uploadBytesUnderWay += upload.bytesUnderWay
            return .appendOriginal(upload)
        } catch {
            return .reset(error)
        }
    }
}
