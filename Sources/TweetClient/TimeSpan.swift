/// Spans of time as people write them, in milliseconds.
public enum TimeSpan {
    /// Seconds of the longest `--timeout`: a day.
    public static let longestTimeout: UInt64 = 86_400

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Reads a whole number with its unit, `90s`, `25h`; nil for anything else.
    public static func age(_ text: String) -> Int64? {
        let digits = text.utf8.prefix(while: isDigit)
        guard let number = wholeNumber(Substring(digits)),
            let unit = units.first(where: { $0.name.utf8.elementsEqual(text.utf8.dropFirst(digits.count)) })
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : milliseconds
    }

    /// Reads seconds, `10` or `0.25`; nil for anything else, for none and for more than ``longestTimeout``.
    ///
    /// What is finer than a millisecond is rounded up.
    public static func timeout(_ text: String) -> UInt64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = wholeNumber(parts[0]), seconds <= longestTimeout else { return nil }
        var milliseconds = UInt64(seconds) * 1000
        if parts.count == 2 {
            let fraction = parts[1].utf8
            guard !fraction.isEmpty, fraction.allSatisfy(isDigit) else { return nil }
            var weight: UInt64 = 100
            for digit in fraction.prefix(3) {
                milliseconds += UInt64(digit - UInt8(ascii: "0")) * weight
                weight /= 10
            }
            if fraction.dropFirst(3).contains(where: { $0 != UInt8(ascii: "0") }) { milliseconds += 1 }
        }
        return (1...longestTimeout * 1000).contains(milliseconds) ? milliseconds : nil
    }

    /// Reads decimal digits and nothing else, no sign either; nil where there are none or too many.
    static func wholeNumber(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy(isDigit) else { return nil }
        return Int64(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
