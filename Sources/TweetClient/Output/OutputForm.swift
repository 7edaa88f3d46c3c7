import TweetModel
public import TweetWire

/// The format of standard output.
public enum OutputForm: Hashable, Sendable {
    /// The original client's format: `Received Message: TEXT`, at the end `Transmission Successfull...`.
    case original
    /// Only the texts, one per line; nothing for an upload.
    case bare
    /// One JSON object per line.
    case json
    /// One line each, with the time and the author.
    case long

    /// The original's spelling, which scripts match.
    static let lastLine: StaticString = "Transmission Successfull...\n"

    /// The complete output, so that it can be written at once.
    ///
    /// - Parameter isTerminal: whether to escape text that could steer a terminal; evaluated only for such text.
    public func bytes(for tweets: [WireTweet], isUpload: Bool, isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128 * tweets.count)
        if self == .json || !isUpload { append(tweets, isTerminal: isTerminal(), to: &bytes) }
        if self == .original { bytes.append(Self.lastLine) }
        return bytes
    }

    /// The tweets to print for a download: the empty message if there is none, as the original did.
    ///
    /// JSON prints no line for an empty list, and `--since` prints none in any form.
    public func withEmptyMessage(_ tweets: [WireTweet], of download: Download) -> [WireTweet] {
        guard tweets.isEmpty, download.since == nil, self != .json else { return tweets }
        return [WireTweet(text: LastMessage.emptyText)]
    }

    /// A single tweet of a stream without an end: only its line.
    public func line(for tweet: WireTweet, isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        lines(for: [tweet], isTerminal: isTerminal())
    }

    /// Tweets of a list that continues, without the final line.
    public func lines(for tweets: [WireTweet], isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        append(tweets, isTerminal: isTerminal(), to: &bytes)
        return bytes
    }

    private func append(_ tweets: [WireTweet], isTerminal: @autoclosure () -> Bool, to bytes: inout [UInt8]) {
        if self == .json {
            for tweet in tweets { bytes.appendObject(at: tweet.time) { $0.appendJSON(tweet) } }
            return
        }
        let escapes = tweets.contains { $0.text.steersTerminal || $0.author?.steersTerminal ?? false } && isTerminal()
        for tweet in tweets {
            if self == .original { bytes.append("Received Message: ") }
            if self == .long, tweet.time != nil {
                bytes.appendHead(tweet.time, tweet.shownAuthor ?? Self.nobody, escapes: escapes)
            }
            bytes.append(tweet.text, escapes: escapes)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// The author shown for an unsigned upload; no valid name looks like it.
    private static let nobody = "(anonymous)"
}

extension String {
    /// Whether it contains anything forbidden in a text, which only an incorrect server sends.
    var steersTerminal: Bool {
        unicodeScalars.contains(where: \.isForbiddenInText)
    }
}

extension [UInt8] {
    /// Appends a text, escaped if requested and if it could steer a terminal.
    mutating func append(_ text: String, escapes: Bool) {
        if escapes, text.steersTerminal { appendEscaped(text) } else { append(contentsOf: text.utf8) }
    }

    /// Appends the part before a text, `2026-11-21 06:03:00 ana: `, with the time only if it is given.
    mutating func appendHead(_ time: Timestamp?, _ name: String, escapes: Bool) {
        if let time {
            append(contentsOf: LocalTime.text(of: time).utf8)
            append(" ")
        }
        append(name, escapes: escapes)
        append(": ")
    }

    /// Appends an object as one line of JSON, with its time also as a number, `epoch_ms`: milliseconds since
    /// 1970-01-01T00:00:00Z.
    mutating func appendObject(at time: Timestamp?, _ json: (inout [UInt8]) -> Void) {
        appendSteerless { object in
            json(&object)
            object.removeLast()
            object.append(contentsOf: ",\"epoch_ms\":\(time.map { String($0.milliseconds) } ?? "null")}".utf8)
        }
    }

    /// Appends an object as one line of JSON that writes everything that could steer a terminal as `\u202E`: the same
    /// object for a JSON parser.
    mutating func appendSteerless(_ json: (inout [UInt8]) -> Void) {
        var object: [UInt8] = []
        json(&object)
        if object.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            append(contentsOf: object)
        } else {
            // Only strings contain other characters than ASCII, and forbidden ones are below U+10000, so each is one
            // escape.
            for scalar in String(decoding: object, as: UTF8.self).unicodeScalars {
                if scalar.isForbiddenInText {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    append("\\u")
                    append(contentsOf: String(repeating: "0", count: 4 - digits.count).utf8)
                    append(contentsOf: digits.utf8)
                } else {
                    append(contentsOf: String(scalar).utf8)
                }
            }
        }
        append(UInt8(ascii: "\n"))
    }
}
