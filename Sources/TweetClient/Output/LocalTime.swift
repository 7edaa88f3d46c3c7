import CSystem
import TweetModel

/// Moments in local time: in the time zone of the machine, or of `TZ`.
enum LocalTime {
    /// The time as `2026-11-21 06:03:00`; in UTC if the machine cannot convert it.
    static func text(of moment: Timestamp) -> String {
        // Rounded down, also before 1970.
        let (whole, rest) = moment.milliseconds.quotientAndRemainder(dividingBy: 1000)
        var seconds = time_t(rest < 0 ? whole - 1 : whole)
        var fields = tm()
        guard localtime_r(&seconds, &fields) != nil else { return moment.text }
        func digits(_ value: some BinaryInteger, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date =
            "\(digits(Int(fields.tm_year) + 1900, 4))-\(digits(fields.tm_mon + 1, 2))-\(digits(fields.tm_mday, 2))"
        return "\(date) \(digits(fields.tm_hour, 2)):\(digits(fields.tm_min, 2)):\(digits(fields.tm_sec, 2))"
    }
}
