import TweetJournal
import TweetModel

/// Keeps the index of words behind the commits.
///
/// The index is a table of FTS5, without a copy of the texts (`content=''`), since the table `tweet` has them, and without
/// places (`detail=none`), since a search asks only whether a word is there. FTS5's own tokenizers would not do: the one
/// for words takes a run of Han or kana for one word, and the one for substrings needs three characters of it, where most
/// words have two. So ``TweetModel/SearchWords`` makes the terms, folded, with single letters and pairs of such runs, and
/// FTS5's tokenizer `ascii` only separates them at the spaces.
///
/// No upload waits for the index: rows are written once no entry has come for a while, and a store that is never idle
/// takes a small step now and then. A search looks through the tweets that the index does not have yet: see
/// ``SearchCursor``. The writer removes the words of pruned tweets with them; FTS5 then still has these in its older
/// segments, beside the note of their removal, until all segments are merged into one, which also happens in steps.
extension Store {
    /// Tweets that one step indexes: about a millisecond of work.
    static let wordsAtOnce = 128
    /// Entries behind which the index may lie before a busy store takes a step.
    static let longestWordTail: SequenceNumber = 4096
    /// Pages that one step of merging writes, about.
    fileprivate static let mergedPages = 32

    /// Whether tweets may be missing in the index, or its segments are to be merged.
    var hasWordsToIndex: Bool { wordsEnd < nextSequence - 1 || hasPrunedWords }

    /// Whether so many tweets are missing that a busy store indexes some, too.
    var isWordTailLong: Bool {
        (nextSequence - 1).subtractingSaturated(wordsEnd) >= Self.longestWordTail
    }

    /// Indexes the next tweets; once none is left, merges the index after tweets were pruned.
    ///
    /// - Throws: ``CommitError/unknown(_:)`` for a failure of the disk.
    func indexWords() throws(CommitError) -> Erasing {
        var isCommitting = false
        do throws(SQLiteError) {
            guard hasWordsToIndex else { return .done }
            // Nobody waits for what a step writes: it becomes durable with the next entry. After a power failure it is
            // written again.
            try database.execute("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE")
            let end = try indexNextWords()
            var isMerged = false
            if end == nil, hasPrunedWords { isMerged = try !mergeWords() }
            let used = try pages.bytes()
            isCommitting = true
            try database.execute("COMMIT; PRAGMA synchronous = \(durability.rawValue)")
            usedBytes = used
            wordsEnd = end ?? (nextSequence - 1)
            if isMerged {
                hasPrunedWords = false
                // The log has what the segments had.
                hasErasedTexts = true
            }
            return hasWordsToIndex ? .underWay : .done
        } catch {
            if database.isInTransaction { try? database.execute("ROLLBACK") }
            try? database.execute("PRAGMA synchronous = \(durability.rawValue)")
            if error.isFull || error.isPassing || error.isOfReading || !isCommitting { return .blocked }
            throw .unknown(error)
        }
    }

    /// - Returns: the sequence up to which the index has all tweets now; nil if none was left.
    private func indexNextWords() throws(SQLiteError) -> SequenceNumber? {
        var tweets: [(sequence: SequenceNumber, terms: String)] = []
        try words.next.bind(1, wordsEnd)
        _ = try words.next.forEachRow { row in
            tweets.append((row.integer(0), SearchWords(of: row.text(1) ?? "").terms))
            return true
        }
        guard let last = tweets.last?.sequence else { return nil }
        for tweet in tweets {
            try words.insert.bind(1, tweet.sequence)
            try words.insert.bind(2, tweet.terms)
            try words.insert.run()
        }
        try words.noteEnd.bind(1, last)
        try words.noteEnd.run()
        return last
    }

    /// Removes a pruned tweet from the index, which must have exactly these words of it.
    ///
    /// If the rule for words ever changes, a step of the schema has to make the index again.
    func removeWords(of sequence: SequenceNumber, _ text: String) throws(SQLiteError) {
        guard sequence <= wordsEnd else { return }
        try words.remove.bind(1, sequence)
        try words.remove.bind(2, SearchWords(of: text).terms)
        try words.remove.run()
        try words.notePruned.run()
        hasPrunedWords = true
    }

    /// Merges some pages of the index's segments, so that nothing is left of removed tweets.
    ///
    /// - Returns: whether there may be more to merge.
    private func mergeWords() throws(SQLiteError) -> Bool {
        let before = database.totalChanges
        try words.merge.run()
        // FTS5 tells by the number of changed rows: one is the command itself.
        if database.totalChanges - before >= 2 { return true }
        try words.noteMerged.run()
        return false
    }
}

/// The statements that keep the index of words.
struct WordStatements {
    let next: Statement
    let insert: Statement
    let noteEnd: Statement
    let remove: Statement
    let notePruned: Statement
    let merge: Statement
    let noteMerged: Statement

    init(_ database: Database) throws(SQLiteError) {
        next = try database.prepare(
            "SELECT sequence, text FROM tweet WHERE sequence > ?1 ORDER BY sequence LIMIT \(Store.wordsAtOnce)")
        insert = try database.prepare("INSERT INTO tweet_word (rowid, terms) VALUES (?1, ?2)")
        noteEnd = try database.prepare("UPDATE search SET sequence = ?1")
        remove = try database.prepare("INSERT INTO tweet_word (tweet_word, rowid, terms) VALUES ('delete', ?1, ?2)")
        notePruned = try database.prepare("UPDATE search SET pruned = 1")
        merge = try database.prepare(
            "INSERT INTO tweet_word (tweet_word, rank) VALUES ('merge', -\(Store.mergedPages))")
        noteMerged = try database.prepare("UPDATE search SET pruned = 0")
    }
}
