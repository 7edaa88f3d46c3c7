import CSystem
import TweetModel

/// Local time; see localtime(3).
enum LocalTimeOffset {
    /// The seconds that local time is ahead of UTC at a moment; 0 if unknown.
    static func secondsFromUTC(_ moment: Timestamp) -> Int {
        var seconds = time_t(moment.milliseconds / 1000)
        var local = tm()
        return localtime_r(&seconds, &local) == nil ? 0 : local.tm_gmtoff
    }
}

extension Timestamp {
    /// The same moment as shown by a clock that is this many seconds ahead of UTC.
    func shifted(bySeconds seconds: Int) -> Timestamp {
        adding(milliseconds: Int64(seconds).multipliedSaturated(by: 1000))
    }
}
