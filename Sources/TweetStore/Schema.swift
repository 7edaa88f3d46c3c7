import TweetJournal
import TweetModel

/// The tables, and the migration of older stores.
///
/// - `session`, `tweet`, `reset` and `message` are the local journal: each row is a complete entry, with its sequence
///   and its position in the journal. Only the texts of messages that nobody can read any more are erased, and old rows
///   are pruned, with their ids. Rows of older versions have no position.
/// - `tweet_word` is derived from `tweet`, too: the newest tweets are not in it yet, see ``Store/indexWords()``.
/// - `hashtag` and `other_upload` are derived from them and could be rebuilt. The newest tweets are not in `hashtag`
///   yet: see ``HashtagTail``. `other_upload` has the ids of both resets and messages, so that a new tweet's id needs
///   one further look-up instead of two.
/// - `account` and `delivery` are the result of applying the other entries: their rows are updated in place and
///   removed, so `latest` keeps the sequence of the newest such entry, and the position of the newest entry that no row
///   has; both are those of the newest step of pruning, which may have removed the last rows. `erasure` has the removed accounts whose deliveries are still to be removed: see ``Store/eraseMore()``.
///
/// `block` has the names from which an account takes no messages, whoever has them. `token` has the tokens of accounts by
/// the hashes of their secrets.
///
/// Names are compared and indexed by their keys, and shown as they were written: `account.key`, `delivery.recipient`,
/// `delivery.sender`, `block.owner`, `block.sender` and `token.owner` are keys.
enum Schema {
    /// Marks a file as a ttweet store ("ttwt"); see PRAGMA application_id.
    static let applicationID: Int64 = 0x7474_7774

    /// The migration steps, one for each version; a store of version N has taken the first N.
    ///
    /// A step never changes once released.
    static let steps = [
        """
        CREATE TABLE session (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL UNIQUE, time INTEGER NOT NULL);
        CREATE TABLE tweet (
            sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, author TEXT, upload TEXT, text TEXT NOT NULL);
        CREATE UNIQUE INDEX tweet_upload ON tweet (upload) WHERE upload IS NOT NULL;
        CREATE TABLE reset (sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, upload TEXT);
        CREATE UNIQUE INDEX reset_upload ON reset (upload) WHERE upload IS NOT NULL;
        CREATE TABLE hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        """,
        // `created` and `changed` are sequences, `pending` counts the account's unread messages. `recipients` are names
        // separated by spaces. `reading` is the sequence of the entry that marked a message as read, `read` its time.
        """
        CREATE TABLE account (
            key TEXT PRIMARY KEY, name TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
            time INTEGER NOT NULL, password TEXT NOT NULL, hidden INTEGER NOT NULL, pending INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE INDEX account_visible ON account (key) WHERE hidden = 0;
        CREATE TABLE message (
            sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
            upload TEXT, text TEXT NOT NULL);
        CREATE TABLE other_upload (upload TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO other_upload SELECT upload, sequence FROM reset WHERE upload IS NOT NULL;
        CREATE TABLE delivery (
            recipient TEXT NOT NULL, message INTEGER NOT NULL, sender TEXT NOT NULL, read INTEGER, reading INTEGER,
            PRIMARY KEY (recipient, message)) WITHOUT ROWID;
        CREATE INDEX delivery_pending ON delivery (recipient, message) WHERE reading IS NULL;
        CREATE INDEX delivery_archived ON delivery (recipient, message) WHERE reading IS NOT NULL;
        CREATE INDEX delivery_sent ON delivery (sender, message, recipient);
        CREATE TABLE latest (sequence INTEGER NOT NULL);
        INSERT INTO latest VALUES (0);
        """,
        // The rule for hashtags has changed: `Store.reindexMore` indexes all tweets again. `reindexing` keeps the
        // sequence that it has reached; it exists until that is done, and so does the former index.
        """
        ALTER TABLE hashtag RENAME TO former_hashtag;
        CREATE TABLE hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE reindexing (sequence INTEGER NOT NULL);
        INSERT INTO reindexing VALUES (0);
        """,
        // Entries now have positions. An older store's last position is its last sequence.
        """
        ALTER TABLE session ADD COLUMN position INTEGER;
        ALTER TABLE tweet ADD COLUMN position INTEGER;
        ALTER TABLE reset ADD COLUMN position INTEGER;
        ALTER TABLE message ADD COLUMN position INTEGER;
        ALTER TABLE latest ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
        UPDATE latest SET position = max(
            (SELECT coalesce(max(sequence), 0) FROM session), (SELECT coalesce(max(sequence), 0) FROM tweet),
            (SELECT coalesce(max(sequence), 0) FROM reset), (SELECT coalesce(max(sequence), 0) FROM message), sequence);
        """,
        // The rule has changed again. A store may reach this step while it is still being reindexed by the previous
        // rule: then there are two former indexes, and both are removed while the new one grows. Index rows of new
        // tweets are written later from now on: `indexed` is the sequence up to which they exist.
        """
        CREATE TABLE indexed (sequence INTEGER NOT NULL);
        INSERT INTO indexed SELECT coalesce(max(sequence), 0) FROM tweet;
        ALTER TABLE hashtag RENAME TO former_hashtag_4;
        CREATE TABLE hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS former_hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS reindexing (sequence INTEGER NOT NULL);
        DELETE FROM reindexing;
        INSERT INTO reindexing VALUES (0);
        """,
        // The rule has changed again.
        """
        UPDATE indexed SET sequence = (SELECT coalesce(max(sequence), 0) FROM tweet);
        ALTER TABLE hashtag RENAME TO former_hashtag_5;
        CREATE TABLE hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS former_hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS former_hashtag_4 (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS reindexing (sequence INTEGER NOT NULL);
        DELETE FROM reindexing;
        INSERT INTO reindexing VALUES (0);
        """,
        // Messages of removed accounts are erased in steps. `message` is the sequence of the removal.
        """
        CREATE TABLE erasure (
            recipient TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (recipient, message)) WITHOUT ROWID;
        """,
        // Whether the author of a tweet or a message was logged in to an account, 0 or 1; NULL where older versions did
        // not note it.
        """
        ALTER TABLE tweet ADD COLUMN by_account INTEGER;
        ALTER TABLE message ADD COLUMN by_account INTEGER;
        """,
        // `pending_from` counts the unread messages of each origin: an account's key, or '' for all guests together.
        """
        CREATE TABLE pending_from (
            recipient TEXT NOT NULL, origin TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (recipient, origin))
            WITHOUT ROWID;
        INSERT INTO pending_from
            SELECT a.key, CASE WHEN m.by_account THEN d.sender ELSE '' END, count(*)
            FROM account AS a JOIN delivery AS d ON d.recipient = a.key AND d.message > a.created
            JOIN message AS m ON m.sequence = d.message WHERE d.reading IS NULL GROUP BY 1, 2;
        CREATE TABLE block (
            owner TEXT NOT NULL, sender TEXT NOT NULL, name TEXT NOT NULL, time INTEGER NOT NULL,
            PRIMARY KEY (owner, sender)) WITHOUT ROWID;
        """,
        // `id` is the sequence of the entry that made the token; `kind` is a number of `TokenScope`.
        """
        CREATE TABLE token (
            id INTEGER PRIMARY KEY, owner TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, tag TEXT,
            label TEXT, created INTEGER NOT NULL, expires INTEGER);
        CREATE INDEX token_owner ON token (owner, id);
        """,
        // The words of tweets, written later: `sequence` is that up to which `tweet_word` has them, and `pruned` says
        // whether it may still have words of pruned ones; see `Store.indexWords`.
        """
        CREATE VIRTUAL TABLE tweet_word USING fts5(
            terms, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars '_'");
        CREATE TABLE search (sequence INTEGER NOT NULL, pruned INTEGER NOT NULL);
        INSERT INTO search VALUES (0, 0);
        """,
    ]

