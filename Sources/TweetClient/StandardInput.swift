import TweetModel
public import TweetSystem

extension StandardStream {
    /// Reads a message to the end of the stream, without its last line feed.
    ///
    /// A text that is too long in any case is not read to its end.
    public static func readMessage() throws(ClientError) -> [UInt8] {
        // The longest text, its line feed, and one byte that tells that there is more.
        let limit = Limits.textBytes + 2
        var message: [UInt8]
        do throws(Errno) {
            message = try Descriptor.readAll(from: input.rawValue, atMost: limit)
        } catch {
            throw ClientError(.streamFailed, "cannot read standard input: \(error)")
        }
        guard message.count < limit else {
            let text = "the message is longer than \(Limits.textBytes) bytes; "
            throw ClientError(.refused, text + "at most \(Limits.textCharacters) characters are allowed")
        }
        if message.last == UInt8(ascii: "\n") { message.removeLast() }
        return message
    }
}
