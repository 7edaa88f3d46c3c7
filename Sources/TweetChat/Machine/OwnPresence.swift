import TweetWire

/// How this person is seen by the others, over as many connections as it takes.
struct OwnPresence: Sendable {
    private(set) var isAway = false
    /// Whether the lists leave this person out.
    private(set) var isHidden = false

    /// Whoever types is back.
    mutating func typed() -> [ChatStep] {
        guard isAway else { return [] }
        isAway = false
        return [.request(.setAway(false), .back)]
    }

    mutating func wentAway() -> [ChatStep] {
        isAway = true
        return [.note("you are away until you type again")]
    }

    mutating func hid() -> [ChatStep] {
        isHidden = true
        return [.note("the lists leave you out now")]
    }

    mutating func showed() -> [ChatStep] {
        isHidden = false
        return [.note("the lists show you again")]
    }

    /// An account that was not logged in before is hidden by itself, whatever was before.
    mutating func loggedIn() { isHidden = false }

    /// Joins as before the connection was lost.
    ///
    /// - Parameter isGuest: a hidden guest joins unseen; an account stays hidden by itself.
    func join(isGuest: Bool) -> [ChatStep] {
        (isHidden && isGuest ? [.request(.setHidden(true), .ping)] : []) + [.request(.join, .join)]
            + (isAway ? [.request(.setAway(true), .ping)] : [])
    }
}
