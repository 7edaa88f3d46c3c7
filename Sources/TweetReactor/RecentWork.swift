import TweetSystem

/// The time that one connection's input has taken the loop lately.
///
/// A connection is light as long as that is little: it is served as soon as its input comes. One that takes more becomes
/// heavy, and stays so until it has rested: heavy connections take turns with each other in the time that the light ones
/// leave. Time counts, not requests or bytes: the most expensive line takes a thousand times as long as a plain one.
struct RecentWork {
    private var load = WorkTime.zero
    /// The end of the last piece of work, or the connection's beginning.
    private(set) var last: PreciseInstant
    private(set) var isHeavy = false

    /// - Parameter start: the time when the connection was made.
    init(from start: PreciseInstant) { last = start }

    /// Adds a piece of work, after reducing the load for the time that has passed.
    ///
    /// A process that the system has interrupted for some milliseconds must not make the connection heavy that it was
    /// serving: one piece counts at most as a share of a turn.
    mutating func add(from start: PreciseInstant, to end: PreciseInstant) {
        rest(until: end)
        if !isHeavy {
            load -= WorkTime(from: last, to: end) / ConnectionLimits.forgottenWork
            load += min(WorkTime(from: start, to: end), ConnectionLimits.shareOfTurn)
            isHeavy = load > ConnectionLimits.lightWork
        }
        last = end
    }

    /// Makes a heavy connection light again if it has rested.
    mutating func rest(until now: PreciseInstant) {
        guard isHeavy, WorkTime(from: last, to: now) >= ConnectionLimits.heavyRest else { return }
        isHeavy = false
        load = .zero
    }
}
