/// The chat as a front sees it, besides the lines that it is given to show: made from the machine's state, never the
/// other way round.
public struct ChatView: Sendable {
    public let status: ChatStatus
    public let question: Question?
    /// How often the question has changed by itself, or a password was not asked for that is perhaps typed already; see
    /// ``TypeAheadGuard`` for what that does to the input.
    public let typeAheadResets: Int
    /// Whether the next line can be taken: a script's is left unread until then.
    public let wantsInput: Bool
    let roster: Roster
    let recentWords: RecentWords

    /// Names for Tab.
    public var knownNames: [String] { roster.all + recentWords.names }
    /// Hashtags for Tab.
    public var knownTags: [String] { recentWords.tags }
    /// The people who are here, in order, at most this many.
    public func peopleHere(_ count: Int) -> [String] { roster.first(count) }
}
