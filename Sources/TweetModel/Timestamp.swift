import CSystem

/// A moment in UTC with the resolution of reports and tweets: milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    /// The moments with a year of four digits, 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
    private static let written: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    private static let dayMilliseconds = 86_400_000
    /// 0000-01-01, in days since 1970-01-01.
    private static let firstDay = -719_528

    /// The length of `2026-11-21T05:03:00.123Z` in bytes.
    public static let textBytes = 24

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// ISO 8601 with milliseconds, `2026-11-21T05:03:00.123Z`; before year 0 and after year 9999 the nearest moment in
    /// range.
    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textBytes)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the 24 bytes of ``text``.
    public func append(to bytes: inout [UInt8]) {
        let moment = min(max(milliseconds, Self.written.lowerBound), Self.written.upperBound)
        // Counted from the earliest moment, so that nothing is negative.
        let counted = Int(moment - Self.written.lowerBound)
        let date = CivilDate(daysSince1970: counted / Self.dayMilliseconds + Self.firstDay)
        let inDay = counted % Self.dayMilliseconds
        bytes.append("0000-00-00T00:00:00.000Z")
        let start = bytes.count - Self.textBytes
        bytes.withUnsafeMutableBufferPointer { bytes in
            func add(_ value: Int, _ count: Int, at offset: Int) {
                var rest = value
                for place in (start + offset..<start + offset + count).reversed() {
                    bytes[place] += UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
            }
            add(date.year, 4, at: 0)
            add(date.month, 2, at: 5)
            add(date.day, 2, at: 8)
            add(inDay / 3_600_000, 2, at: 11)
            add(inDay / 60_000 % 60, 2, at: 14)
            add(inDay / 1000 % 60, 2, at: 17)
            add(inDay % 1000, 3, at: 20)
        }
    }

    /// Parses the format of ``text``; nil for anything else, including a date that does not exist.
    public init?(_ text: String) {
        let pattern = Array("dddd-dd-ddTdd:dd:dd.dddZ".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == pattern.count else { return nil }
        for (byte, expected) in zip(bytes, pattern) {
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            guard expected == UInt8(ascii: "d") ? isDigit : byte == expected else { return nil }
        }
        func number(_ start: Int, _ count: Int) -> Int {
            bytes[start..<start + count].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        let date = CivilDate(year: number(0, 4), month: number(5, 2), day: number(8, 2))
        let inDay = ((number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2)) * 1000 + number(20, 3)
        self.init(milliseconds: Int64(date.daysSince1970 * Self.dayMilliseconds + inDay))
        // The 31st of February has become a date in March, so its text differs.
        guard self.text == text else { return nil }
    }
}

extension Timestamp {
    /// The time of day by the system's clock, which may be set; see clock_gettime(2).
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec).multipliedSaturated(by: 1000)).adding(
            milliseconds: Int64(time.tv_nsec) / 1_000_000)
    }
}
