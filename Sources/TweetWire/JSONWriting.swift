import TweetModel

extension [UInt8] {
    /// Appends a JSON string with its quotes; escapes only where required (RFC 8259, 7).
    public mutating func appendJSON(_ text: String) {
        append(UInt8(ascii: "\""))
        if text.everyByte({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            append(utf8: text)
        } else {
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "\""): append("\\\"")
                case UInt8(ascii: "\\"): append("\\\\")
                case 0..<0x20:
                    let digits = String(byte, radix: 16)
                    append(contentsOf: (digits.count == 1 ? "\\u000" : "\\u00").utf8)
                    append(utf8: digits)
                default: append(byte)
                }
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends a tweet as one object, `{"seq":7,"time":"…","author":null,"text":"…","tags":["ops"]}`; an account's ends
    /// with `"account":true`.
    public mutating func appendJSON(_ tweet: WireTweet) {
        append(#"{"seq":"#)
        appendJSON(tweet.sequence)
        append(#","time":"#)
        appendJSON(tweet.time)
        append(#","author":"#)
        if let author = tweet.author { appendJSON(author) } else { append("null") }
        append(#","text":"#)
        appendJSON(tweet.text)
        append(#","tags":"#)
        appendJSON(tweet.tags)
        append(tweet.isByAccount ? #","account":true}"# : "}")
    }

    /// Appends a private message, `{"seq":7,"time":"…","from":"ana","to":["bob"],"text":"…","read":null}`; an account's
    /// ends with `"account":true`.
    public mutating func appendJSON(_ message: WireMessage) {
        append(#"{"seq":"#)
        appendJSON(message.sequence)
        append(#","time":"#)
        appendJSON(message.time)
        append(#","from":"#)
        appendJSON(message.sender)
        append(#","to":"#)
        appendJSON(message.recipients)
        append(#","text":"#)
        appendJSON(message.text)
        append(#","read":"#)
        appendJSON(message.readAt)
        append(message.isByAccount ? #","account":true}"# : "}")
    }

    /// Appends a line of the directory, `{"name":"Ana","status":"away","since":"…","account":true}`.
    public mutating func appendJSON(_ person: WirePerson) {
        append(#"{"name":"#)
        appendJSON(person.name)
        append(#","status":"#)
        appendJSON(person.status)
        append(#","since":"#)
        appendJSON(person.since)
        append(person.hasAccount ? #","account":true}"# : #","account":false}"#)
    }

    /// Appends a hashtag of a list, `{"tag":"ops","count":3,"seq":7,"time":"…"}`.
    public mutating func appendJSON(_ tag: WireTag) {
        append(#"{"tag":"#)
        appendJSON(tag.tag)
        append(#","count":"#)
        appendJSON(Int64(tag.count))
        append(#","seq":"#)
        appendJSON(tag.sequence)
        append(#","time":"#)
        appendJSON(tag.time)
        append("}")
    }

    /// Appends a blocked name of a list, `{"name":"bob","blocked":"…"}`.
    public mutating func appendJSON(_ block: WireBlock) {
        append(#"{"name":"#)
        appendJSON(block.name)
        append(#","blocked":"#)
        appendJSON(block.time)
        append("}")
    }

    /// Appends a token, `{"id":7,"may":"read","tag":"ops","label":null,"created":"…","expires":null}`; one for which
    /// anything but `read` is permitted has no `tag`, and a new one ends with `"token":"ttw_…"`.
    public mutating func appendJSON(_ token: WireToken) {
        append(#"{"id":"#)
        appendJSON(token.id)
        append(#","may":"#)
        appendJSON(token.may)
        if let tag = token.tag {
            append(#","tag":"#)
            appendJSON(tag)
        }
        append(#","label":"#)
        if let label = token.label { appendJSON(label) } else { append("null") }
        append(#","created":"#)
        appendJSON(token.created)
        append(#","expires":"#)
        appendJSON(token.expires)
        if let secret = token.secret {
            append(#","token":"#)
            appendJSON(secret.string)
        }
        append("}")
    }

    public mutating func appendJSON(_ number: Int64?) {
        append(contentsOf: (number.map { String($0) } ?? "null").utf8)
    }

    mutating func appendJSON(_ time: Timestamp?) {
        guard let time else { return append("null") }
        append("\"")
        time.append(to: &self)
        append("\"")
    }

    public mutating func appendJSON(_ strings: [String]) {
        append("[")
        for (index, string) in strings.enumerated() {
            if index > 0 { append(",") }
            appendJSON(string)
        }
        append("]")
    }
}
