/// The one ordered record of all that must not be lost.
///
/// Belongs to the loop's thread.
///
/// The local one is SQLite's file on this machine; a replicated one can stand behind the same calls.
public protocol Journal: AnyObject {
    /// Takes an entry. Its outcome comes from a later ``takeOutcomes()``, in the order of the entries.
    func append(_ entry: Entry)

    /// Hands over what was appended since the last time; once at the end of a turn.
    func submit()

    /// What the loop watches for input: readable when there are outcomes.
    var outcomesDescriptor: CInt { get }

    /// The outcomes that have come, each once.
    func takeOutcomes() -> [Outcome]

    /// Makes what was submitted durable, and ends.
    func close()
}
