import CSQLite
import CSystem
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// A directory for one test, on a faulty disk; both are removed with this object.
final class TestDirectory: Sendable {
    private let directory: TemporaryDirectory
    let disk = FaultyDisk()

    init() throws {
        directory = try TemporaryDirectory()
        FaultyFileSystem.mount(disk, at: data)
    }

    deinit {
        FaultyFileSystem.unmount(data)
    }

    var path: String { directory.path }

    /// The data directory of ``open(resume:durability:time:)``.
    var data: String { path + "/data" }
    var storePath: String { data + "/store.sqlite" }

    /// Opens the store as a starting server does.
    ///
    /// - Parameter tailRows: a small number, so that small tests have rows of hashtags both in the index and in the
    /// tail.
    func open(
        resume: Bool = false, durability: Durability = .full, maximumBytes: Int64? = nil, tailRows: Int = 4
    ) throws -> TestStore {
        let opened = try OpenStore(
            try lockData(), durability: durability, resume: resume, time: Timestamp(milliseconds: 0),
            maximumBytes: maximumBytes, tailRows: tailRows)
        return TestStore(opened, in: self)
    }

    /// Locks the directory; the lock may outlive its owner for a moment, since a child process that another test has
    /// forked shares it until it executes its program.
    private func lockData() throws -> DataDirectory {
        for _ in 0..<100_000 {
            do throws(StoreError) {
                return try DataDirectory(path: data)
            } catch {
                guard case .inUse = error else { throw error }
                sched_yield()
            }
        }
        return try DataDirectory(path: data)
    }

    /// A copy of this directory in its present state, as kill -9 would leave it to the next process.
    func afterKill() throws -> TestDirectory {
        // A store's thread may be erasing; a kill stops it between two of its calls.
        var copy = try disk.standingStill { try files(in: data) }
        copy["store.sqlite-shm"] = nil
        return try TestDirectory(with: copy)
    }

    /// Opens the store in the data directory alone, without a journal's thread or a reader.
    func openStore() throws -> Store {
        let data = try DataDirectory(path: data)
        try data.prepareStoreFiles()
        return try Store(path: data.storePath, durability: .full)
    }

    /// Makes a directory whose data directory contains the given files.
    convenience init(with files: [String: [UInt8]]) throws {
        try self.init()
        try #require(mkdir(data, 0o700) == 0)
        for (name, bytes) in files { try write(bytes, to: data + "/" + name) }
    }
}

/// An open store, and the directory that contains it.
final class TestStore {
    /// The open store; nil once it is closed, so that the directory is unlocked.
    private var opened: OpenStore?
    private var proposed: UInt64 = 0
    private var taken: UInt64 = 0
    private var lastPosition: JournalPosition?
    let directory: TestDirectory

    init(_ opened: OpenStore, in directory: TestDirectory) {
        self.opened = opened
        self.directory = directory
    }

    var journal: LocalJournal { store.journal }
    var reader: StoreReader { store.reader }
    var session: Session { store.session }

    /// Closes the store as a stopping server does.
    func close() {
        opened?.close()
        opened = nil
    }

    private var store: OpenStore {
        guard let opened else { preconditionFailure("the store is closed") }
        return opened
    }

    /// Appends entries as one batch, and waits for their outcomes.
    func outcomes(of entries: Entry...) throws -> [Outcome] { try outcomes(of: entries) }

    func outcomes(of entries: [Entry]) throws -> [Outcome] {
        propose(entries)
        journal.submit()
        return try awaitOutcomes(entries.count)
    }

    func propose(_ entries: [Entry]) {
        for entry in entries {
            journal.propose(entry, Ticket(number: proposed))
            proposed += 1
        }
    }

