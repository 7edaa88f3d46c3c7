/// The single ordered record of all durable changes.
///
/// Entries are returned in its order, whichever process proposed them, and only then change what clients see. Belongs
/// to the loop's thread. The local journal is an SQLite file on this machine; a replicated journal can implement the
/// same calls.
public protocol Journal: AnyObject {
    /// Proposes an entry; a later ``takeApplied()`` returns it once, with its ticket.
    func propose(_ entry: Entry, _ ticket: Ticket)

    /// Submits all proposals since the last call; called at the end of a turn.
    func submit()

    /// The descriptor that the loop watches; readable when ``takeApplied()`` has entries to return.
    var appliedDescriptor: CInt { get }

    /// The entries that were decided since the last call, in the order of the journal.
    func takeApplied() -> [Applied]

    /// The reason why the journal will store nothing more, whatever happens to its disk; nil while it can.
    ///
    /// ``appliedDescriptor`` becomes readable when it changes. All later proposals are ``Outcome/unavailable(_:)``.
    var failure: String? { get }

    /// Makes the submitted proposals durable and closes the journal.
    func close()
}
