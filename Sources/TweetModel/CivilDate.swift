/// A date of the Gregorian calendar, years 0 to 9999, and its number of days since 1970-01-01.
///
/// The algorithm is Howard Hinnant's `days_from_civil` and `civil_from_days`. gmtime_r(3) and timegm(3) would do the
/// same, but they read the machine's time zone file first: 7 % of a one-shot client's time.
struct CivilDate {
    let year: Int
    /// The month, 1 to 12.
    let month: Int
    /// The day of the month, 1 to 31.
    let day: Int

    /// Days in 400 years: the calendar repeats after them.
    private static let eraDays = 146_097
    /// Days from 1 March of year -400, where counting starts so that nothing is negative, to 1970-01-01.
    private static let epoch = 719_468 + eraDays

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// - Parameter daysSince1970: the number of days, within the supported years.
    init(daysSince1970: Int) {
        let days = daysSince1970 + Self.epoch
        let era = days / Self.eraDays
        let dayOfEra = days % Self.eraDays
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        // Years start in March here, so that the leap day is the last day of a year.
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 - 400 + (month <= 2 ? 1 : 0)
    }

    /// A day after the end of its month continues into the next month, as with timegm(3).
    var daysSince1970: Int {
        let yearFromMarch = year + 400 - (month <= 2 ? 1 : 0)
        let yearOfEra = yearFromMarch % 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return yearFromMarch / 400 * Self.eraDays + dayOfEra - Self.epoch
    }
}
