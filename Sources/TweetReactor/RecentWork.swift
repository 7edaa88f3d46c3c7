import TweetSystem

/// The time that one connection's input has taken the loop lately.
///
/// A connection is light as long as that is little: it is served as soon as its input comes. One that takes more becomes
/// heavy, and stays so until it has rested: heavy connections take turns with each other in the time that the light ones
/// leave. Time counts, not requests or bytes: the most expensive line takes a thousand times as long as a plain one.
struct RecentWork {
    private var spent = Duration.zero
    /// The time of the last addition.
    private(set) var last = PreciseInstant(nanoseconds: 0)
    private(set) var isHeavy = false

    /// Adds work, after forgetting what the time since the last addition makes up for.
    mutating func add(_ span: Duration, at now: PreciseInstant) {
        rest(until: now)
        if !isHeavy {
            // A process that the system has interrupted for some milliseconds must not make the connection heavy that it
            // was serving: one piece of work counts at most as its share of a turn.
            let counted = min(span, ConnectionLimits.shareOfTurn)
            spent = max(.zero, spent - now.since(last) / ConnectionLimits.forgottenWork) + counted
            isHeavy = spent > ConnectionLimits.lightWork
        }
        last = now
    }

    /// Makes a heavy connection light again if it has rested.
    mutating func rest(until now: PreciseInstant) {
        guard isHeavy, now.since(last) >= ConnectionLimits.heavyRest else { return }
        isHeavy = false
        spent = .zero
    }
}
