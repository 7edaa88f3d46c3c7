import TweetWire

/// The presence that others see of this person, across connections.
struct OwnPresence: Sendable {
    private(set) var isAway = false
    /// Whether the lists leave this person out.
    private(set) var isHidden = false

    /// Marks the person as back when something is typed.
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
        return [.note("the lists no longer show you")]
    }

    mutating func showed() -> [ChatStep] {
        isHidden = false
        return [.note("the lists show you again")]
    }

    /// Resets the state after a new log-in: the server remembers whether the account is hidden.
    mutating func loggedIn() { isHidden = false }

    /// Joins again after the connection was lost.
    ///
    /// - Parameter isGuest: a hidden guest has to join hidden; the server remembers whether an account is hidden.
    func join(isGuest: Bool) -> [ChatStep] {
        (isHidden && isGuest ? [.request(.setHidden(true), .ping)] : []) + [.request(.join, .join)]
            + (isAway ? [.request(.setAway(true), .ping)] : [])
    }
}
