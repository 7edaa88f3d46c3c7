import TweetHTTP
import TweetModel
import TweetWire

/// The text of a tweet that is made of ntfy's message.
enum NtfyText {
    /// The text of a message without any, as in ntfy.
    private static let empty = "triggered"

    /// Makes a text: the title, the message, and the topic as a hashtag unless it is there.
    ///
    /// Its senders cannot know the rules of tweets, so a line end becomes a space, control characters are left out, and a
    /// text that is too long is cut, but never the hashtag.
    ///
    /// - Throws: the problem to answer with, if nothing helps.
    static func make(title: String, message: String, topic: Hashtag) throws(HTTPProblem) -> TweetText {
        let whole = TextCleaning.cleaned(joined(trimmed(title), trimmed(message)))
        let text = trimmed(whole[...])
        let bytes = text.isEmpty ? Array(empty.utf8) : Array(text)
        if let text = try? TweetText(validating: TextTruncation.truncated(bytes)), text.hashtags.contains(topic) {
            return text
        }
        do throws(TextRefusal) {
            return try TweetText(validating: TextTruncation.truncated(bytes, before: " #\(topic.written)"))
        } catch {
            throw HTTPProblem(WireError(error)).forNtfy
        }
    }

    private static func joined(_ title: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>) -> [UInt8] {
        guard let last = title.last, !message.isEmpty else { return Array(title + message) }
        // A title that ends as a sentence needs no colon.
        let ends = [":", ".", "!", "?"] as [Unicode.Scalar]
        return Array(title) + (ends.contains(Unicode.Scalar(last)) ? " " : ": ").utf8 + message
    }

    private static func trimmed(_ text: String) -> ArraySlice<UInt8> { trimmed(Array(text.utf8)[...]) }

    /// A text without white space around it.
    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let start = text.firstIndex(where: { !isSpace($0) }), let end = text.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return text[start...end]
    }
}

extension TweetText {
    fileprivate init(validating bytes: [UInt8]) throws(TextRefusal) {
        self = try bytes.withUnsafeBufferPointer { bytes throws(TextRefusal) in
            try TweetText(validating: UnsafeRawBufferPointer(bytes))
        }
    }
}
