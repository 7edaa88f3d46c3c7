/// The chat's state for a front, besides the lines to show: computed from the machine, never the other way round.
public struct ChatView: Sendable {
    public let status: ChatStatus
    public let question: Question?
    /// How often the question has changed by itself, or a password was not asked for that may already be typed; see
    /// ``TypeAheadGuard`` for the effect on the input.
    public let typeAheadResets: Int
    /// Whether the next line can be taken: a script's line is left unread until then.
    public let wantsInput: Bool
    let roster: Roster
    let recentWords: RecentWords

    /// Names for Tab completion.
    public var knownNames: [String] { roster.all + recentWords.names }
    /// Hashtags for Tab completion.
    public var knownTags: [String] { recentWords.tags }
    /// The people who are here, in order, at most this many.
    public func peopleHere(_ count: Int) -> [String] { roster.first(count) }
}
