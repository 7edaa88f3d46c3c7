/// Waits for the end of a paste: one whose end mark does not come in time is lost, and its rest is dropped until a person
/// goes on.
struct PasteWait: Hashable, Sendable {
    /// Whether the end has not come in time.
    private(set) var isLost = false
    /// Whether a person has gone on, and nothing has come behind that yet: it may be part of the paste all the same.
    private var isEntered = false
    /// When something of the paste came last.
    private var last: UInt64

    /// A paste begins.
    init(at now: UInt64) {
        last = now
    }

    /// When the paste is lost, or the rest of a lost one is over; `UInt64.max` never.
    var deadline: UInt64 {
        if isLost { return isEntered ? last + ChatLimits.escapeSilence : .max }
        return last + ChatLimits.pasteSilence
    }

    /// How long nothing of the paste has come.
    func silence(at now: UInt64) -> UInt64 { now - last }

    /// Something of the paste has come in time.
    mutating func came(at now: UInt64) { last = now }

    mutating func lose() { isLost = true }

    /// Something has come that is dropped.
    ///
    /// - Parameters:
    ///   - isEnter: whether it is what a person goes on with: only alone, behind this silence, it is one's.
    mutating func dropped(isEnter: Bool, after silence: UInt64, at now: UInt64) {
        isEntered = isEnter && silence >= ChatLimits.escapeSilence
        last = now
    }

    /// Something more has come, perhaps only the beginning of it: what came before was not alone.
    mutating func goesOn() { isEntered = false }
}
