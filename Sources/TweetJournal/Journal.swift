/// The one ordered record of all that must not be lost.
///
/// Entries come back in its order, whoever has proposed them: only then do they change what clients see. Belongs to the
/// loop's thread. The local one is SQLite's file on this machine; a replicated one can stand behind the same calls.
public protocol Journal: AnyObject {
    /// Takes an entry; a later ``takeApplied()`` returns it with its ticket, once.
    func propose(_ entry: Entry, _ ticket: Ticket)

    /// Hands over all proposals since the last call; once at the end of a turn.
    func submit()

    /// The descriptor that the loop watches: readable when ``takeApplied()`` has something to return.
    var appliedDescriptor: CInt { get }

    /// The entries that were settled since the last call, in the order of the journal.
    func takeApplied() -> [Applied]

    /// Makes the submitted proposals durable, and ends.
    func close()
}
