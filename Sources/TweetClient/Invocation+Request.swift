public import TweetModel
import TweetSystem
public import TweetWire

extension Invocation.Message {
    /// The upload of the message, with an id of its own; an empty message resets the last one.
    ///
    /// - Parameter author: who it is uploaded as; none is nobody.
    /// - Throws: `refused` with the reason, or `streamFailed` for a standard input that cannot be read.
    public func upload(as author: Name?) throws(ClientError) -> Request {
        let bytes = try bytes()
        let text = bytes.isEmpty ? nil : try Self.checked(bytes)
        return .upload(Upload(text: text, id: Self.newID, author: author))
    }

    /// The message as a private one, with an id of its own.
    ///
    /// - Throws: as for an upload.
    public func privateMessage(to recipients: [Name]) throws(ClientError) -> Request {
        .message(OutgoingMessage(to: recipients, text: try Self.checked(try bytes()), id: Self.newID))
    }

    private func bytes() throws(ClientError) -> [UInt8] {
        switch self {
        case .given(let bytes): bytes
        case .standardInput:
            try RunTimer.limit("standard input") { () throws(ClientError) in try StandardStream.readMessage() }
        }
    }

    private static var newID: UploadID {
        var generator = SystemRandomNumberGenerator()
        return UploadID(time: Clock.now, using: &generator)
    }

    private static func checked(_ bytes: [UInt8]) throws(ClientError) -> TweetText {
        do throws(TextRefusal) {
            return try bytes.withUnsafeBufferPointer { bytes throws(TextRefusal) in
                try TweetText(validating: UnsafeRawBufferPointer(bytes))
            }
        } catch {
            throw ClientError(.refused, error.description)
        }
    }
}

extension Download {
    /// What asks for it: without any condition it is the commonest request, in the fewest bytes.
    public var request: Request { self == Download() ? .lastMessage : .download(self) }
}
