/// Spans of time as typed: `5`, `0.5`, `90s`, `1.5h`, `500ms`.
public enum TimeSpan {
    /// The format of a span, for an error message.
    public static let rule = "seconds, or a number with ms, s, m, h or d, such as 0.5, 90s or 25h, at most 3650d"

    /// The longest span, ten years: a longer one is a mistake.
    static let longest: Duration = .seconds(3650 * 86_400)

    private static let units: [(name: String, milliseconds: UInt64)] = [
        ("", 1000), ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Parses a number, optionally with a fraction, and its unit; the default unit is the second.
    ///
    /// A fraction of a millisecond is rounded up.
    ///
    /// - Returns: nil for anything else and for more than ``longest``.
    public static func duration(_ text: String) -> Duration? {
        let whole = text.utf8.prefix(while: isDigit)
        var rest = text.utf8.dropFirst(whole.count)
        var fraction = Substring().utf8
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: isDigit)
            rest = rest.dropFirst(1 + fraction.count)
            if fraction.isEmpty { return nil }
        }
        guard let number = wholeNumber(Substring(whole)),
            let unit = units.first(where: { $0.name.utf8.elementsEqual(rest) })?.milliseconds
        else { return nil }
        let (product, overflow) = UInt64(number).multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let span = Duration.milliseconds(product) + .milliseconds(part(fraction, of: unit))
        return span <= longest ? span : nil
    }

    /// The digits after a decimal point, as a part of a unit, rounded up.
    private static func part(_ fraction: Substring.UTF8View, of unit: UInt64) -> UInt64 {
        // Twelve digits are finer than a millisecond of the longest unit; further ones only round up.
        var numerator: UInt64 = 0
        var denominator: UInt64 = 1
        for digit in fraction.prefix(12) {
            numerator = numerator * 10 + UInt64(digit - UInt8(ascii: "0"))
            denominator *= 10
        }
        let (high, low) = numerator.multipliedFullWidth(by: unit)
        let (quotient, remainder) = denominator.dividingFullWidth((high, low))
        let isMore = remainder > 0 || fraction.dropFirst(12).contains { $0 != UInt8(ascii: "0") }
        return quotient + (isMore ? 1 : 0)
    }

    /// Parses decimal digits, without a sign; nil if there are none, too many, or other characters.
    public static func wholeNumber(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy(isDigit) else { return nil }
        return Int64(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