    /// The tables of former indexes, which exist until all tweets are reindexed.
    static let formerIndexes = ["former_hashtag", "former_hashtag_4", "former_hashtag_5"]

    /// The state of a file, which decides whether and how it can be opened.
    enum State {
        case current
        case older(version: Int)
        case newer(version: Int)
        case foreign
    }

    static func state(of database: Database) throws(SQLiteError) -> State {
        let version = Int(try database.integer("PRAGMA user_version") ?? 0)
        let application = try database.integer("PRAGMA application_id") ?? 0
        let isNew = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
        guard application == applicationID || isNew && application == 0 && version == 0 else { return .foreign }
        if version < 0 { return .foreign }
        if version > steps.count { return .newer(version: version) }
        return version < steps.count ? .older(version: version) : .current
    }

    /// Runs the steps that an older store lacks, in one transaction.
    static func migrate(_ database: Database, from version: Int) throws(SQLiteError) {
        try database.execute("BEGIN IMMEDIATE; PRAGMA application_id = \(applicationID)")
        for step in steps[version...] { try database.execute(step) }
        if version == 0 { try endReindexing(in: database) }
        try database.execute("PRAGMA user_version = \(steps.count); COMMIT")
    }

    /// Ends the reindexing, once all tweets are indexed; a new store has none.
    static func endReindexing(in database: Database) throws(SQLiteError) {
        for table in formerIndexes + ["reindexing"] { try database.execute("DROP TABLE \(table)") }
    }

    /// The sequence of the last entry; 0 if there is none.
    static func lastSequence(of database: Database) throws(SQLiteError) -> SequenceNumber {
        try database.integer(
            """
            SELECT max((SELECT coalesce(max(sequence), 0) FROM session),
                       (SELECT coalesce(max(sequence), 0) FROM tweet),
                       (SELECT coalesce(max(sequence), 0) FROM reset),
                       (SELECT coalesce(max(sequence), 0) FROM message),
                       (SELECT sequence FROM latest))
            """) ?? 0
    }

    /// The least of the numbers that the store continues from; nil if one of them is missing.
    static func leastNumber(of database: Database) throws(SQLiteError) -> Int64? {
        let rows = ["session", "tweet", "reset", "message"].map { "coalesce((SELECT min(sequence) FROM \($0)), 0)" }
        return try database.integer(
            """
            SELECT min(\(rows.joined(separator: ", ")), (SELECT sequence FROM latest), (SELECT position FROM latest),
                       (SELECT sequence FROM indexed))
            """)
    }

    /// The position of the last entry that was applied.
    ///
    /// Positions grow with sequences, so each table's last row has its greatest position.
    static func lastPosition(of database: Database) throws(SQLiteError) -> JournalPosition {
        let rows = ["session", "tweet", "reset", "message"].map { table in
            "coalesce((SELECT position FROM \(table) ORDER BY sequence DESC LIMIT 1), 0)"
        }
        return JournalPosition(
            try database.integer("SELECT max(\(rows.joined(separator: ", ")), (SELECT position FROM latest))") ?? 0)
    }
}
