/// A media type that the server can send or read, in small letters: `text`, `html`.
public struct MediaType: Sendable {
    public let type: StaticString
    public let subtype: StaticString

    public init(_ type: StaticString, _ subtype: StaticString) {
        self.type = type
        self.subtype = subtype
    }
}

/// An element of an Accept field, or the value of a Content-Type: a type, parameters and a quality.
struct MediaRange {
    let type: UnsafeRawBufferPointer
    let subtype: UnsafeRawBufferPointer
    private(set) var hasParameters = false
    /// The quality in thousandths (RFC 9110, 12.4.2).
    private(set) var quality = 1000

    /// Parses `type/subtype`, with parameters; nil for anything else, or if a quality is invalid.
    init?(_ text: UnsafeRawBufferPointer) {
        var parts = ListElements(of: text, separatedBy: UInt8(ascii: ";"))
        guard text.first != UInt8(ascii: ";"), let name = parts.next(),
            let slash = name.firstIndex(of: UInt8(ascii: "/"), from: 0)
        else { return nil }
        type = name.part(0..<slash)
        subtype = name.part(slash + 1..<name.count)
        guard Self.isToken(type), Self.isToken(subtype) else { return nil }
        for parameter in parts {
            guard parameter.count >= 2, parameter.part(0..<2).equalsIgnoringCase("q=") else {
                hasParameters = true
                continue
            }
            guard let quality = Self.quality(parameter.part(2..<parameter.count)) else { return nil }
            self.quality = quality
        }
    }

    private static func isToken(_ text: UnsafeRawBufferPointer) -> Bool {
        !text.isEmpty && text.allSatisfy(ByteSet.token.contains)
    }

    /// Parses `0`, `0.7`, `1.000`: at most three digits behind the point, and at most 1.
    private static func quality(_ text: UnsafeRawBufferPointer) -> Int? {
        guard let first = text.first, text.count <= 5, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"),
            text.count < 2 || text[1] == UInt8(ascii: ".")
        else { return nil }
        var quality = Int(first - UInt8(ascii: "0")) * 1000
        var place = 100
        for digit in text.dropFirst(2) {
            guard digit.isDigit else { return nil }
            quality += Int(digit - UInt8(ascii: "0")) * place
            place /= 10
        }
        return quality <= 1000 ? quality : nil
    }

    /// How closely the range describes a media type; nil if it does not at all.
    ///
    /// A range with parameters means a variant that the server does not have, but is taken for the type itself if no
    /// closer range is there.
    func closeness(to media: MediaType) -> Int? {
        if type.equals("*") { return subtype.equals("*") ? 0 : nil }
        guard type.equalsIgnoringCase(media.type) else { return nil }
        if subtype.equals("*") { return 1 }
        return subtype.equalsIgnoringCase(media.subtype) ? (hasParameters ? 2 : 3) : nil
    }
}

extension RequestHead {
    /// Selects what the client prefers by its Accept field (RFC 9110, 12.5.1).
    ///
    /// - Parameter offers: what the server can send, the ones that it prefers first; a few.
    /// - Returns: the index of an offer; nil if the client accepts none. Without an Accept field it is 0.
    public func preferred(among offers: [MediaType]) -> Int? {
        guard let accept = self[.accept], !accept.equals("*/*") || isRepeated(.accept) else { return 0 }
        // The closest range to each offer so far; none is as close as -1.
        var closest = [(closeness: Int, quality: Int)](repeating: (-1, 0), count: offers.count)
        forEachElement(of: .accept) { element in
            guard let range = MediaRange(element) else { return }
            for (index, offer) in offers.enumerated() {
                guard let closeness = range.closeness(to: offer), closeness > closest[index].closeness else { continue }
                closest[index] = (closeness, range.quality)
            }
        }
        var best: (index: Int, quality: Int)?
        for (index, range) in closest.enumerated() where range.quality > best?.quality ?? 0 {
            best = (index, range.quality)
        }
        return best?.index
    }

    /// Whether the body has a media type, with any parameters.
    public func hasContent(_ media: MediaType) -> Bool {
        guard let value = self[.contentType], let range = MediaRange(value) else { return false }
        return range.type.equalsIgnoringCase(media.type) && range.subtype.equalsIgnoringCase(media.subtype)
    }
}
