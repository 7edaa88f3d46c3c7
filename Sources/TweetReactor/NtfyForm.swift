import CSystem
import TweetHTTP

/// A form in which ntfy sends messages to its followers.
///
/// Each tweet is made once for each form, although the followers of one hashtag may each have written it in another way,
/// and get the topic back as they wrote it: the object of JSON begins with the topic, and this beginning, which is the
/// same for all messages of a follower's topic, is the prefix that each connection sends itself. A WebSocket's message
/// has two frames, the first of which is the prefix.
public enum NtfyForm: Hashable, CaseIterable, Sendable {
    /// A line of JSON for each event.
    case json
    /// A server-sent event for each event, with the message's id.
    case sse
    /// A line with the text of each message.
    case raw
    /// A WebSocket's message for each event.
    case ws

    var takesPrefix: Bool { self != .raw }

    // MARK: Events

    /// The beginning of each message of a topic.
    ///
    /// - Parameter topic: the topic as a string of JSON, with its quotes.
    public func prefix(topic: [UInt8]) -> [UInt8] {
        let object = Self.start(topic)
        return switch self {
        case .json: object
        case .sse: Array("data: ".utf8) + object
        case .raw: []
        case .ws: object.withUnsafeBytes { WebSocketFrame.firstPart($0) }
        }
    }

    /// A whole event that is no message: `open` and `keepalive`.
    ///
    /// - Parameters:
    ///   - topic: the topics as a string of JSON, with its quotes.
    ///   - sequence: that of the newest tweet: a follower that comes back with the event's id misses nothing.
    ///   - time: the number of seconds since 1970.
    public func event(_ name: StaticString, topic: [UInt8], sequence: Int64, time: Int64) -> [UInt8] {
        let members = #""id":"\#(Self.id(sequence))","time":\#(time),"event":"\#(name)"}"#
        let object = Self.start(topic) + members.utf8
        return switch self {
        case .json: object + [Framing.lineFeed]
        case .sse: Array("event: \(name)\ndata: ".utf8) + object + Array("\n\n".utf8)
        case .raw: [Framing.lineFeed]
        case .ws: object.withUnsafeBytes { WebSocketFrame.text($0) }
        }
    }

    private static func start(_ topic: [UInt8]) -> [UInt8] {
        Array(#"{"topic":"#.utf8) + topic + [UInt8(ascii: ",")]
    }

    /// The id of a tweet: twelve characters, as ntfy's own ids have.
    ///
    /// It begins with a letter, so that nobody takes it for a time.
    public static func id(_ sequence: Int64) -> String {
        let digits = String(sequence)
        return "t" + String(repeating: "0", count: max(0, 11 - digits.utf8.count)) + digits
    }

    // MARK: Messages

    /// The rest of a message behind its prefix; only a line end for a packet that is no tweet.
    func bytes(of packet: [UInt8]) -> [UInt8] {
        let (operation, body) = Framing.parts(packet)
        guard Framing.isTweet(operation), let tweet = Message(body) else { return [Framing.lineFeed] }
        return switch self {
        case .json: tweet.members + [Framing.lineFeed]
        case .sse: tweet.members + Array("\nid: \(tweet.id)\n\n".utf8)
        case .raw: tweet.text + [Framing.lineFeed]
        case .ws: tweet.members.withUnsafeBytes { WebSocketFrame.lastPart($0) }
        }
    }

    /// A message as one line of JSON, as the answer to its upload.
    ///
    /// - Parameters:
    ///   - tweet: the object of the protocol.
    ///   - topic: the topic as a string of JSON, with its quotes.
    public static func line(ofTweet tweet: ArraySlice<UInt8>, topic: [UInt8]) -> [UInt8]? {
        guard let message = Message(tweet) else { return nil }
        return start(topic) + message.members + [Framing.lineFeed]
    }

    /// The parts of a tweet's object, `{"seq":7,"time":"…","author":…,"text":"…",…}`, that ntfy's message has.
    private struct Message {
        let id: String
        /// The members behind the topic, and the end of the object.
        let members: [UInt8]
        private let escapedText: ArraySlice<UInt8>

        init?(_ object: ArraySlice<UInt8>) {
            var rest = object
            guard Self.take(#"{"seq":"#, &rest), let sequence = Self.number(&rest), Self.take(#","time":"#, &rest),
                let date = Self.string(&rest), let time = Self.time(date), Self.take(#","author":"#, &rest),
                Self.take("null", &rest) || Self.string(&rest) != nil, Self.take(#","text":"#, &rest),
                let text = Self.string(&rest)
            else { return nil }
            id = NtfyForm.id(sequence)
            escapedText = text
            members =
                Array(#""id":"\#(id)","time":\#(time),"event":"message","message":""#.utf8) + text
                + Array(#""}"#.utf8)
        }

        /// The text without its escapes; a control character, which no new text has, becomes a space.
        var text: [UInt8] {
            guard escapedText.contains(UInt8(ascii: "\\")) else { return Array(escapedText) }
            var text: [UInt8] = []
            var rest = escapedText
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                    text.append(byte)
                    continue
                }
                if escape == UInt8(ascii: "u") {
                    rest = rest.dropFirst(4)
                    text.append(UInt8(ascii: " "))
                } else {
                    text.append(escape)
                }
            }
            return text
        }

        private static func take(_ text: StaticString, _ rest: inout ArraySlice<UInt8>) -> Bool {
            let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard rest.starts(with: expected) else { return false }
            rest = rest.dropFirst(expected.count)
            return true
        }

        private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            rest = rest.dropFirst(digits.count)
            return Int64(String(decoding: digits, as: UTF8.self))
        }

        /// The content of a string of JSON, still escaped.
        private static func string(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
            guard rest.first == UInt8(ascii: "\"") else { return nil }
            let start = rest.startIndex + 1
            var index = start
            while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
                index += rest[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard index < rest.endIndex else { return nil }
            let content = rest[start..<index]
            rest = rest[(index + 1)...]
            return content
        }

        /// The seconds since 1970 of `2026-11-21T05:03:00.123Z`.
        private static func time(_ text: ArraySlice<UInt8>) -> Int64? {
            guard text.count == 24 else { return nil }
            func number(_ offset: Int, _ count: Int) -> CInt {
                text.dropFirst(offset).prefix(count).reduce(0) { $0 * 10 + CInt($1) - CInt(UInt8(ascii: "0")) }
            }
            var date = tm()
            date.tm_year = number(0, 4) - 1900
            date.tm_mon = number(5, 2) - 1
            date.tm_mday = number(8, 2)
            date.tm_hour = number(11, 2)
            date.tm_min = number(14, 2)
            date.tm_sec = number(17, 2)
            return Int64(timegm(&date))
        }
    }
}
