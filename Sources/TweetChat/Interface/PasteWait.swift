import TweetSystem

/// Waits for the end of a paste: without an end mark in time it is lost, and its rest is dropped until the person
/// presses Enter.
struct PasteWait: Hashable, Sendable {
    /// Whether the end mark did not arrive in time.
    private(set) var isLost = false
    /// Whether an Enter has arrived and nothing after it yet: it may still be part of the paste.
    private var isEntered = false
    /// The time when part of the paste last arrived.
    private var last: Instant

    /// Begins to wait.
    init(at now: Instant) {
        last = now
    }

    /// The time when the paste is lost, or when a lost one is over.
    var deadline: Instant {
        if isLost { return isEntered ? last + ChatLimits.escapeSilence : .never }
        return last + ChatLimits.pasteSilence
    }

    /// The time since part of the paste last arrived.
    func silence(at now: Instant) -> Duration { now - last }

    /// Notes that part of the paste has arrived in time.
    mutating func came(at now: Instant) { last = now }

    mutating func lose() { isLost = true }

    /// Notes that input has arrived that is dropped.
    ///
    /// - Parameters:
    ///   - isEnter: whether it is an Enter: it counts as a person's only if it arrives alone after this silence.
    mutating func dropped(isEnter: Bool, after silence: Duration, at now: Instant) {
        isEntered = isEnter && silence >= ChatLimits.escapeSilence
        last = now
    }

    /// Notes that more has arrived, maybe only the beginning of it: the Enter before it was not alone.
    mutating func goesOn() { isEntered = false }
}
