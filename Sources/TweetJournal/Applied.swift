/// Identifies a proposal within the process that made it.
public struct Ticket: Hashable, Sendable {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }
}

/// An entry that the journal has decided: it is committed and in the store, or its outcome says why it may not be.
public struct Applied: Sendable {
    /// The entry's place in the journal; nil if the outcome is ``Outcome/unavailable(_:)``, ``Outcome/storeFull`` or
    /// ``Outcome/unknown(_:)``.
    public let position: JournalPosition?
    public let entry: Entry
    public let outcome: Outcome
    /// The proposal that the entry comes from; nil if another process made it.
    public let ticket: Ticket?

    public init(position: JournalPosition?, entry: Entry, outcome: Outcome, ticket: Ticket?) {
        self.position = position
        self.entry = entry
        self.outcome = outcome
        self.ticket = ticket
    }
}
