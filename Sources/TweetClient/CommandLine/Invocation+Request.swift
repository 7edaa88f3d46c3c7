public import TweetModel
public import TweetSystem
public import TweetWire

extension Invocation {
    /// How messages are changed before they are checked.
    public var fitting: MessageFitting { MessageFitting(cleans: cleans, truncates: truncates) }

    /// The name that signs an upload; nil for none.
    public var author: Name? { user ?? guest }
}

extension Invocation.Message {
    /// The upload of the message, with an id of its own; an argument that is empty resets the last message.
    ///
    /// - Parameters:
    ///   - author: the name that signs it; nil for none.
    ///   - deadline: when standard input has to have ended.
    ///   - note: is told what the options had to do.
    /// - Throws: `refused` with the reason, `streamFailed` for a standard input that cannot be read, `timedOut` for one
    ///   that does not end.
    public func upload(
        as author: Name?, fitting: MessageFitting = MessageFitting(), until deadline: Instant = .never,
        note: (String) -> Void = { _ in }
    ) throws(ClientError) -> Request {
        let advice = "; \"\" resets the last message"
        let text = self == .given([]) ? nil : try text(fitting, deadline, note, advice: advice)
        return .upload(Upload(text: text, id: .new, author: author))
    }

    /// The message as a private one, with an id of its own.
    ///
    /// - Throws: as for an upload.
    public func privateMessage(
        to recipients: [Name], fitting: MessageFitting = MessageFitting(), until deadline: Instant = .never,
        note: (String) -> Void = { _ in }
    ) throws(ClientError) -> Request {
        .message(OutgoingMessage(to: recipients, text: try text(fitting, deadline, note), id: .new))
    }

    private func text(
        _ fitting: MessageFitting, _ deadline: Instant, _ note: (String) -> Void, advice: String = ""
    ) throws(ClientError) -> TweetText {
        var (bytes, isWhole) = ([UInt8](), true)
        switch self {
        case .given(let given): bytes = given
        case .standardInput:
            (bytes, isWhole) = try StandardStream.readMessage(until: deadline)
            if bytes.isEmpty { throw ClientError(.refused, "standard input is empty" + advice) }
        }
        guard let message = try fitting.message(of: bytes, isWhole: isWhole) else {
            throw ClientError(.refused, "--clean leaves nothing of the message")
        }
        if message.wasCleaned { note("the message was cleaned") }
        if message.wasTruncated { note("the message was cut") }
        return message.text
    }
}

extension UploadID {
    /// An id that no other upload has.
    static var new: UploadID {
        var generator = SystemRandomNumberGenerator()
        return UploadID(time: Timestamp.now, using: &generator)
    }
}

extension Download {
    /// The request for it: without any condition it is the commonest one, in the fewest bytes.
    public var request: Request { self == Download() ? .lastMessage : .download(self) }
}
