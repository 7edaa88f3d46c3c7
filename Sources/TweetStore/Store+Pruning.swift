import TweetJournal
import TweetModel

/// Applies steps of pruning; see ``TweetJournal/PruningStep``.
///
/// The pages that removed rows leave are used by the next ones. Their texts are overwritten in the file at once (PRAGMA
/// secure_delete), and when a run of steps ends, the write-ahead log is emptied, which has them too.
extension Store {
    /// The work of removing a row, in rows to look at, besides its text.
    private static let workOfRow = 8
    /// The bytes of a tweet's text, and so of its hashtags, that count as much as a row to look at.
    private static let textBytesOfWork = 8

    func prune(_ step: PruningStep, _ numbers: EntryNumbers) throws(SQLiteError) -> Outcome {
        let rows =
            switch step.kind {
            case .tweets: try pruneTweets(step)
            case .messages: try pruneMessages(step)
            case .resets: try pruneResets(step)
            }
        if rows.count > 0 {
            // The rows that are gone may have had the greatest numbers.
            try keep(EntryNumbers(position: numbers.position, sequence: numbers.sequence - 1))
            hasPrunedTexts = true
        }
        if rows.count == 0 || rows.isAtEnd, hasPrunedTexts { hasErasedTexts = true }
        return .pruned(rows)
    }

    /// Looks at rows in their order until the step's work is done.
    ///
    /// - Parameters:
    ///   - statement: selects the sequences and times of the rows after a sequence.
    ///   - note: notes a row to remove, and returns the work that this takes besides ``workOfRow``.
    private func look(
        at statement: Statement, in step: PruningStep, note: (SequenceNumber, borrowing Row) -> Int
    ) throws(SQLiteError) -> PrunedRows {
        var rows = PrunedRows(through: step.start)
        var work = Int(step.work)
        try statement.bind(1, step.start)
        rows.isAtEnd = try statement.forEachRow { row in
            rows.through = row.integer(0)
            work -= 1
            if row.integer(1) < step.limit.milliseconds { work -= Self.workOfRow + note(rows.through, row) }
            return work > 0
        }
        return rows
    }

    private func pruneTweets(_ step: PruningStep) throws(SQLiteError) -> PrunedRows {
        var tweets: [PrunedRows.PrunedTweet] = []
        var texts: [String] = []
        var rows = try look(at: pruning.tweets, in: step) { sequence, row in
            let text = TweetText(stored: row.text(2) ?? "")
            tweets.append((sequence, text.hashtags.map(\.key)))
            texts.append(text.string)
            return text.string.utf8.count / Self.textBytesOfWork
        }
        rows.tweets = tweets
        rows.count = tweets.count
        for (tweet, text) in zip(tweets, texts) {
            try pruning.removeTweet.bind(1, tweet.sequence)
            try pruning.removeTweet.run()
            try removeWords(of: tweet.sequence, text)
            for key in tweet.keys {
                try pruning.removeHashtag.bind(1, key)
                try pruning.removeHashtag.bind(2, tweet.sequence)
                try pruning.removeHashtag.run()
            }
            tail?.remove(tweet.keys, of: tweet.sequence)
        }
        if !rowsUnderWay.isEmpty {
            let removed = Set(tweets.map(\.sequence))
            rowsUnderWay = rowsUnderWay.filter { !removed.contains($0.sequence) }[...]
        }
        return rows
    }

    private func pruneMessages(_ step: PruningStep) throws(SQLiteError) -> PrunedRows {
        var rows = PrunedRows(through: step.start)
        var work = Int(step.work)
        while work > 0, !rows.isAtEnd {
            try pruning.nextMessage.bind(1, rows.through)
            let next = try pruning.nextMessage.first {
                (sequence: $0.integer(0), time: $0.integer(1), sender: Name(stored: $0.text(2) ?? "").key)
            }
            guard let next else {
                rows.isAtEnd = true
                break
            }
            rows.through = next.sequence
            work -= 1
            guard next.time < step.limit.milliseconds else { continue }
            try pruning.removeRead.bind(1, next.sender)
            try pruning.removeRead.bind(2, next.sequence)
            try pruning.removeRead.bind(3, step.limit.milliseconds)
            try pruning.removeRead.run()
            var removed = database.changes
            try pruning.isDelivered.bind(1, next.sender)
            try pruning.isDelivered.bind(2, next.sequence)
            if try pruning.isDelivered.first({ _ in true }) == nil {
                try remove(pruning.removeMessage, next.sequence)
                rows.messages += 1
                removed += 1
            }
            rows.count += removed
            work -= 1 + Self.workOfRow * removed
        }
        return rows
    }

    private func pruneResets(_ step: PruningStep) throws(SQLiteError) -> PrunedRows {
        var resets: [SequenceNumber] = []
        var rows = try look(at: pruning.resets, in: step) { sequence, _ in
            resets.append(sequence)
            return 0
        }
        for reset in resets { try remove(pruning.removeReset, reset) }
        rows.count = resets.count
        return rows
    }

    /// Removes a reset or a message, whose id is known no longer.
    ///
    /// - Parameter statement: removes its row and returns the id.
    private func remove(_ statement: Statement, _ sequence: SequenceNumber) throws(SQLiteError) {
        try statement.bind(1, sequence)
        guard let id = try statement.first({ $0.text(0) }) ?? nil else { return }
        try pruning.removeOther.bind(1, id)
        try pruning.removeOther.run()
    }
}

/// The statements that prune.
struct PruningStatements {
    let tweets: Statement
    let removeTweet: Statement
    let removeHashtag: Statement
    let nextMessage: Statement
    let removeRead: Statement
    let isDelivered: Statement
    let removeMessage: Statement
    let resets: Statement
    let removeReset: Statement
    let removeOther: Statement

    init(_ database: Database) throws(SQLiteError) {
        tweets = try database.prepare("SELECT sequence, time, text FROM tweet WHERE sequence > ?1 ORDER BY sequence")
        removeTweet = try database.prepare("DELETE FROM tweet WHERE sequence = ?1")
        removeHashtag = try database.prepare("DELETE FROM hashtag WHERE tag = ?1 AND sequence = ?2")
        nextMessage = try database.prepare(
            "SELECT sequence, time, sender FROM message WHERE sequence > ?1 ORDER BY sequence LIMIT 1")
        removeRead = try database.prepare(
            """
            DELETE FROM delivery WHERE (recipient, message) IN (
                SELECT recipient, message FROM delivery INDEXED BY delivery_sent
                WHERE sender = ?1 AND message = ?2 AND reading IS NOT NULL AND read < ?3)
            """)
        isDelivered = try database.prepare(
            "SELECT 1 FROM delivery INDEXED BY delivery_sent WHERE sender = ?1 AND message = ?2 LIMIT 1")
        removeMessage = try database.prepare("DELETE FROM message WHERE sequence = ?1 RETURNING upload")
        // The newest reset tells where a continued session's tweets begin.
        resets = try database.prepare(
            """
            SELECT sequence, time FROM reset WHERE sequence > ?1 AND sequence < (SELECT max(sequence) FROM reset)
            ORDER BY sequence
            """)
        removeReset = try database.prepare("DELETE FROM reset WHERE sequence = ?1 RETURNING upload")
        removeOther = try database.prepare("DELETE FROM other_upload WHERE upload = ?1")
    }
}
