import TweetJournal
import TweetModel

/// The tables, and how an older store becomes this one.
///
/// - `session`, `tweet`, `reset` and `message` are the local journal: each row is an entry, whole, under its sequence
///   and with its position in the journal; only the texts of messages are erased that nobody can read any more. Rows of
///   older versions have no position.
/// - `hashtag` and `other_upload` are made from them and could be made again. The newest tweets are not in `hashtag`
///   yet: see ``HashtagTail``. The latter has the ids of resets and of
///   messages, so that a tweet's id is looked up once more and not twice.
/// - `account` and `delivery` are what the other entries have come to: their rows are changed in place and removed, so
///   `latest` keeps the sequence of the newest such entry, and the position of the newest that no row has.
///
/// Names are compared and indexed by their keys, and shown as they were written: `account.key`, `delivery.recipient`
/// and `delivery.sender` are keys.
enum Schema {
    /// Says that a file is a ttweet store ("ttwt"); see PRAGMA application_id.
    static let applicationID: Int64 = 0x7474_7774

    /// One step for each version; a store of version N has taken the first N.
    ///
    /// Never changed once released.
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
        // `created` and `changed` are sequences, `pending` counts what waits for the account. `recipients` are names
        // with spaces between them. `reading` is the sequence of the entry that has read a message, `read` its time.
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
        // The rule of what a hashtag is has changed: all tweets are indexed anew, which `Store.reindexMore` does.
        // `reindexing` says up to which sequence; it is there until that is done, and so is the former index.
        """
        ALTER TABLE hashtag RENAME TO former_hashtag;
        CREATE TABLE hashtag (
            tag TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (tag, sequence)) WITHOUT ROWID;
        CREATE TABLE reindexing (sequence INTEGER NOT NULL);
        INSERT INTO reindexing VALUES (0);
        """,
        // Entries get positions. An older store's last position is its last sequence.
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
        // The rule has changed again. A store may come here while it is still being indexed by the rule before: then
        // there are two former indexes, and both are removed at the pace of the new one. Rows of new tweets are written
        // behind from now on: `indexed` says up to which sequence they are there.
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
    ]

    /// The tables of former indexes, which are there until all tweets are indexed anew.
    static let formerIndexes = ["former_hashtag", "former_hashtag_4"]

    /// The kind of a file, as far as opening it goes.
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
        if version > steps.count { return .newer(version: version) }
        return version < steps.count ? .older(version: version) : .current
    }

    /// Takes the steps that an older store has not taken, in one transaction.
    static func migrate(_ database: Database, from version: Int) throws(SQLiteError) {
        try database.execute("BEGIN IMMEDIATE; PRAGMA application_id = \(applicationID)")
        for step in steps[version...] { try database.execute(step) }
        if version == 0 { try endReindexing(in: database) }
        try database.execute("PRAGMA user_version = \(steps.count); COMMIT")
    }

    /// Notes that all tweets are indexed; a new store has none.
    static func endReindexing(in database: Database) throws(SQLiteError) {
        for table in formerIndexes + ["reindexing"] { try database.execute("DROP TABLE \(table)") }
    }

    /// The sequence of the last entry; 0 when there was none.
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

    /// The position of the last entry that was applied.
    ///
    /// Positions grow with sequences, so each table's greatest is in its last row.
    static func lastPosition(of database: Database) throws(SQLiteError) -> JournalPosition {
        let rows = ["session", "tweet", "reset", "message"].map { table in
            "coalesce((SELECT position FROM \(table) ORDER BY sequence DESC LIMIT 1), 0)"
        }
        return JournalPosition(
            try database.integer("SELECT max(\(rows.joined(separator: ", ")), (SELECT position FROM latest))") ?? 0)
    }
}
