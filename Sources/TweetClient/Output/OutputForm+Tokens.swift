import TweetModel
public import TweetWire

extension OutputForm {
    /// A new token, the only time that anybody sees it: alone on its line, so that a script can keep it.
    public func bytes(forNew token: WireToken) -> [UInt8] {
        var bytes: [UInt8] = []
        if self == .json {
            bytes.appendSteerless { $0.appendJSON(token) }
            return bytes
        }
        bytes.append(contentsOf: "\(token.secret?.string ?? "")\n".utf8)
        return bytes + doneBytes
    }

    /// Tokens: `ID send, LABEL, since TIME, until TIME`; the numbers alone in the bare form.
    ///
    /// - Parameter isTerminal: whether to escape text that could steer a terminal; evaluated only for such text.
    public func bytes(for tokens: [WireToken], isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        if self == .json {
            for token in tokens { bytes.appendSteerless { $0.appendJSON(token) } }
            return bytes
        }
        let escapes = tokens.contains(where: \.steersTerminal) && isTerminal()
        for token in tokens {
            bytes.append(contentsOf: String(token.id).utf8)
            if self != .bare {
                bytes.append(" ")
                bytes.append(token.may, escapes: escapes)
                if let tag = token.tag { bytes.append(" #" + tag, escapes: escapes) }
                if let label = token.label { bytes.append(", " + label, escapes: escapes) }
                if let created = token.created { bytes.append(contentsOf: ", since \(created.text)".utf8) }
                if let expires = token.expires { bytes.append(contentsOf: ", until \(expires.text)".utf8) }
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Hashtags: `#TAG COUNT, last at TIME`; the hashtags alone in the bare form.
    ///
    /// - Parameter isTerminal: the same as for tokens.
    public func bytes(for tags: [WireTag], isTerminal: @autoclosure () -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        if self == .json {
            for tag in tags { bytes.appendSteerless { $0.appendJSON(tag) } }
            return bytes
        }
        let escapes = tags.contains(where: \.tag.steersTerminal) && isTerminal()
        for tag in tags {
            bytes.append("#" + tag.tag, escapes: escapes)
            if self != .bare {
                bytes.append(contentsOf: " \(tag.count)".utf8)
                if let time = tag.time { bytes.append(contentsOf: ", last at \(time.text)".utf8) }
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

extension WireToken {
    fileprivate var steersTerminal: Bool {
        may.steersTerminal || tag?.steersTerminal ?? false || label?.steersTerminal ?? false
    }
}
