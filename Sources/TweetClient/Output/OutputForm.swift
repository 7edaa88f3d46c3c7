import TweetModel
public import TweetWire

/// How the answer is written to standard output.
public enum OutputForm: Hashable, Sendable {
    /// As the original client did: `Received Message: TEXT`, at the end `Transmission Successfull...`.
    case original
    /// The texts alone, one a line; nothing for an upload.
    case bare
    /// One object a line.
    case json
    /// One line each, with its time and its author.
    case long

    /// The original's spelling: scripts match it.
    static let lastLine: StaticString = "Transmission Successfull...\n"

    /// Everything that standard output gets, so that it can be written at once.
    ///
    /// - Parameter isTerminal: asked only where something could steer a terminal; there it is escaped.
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

    /// One tweet of many that come one by one, which have no end to tell: its line alone.
    public func line(for tweet: WireTweet, isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        lines(for: [tweet], isTerminal: isTerminal())
    }

    /// Tweets that others follow, without the line that ends them all.
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
                bytes.appendHead(tweet.time, tweet.author ?? Self.nobody, escapes: escapes)
            }
            bytes.append(tweet.text, escapes: escapes)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// The author shown for an unsigned upload; no name can look like it.
    private static let nobody = "(anonymous)"
}

extension String {
    /// Whether anything in it is forbidden in a text; only an answer from a server that breaks the rules holds such.
    var steersTerminal: Bool {
        unicodeScalars.contains(where: \.isForbiddenInText)
    }
}

extension [UInt8] {
    /// Appends a text; where it is escaped, only if it could steer a terminal.
    mutating func append(_ text: String, escapes: Bool) {
        if escapes, text.steersTerminal { appendEscaped(text) } else { append(contentsOf: text.utf8) }
    }

    /// Appends what stands before a text, `2026-11-21 06:03:00 ana: `, the time only where it is given.
    mutating func appendHead(_ time: Timestamp?, _ name: String, escapes: Bool) {
        if let time {
            append(contentsOf: LocalTime.text(of: time).utf8)
            append(" ")
        }
        append(name, escapes: escapes)
        append(": ")
    }

    /// Appends an object as one line of JSON, with its moment also as a number, in `epoch_ms`: milliseconds since
    /// 1970-01-01T00:00:00Z.
    mutating func appendObject(at time: Timestamp?, _ json: (inout [UInt8]) -> Void) {
        appendSteerless { object in
            json(&object)
            object.removeLast()
            object.append(contentsOf: ",\"epoch_ms\":\(time.map { String($0.milliseconds) } ?? "null")}".utf8)
        }
    }

    /// Appends an object as one line of JSON in which everything that could steer a terminal is written as `\u202E`:
    /// the same object for whoever parses it.
    mutating func appendSteerless(_ json: (inout [UInt8]) -> Void) {
        var object: [UInt8] = []
        json(&object)
        if object.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            append(contentsOf: object)
        } else {
            // What is not ASCII stands inside strings only, and what is forbidden is below U+10000: one escape.
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
