import CSystem

/// The Date field of answers, which is written once a second (RFC 9110, 5.6.7 and 6.6.1).
public struct HTTPDate: Sendable {
    private var secondsSince1970: Int64
    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end, and the empty line that ends a head.
    private(set) var lastLine: [UInt8]

    /// The moments with a year of four digits, until 9999-12-31T23:59:59Z.
    private static let written: ClosedRange<Int64> = 0...253_402_300_799
    private static let days: StaticString = "SunMonTueWedThuFriSat"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// - Parameter secondsSince1970: the time of day; one before 1970 or after 9999 becomes the nearest moment in range.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
        lastLine = Self.lastLine(secondsSince1970)
    }

    /// Changes the time, which costs next to nothing within the same second.
    public mutating func update(secondsSince1970: Int64) {
        guard secondsSince1970 != self.secondsSince1970 else { return }
        self = HTTPDate(secondsSince1970: secondsSince1970)
    }

    private static func lastLine(_ secondsSince1970: Int64) -> [UInt8] {
        var moment = time_t(min(max(secondsSince1970, written.lowerBound), written.upperBound))
        var date = tm()
        gmtime_r(&moment, &date)
        var line: [UInt8] = []
        line.reserveCapacity(39)
        line.append("Date: ")
        line.append(word: Int(date.tm_wday), of: days)
        line.append(", ")
        line.append(twoDigits: date.tm_mday)
        line.append(" ")
        line.append(word: Int(date.tm_mon), of: months)
        line.append(" ")
        line.append(twoDigits: (date.tm_year + 1900) / 100)
        line.append(twoDigits: (date.tm_year + 1900) % 100)
        line.append(" ")
        line.append(twoDigits: date.tm_hour)
        line.append(":")
        line.append(twoDigits: date.tm_min)
        line.append(":")
        line.append(twoDigits: date.tm_sec)
        line.append(" GMT\r\n\r\n")
        return line
    }
}

extension [UInt8] {
    fileprivate mutating func append(twoDigits number: CInt) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends one word of a text that consists of words of three letters.
    fileprivate mutating func append(word index: Int, of words: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: words.utf8Start + 3 * index, count: 3))
    }
}
