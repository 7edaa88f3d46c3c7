import CSystem

/// Comparing text that is bytes: field names, tokens and values are compared without making strings.
extension UnsafeRawBufferPointer {
    /// Whether these are the bytes of a text.
    public func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        guard let base = baseAddress else { return true }
        return memcmp(base, text.utf8Start, count) == 0
    }

    /// Whether these are the bytes of a text if ASCII letters of both cases are the same.
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where self[index].asciiLowercase != other[index].asciiLowercase { return false }
        return true
    }

    /// Whether two texts have the same bytes if ASCII letters of both cases are the same.
    public func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index].asciiLowercase != other[index].asciiLowercase { return false }
        return true
    }

    /// A part of these bytes, with its own index 0.
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

    /// The index of a byte from `start` on.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard let base = baseAddress, start < count, let found = memchr(base + start, CInt(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    /// These bytes without spaces and tabs around them (RFC 9110, 5.6.3).
    public var trimmed: UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, self[start].isSpaceOrTab { start += 1 }
        while end > start, self[end - 1].isSpaceOrTab { end -= 1 }
        return part(start..<end)
    }

    /// The bytes as elements of a known type, which appending to an array copies at once.
    var elements: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: baseAddress?.assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// Whether the bytes are UTF-8.
    var isUTF8: Bool {
        do {
            _ = try UTF8Span(validating: elements.span)
            return true
        } catch {
            return false
        }
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")

    var isSpaceOrTab: Bool { self == 0x20 || self == 0x09 }
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    /// The small letter of a capital one, any other byte unchanged.
    var asciiLowercase: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }

    /// The value of a hexadecimal digit; nil for any other byte.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a whole number in decimal digits, without making a string.
    mutating func append(decimal number: Int) {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "-"))
        var start = digits.count
        var rest = number.magnitude
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if number < 0 { start -= 1 }
        for index in start..<digits.count { append(digits[index]) }
    }
}

/// The elements of a field whose value is a list (RFC 9110, 5.6.1): trimmed, empty ones left out.
///
/// A comma between double quotes separates nothing.
public struct ListElements: Sequence, IteratorProtocol {
    private let list: UnsafeRawBufferPointer
    private let separator: UInt8
    private var position = 0

    public init(of list: UnsafeRawBufferPointer) { self.init(of: list, separatedBy: UInt8(ascii: ",")) }

    init(of list: UnsafeRawBufferPointer, separatedBy separator: UInt8) {
        self.list = list
        self.separator = separator
    }

    public mutating func next() -> UnsafeRawBufferPointer? {
        while position < list.count {
            let start = position
            position = endOfElement()
            let element = list.part(start..<position).trimmed
            position += 1
            if !element.isEmpty { return element }
        }
        return nil
    }

    private func endOfElement() -> Int {
        var index = position
        var isQuoted = false
        while index < list.count {
            switch list[index] {
            case separator where !isQuoted: return index
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\") where isQuoted: index += 1
            default: break
            }
            index += 1
        }
        return list.count
    }
}
