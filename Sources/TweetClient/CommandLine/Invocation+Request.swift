public import TweetModel
public import TweetSystem
public import TweetWire

extension Invocation {
    /// The changes to messages before they are validated.
    public var fitting: MessageFitting { MessageFitting(cleans: cleans, truncates: truncates) }

    /// The name that signs an upload, if there is one.
    public var author: Name? { user ?? guest }
}

extension Invocation.Message {
    /// The upload of the message, with a new id; an empty argument resets the last message.
    ///
    /// - Parameters:
    ///   - author: the name that signs it, if there is one.
    ///   - deadline: when standard input has to have ended.
    ///   - note: receives reports on changes by the options.
    /// - Throws: `refused` with the reason, `streamFailed` if standard input cannot be read, `timedOut` if it does not
    ///   end.
    public func upload(
        as author: Name?, fitting: MessageFitting = MessageFitting(), until deadline: Instant = .never,
        note: (String) -> Void = { _ in }
    ) throws(ClientError) -> Request {
        let advice = "; \"\" resets the last message"
        let text = self == .given([]) ? nil : try text(fitting, deadline, note, advice: advice)
        return .upload(Upload(text: text, id: .new, author: author))
    }

    /// The message as a private one, with a new id.
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
    /// A new, unique id.
    static var new: UploadID {
        var generator = SystemRandomNumberGenerator()
        return UploadID(time: Timestamp.now, using: &generator)
    }
}

extension Download {
    /// The request for the download: without any condition it is the most frequent one, in the fewest bytes.
    public var request: Request { self == Download() ? .lastMessage : .download(self) }
}
