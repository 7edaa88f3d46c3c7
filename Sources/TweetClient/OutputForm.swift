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
    /// - Parameter isTerminal: asked only where a text holds what could steer a terminal; there it is escaped.
    public func bytes(for tweets: [WireTweet], isUpload: Bool, isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128 * tweets.count)
        if self == .json || !isUpload {
            let escapes = self != .json && tweets.contains(where: \.text.steersTerminal) && isTerminal()
            for tweet in tweets { append(tweet, escapes: escapes, to: &bytes) }
        }
        if self == .original { bytes.append(Self.lastLine) }
        return bytes
    }

    /// One tweet of many that come one by one, which have no end to tell: its line alone.
    public func line(for tweet: WireTweet, isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        append(tweet, escapes: self != .json && tweet.text.steersTerminal && isTerminal(), to: &bytes)
        return bytes
    }

    private func append(_ tweet: WireTweet, escapes: Bool, to bytes: inout [UInt8]) {
        if self == .json { return bytes.appendSteerless { $0.appendJSON(tweet) } }
        if self == .original { bytes.append("Received Message: ") }
        bytes.append(tweet.text, escapes: escapes)
        bytes.append(UInt8(ascii: "\n"))
    }
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