    /// Waits for a number of outcomes; the test ends if the journal gives none for a time that shows that it is broken.
    func awaitOutcomes(_ count: Int) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        while outcomes.count < count {
            for applied in try awaitNews(where: { !$0.applied.isEmpty }).applied {
                #expect(applied.ticket?.number == taken, "entries come back in their order")
                taken += 1
                switch applied.outcome {
                case .unavailable, .storeFull: #expect(applied.position == nil)
                case .unknown:
                    #expect(applied.position == nil)
                    // It may have been stored, with a position.
                    lastPosition = nil
                default:
                    let position = try #require(applied.position)
                    #expect(lastPosition == nil || position == lastPosition?.next)
                    lastPosition = position
                }
                outcomes.append(applied.outcome)
            }
        }
        return outcomes
    }

    /// Waits for news of the journal that meet a condition.
    ///
    /// It may wake the loop for news that were taken a moment ago.
    func awaitNews(where isAwaited: (JournalNews) -> Bool) throws -> JournalNews {
        while true {
            let news = journal.takeNews()
            if isAwaited(news) { return news }
            try #require(try Poll.wait(number: journal.newsDescriptor, toWrite: false, until: Patience.deadline))
        }
    }

    /// The reason why the journal stores nothing more; only while nothing is under way.
    var failure: String? {
        let news = journal.takeNews()
        #expect(news.applied.isEmpty)
        return news.failure
    }

    /// Every tweet of the store, or of a hashtag, as its sequence and text.
    func tweets(of tag: Hashtag? = nil) throws -> [String] {
        var cursor = TweetCursor(after: 0, of: tag.map { [$0] } ?? [], atMost: .max)
        var tweets: [String] = []
        try reader.read(&cursor, atMost: .max) { tweet in
            tweets.append("\(tweet.sequence) \(tweet.text.string)")
            return true
        }
        return tweets
    }
}

/// An entry that fills a page of the store by itself, with a longer text than an upload may have.
func pageOfText(id: String? = nil) -> Entry {
    .tweetUploaded(
        time: Timestamp(milliseconds: 0), author: nil, text: TweetText(stored: String(repeating: "x", count: 4000)),
        id: id.flatMap(UploadID.init))
}

/// The upload of a text.
func upload(_ text: String, id: String? = nil, time: Int64 = 0) throws -> Entry {
    .tweetUploaded(
        time: Timestamp(milliseconds: time), author: nil, text: try TweetText(text), id: id.flatMap(UploadID.init))
}

func reset(id: String? = nil) -> Entry {
    .lastMessageReset(time: Timestamp(milliseconds: 0), id: id.flatMap(UploadID.init))
}

/// A step of pruning.
func pruning(
    _ kind: PruningStep.Kind, before limit: Int64, after start: SequenceNumber = 0, work: UInt16 = 2048
) -> Entry {
    .pruned(
        time: Timestamp(milliseconds: limit),
        PruningStep(kind, before: Timestamp(milliseconds: limit), after: start, work: work))
}

extension Outcome {
    /// The outcome in a word or two, without the reason of a failure.
    var word: String {
        switch self {
        case .stored(let sequence): "stored \(sequence)"
        case .duplicate(let tweet): "duplicate of \(tweet.sequence)"
        case .duplicateReset: "duplicate reset"
        case .duplicateMessage(let message): "duplicate message \(message.sequence.map(String.init) ?? "unstored")"
        case .read(let sequence, let count): "read \(count) \(sequence)"
        case .pruned(let rows): "pruned \(rows.count)"
        case .nameTaken(let name): "taken \(name.string)"
        case .noAccount(let name): "no account \(name.string)"
        case .notTaken(let name, let reason): "not taken by \(name.string): \(reason)"
        case .tooManyBlocked(let name): "too many blocked by \(name.string)"
        case .tooManyTokens(let name): "too many tokens of \(name.string)"
        case .noToken(let id): "no token \(id)"
        case .passwordReplaced(let name): "replaced \(name.string)"
        case .unavailable: "unavailable"
        case .storeFull: "full"
        case .unknown: "unknown"
        }
    }
}
