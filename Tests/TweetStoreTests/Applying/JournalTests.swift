import CSystem
import Synchronization
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// The journal's thread: the order, group commit, and the end.
struct JournalTests {
    private let directory: TestDirectory
    private let store: TestStore

    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        // The log's first commit also syncs its header; the tests count only later ones.
        _ = try store.outcomes(of: upload("first"))
    }

    /// The number of syncs of the log, one for each commit.
    private var commits: Int { directory.disk.count(.sync, of: "-wal") }

    @Test func whatIsSubmittedTogetherIsOneCommit() throws {
        let before = commits
        let outcomes = try store.outcomes(of: try (1...500).map { try upload("\($0)") })
        #expect(outcomes.map(\.word) == (3...502).map { "stored \($0)" })
        #expect(commits - before == 1)
    }

    @Test func whatIsSubmittedAloneIsACommitOfItsOwn() throws {
        let before = commits
        for number in 1...5 { _ = try store.outcomes(of: upload("\(number)")) }
        #expect(commits - before == 5)
    }

    @Test func whatIsSubmittedDuringACommitIsCommittedTogether() throws {
        let gate = Gate()
        directory.disk.beforeEach { operation, name in
            if operation == .sync, name.hasSuffix("-wal") { gate.pass() }
        }
        store.propose([try upload("slow")])
        store.journal.submit()
        try gate.awaitArrival()
        for number in 1...50 {
            store.propose([try upload("\(number)")])
            store.journal.submit()
        }
        let before = commits
        gate.open()
        #expect(try store.awaitOutcomes(51).map(\.word) == (3...53).map { "stored \($0)" })
        #expect(commits - before == 1)
    }

    @Test func nothingIsAnsweredBeforeItIsSynced() throws {
        let gate = Gate()
        directory.disk.beforeEach { operation, name in
            if operation == .sync, name.hasSuffix("-wal") { gate.pass() }
        }
        store.propose([try upload("one")])
        store.journal.submit()
        try gate.awaitArrival()
        #expect(store.journal.takeNews().applied.isEmpty)
        gate.open()
        #expect(try store.awaitOutcomes(1).map(\.word) == ["stored 3"])
    }

    @Test func nothingIsHandedOverBeforeItIsSubmitted() throws {
        store.propose([try upload("one")])
        store.propose([try upload("two")])
        #expect(try Poll.wait(number: store.journal.newsDescriptor, toWrite: false, until: .now) == false)
        store.journal.submit()
        #expect(try store.awaitOutcomes(2).map(\.word) == ["stored 3", "stored 4"])
    }

    @Test func anEmptySubmissionDoesNothing() throws {
        let before = commits
        store.journal.submit()
        store.journal.close()
        #expect(commits == before + 3, "closing alone syncs: a new edition, in two commits, and its checkpoint")
        #expect(store.journal.takeNews().applied.isEmpty)
    }

    @Test func outcomesComeInTheOrderOfTheEntries() throws {
        var expected: [String] = []
        for round in 0..<40 {
            for number in 0..<round {
                let entry = number % 3 == 0 ? reset() : try upload("\(round) \(number)")
                store.propose([entry])
                expected.append("stored \(expected.count + 3)")
            }
            store.journal.submit()
        }
        #expect(try store.awaitOutcomes(expected.count).map(\.word) == expected)
    }

    @Test func eachOutcomeComesOnce() throws {
        #expect(try store.outcomes(of: upload("one")).count == 1)
        #expect(store.journal.takeNews().applied.isEmpty)
        #expect(try Poll.wait(number: store.journal.newsDescriptor, toWrite: false, until: .now) == false)
    }

    @Test func closingCommitsWhatWasSubmitted() throws {
        for number in 1...100 { store.propose([try upload("\(number)")]) }
        store.journal.submit()
        store.journal.close()
        #expect(store.journal.takeNews().applied.map(\.outcome.word) == (3...102).map { "stored \($0)" })
        #expect(try store.tweets().count == 101)
    }

    @Test func closingTwiceIsClosing() throws {
        store.journal.close()
        store.journal.close()
        #expect(try store.tweets() == ["2 first"])
    }

    @Test func closingMovesTheLogIntoTheFile() throws {
        _ = try store.outcomes(of: upload("one"))
        store.journal.close()
        // The file alone is then a whole store, so a copy of it is a backup.
        let copy = try TestDirectory(with: ["store.sqlite": try contents(of: directory.storePath)])
        #expect(try copy.open().tweets() == ["2 first", "3 one"])
    }

    @Test func theLogDoesNotGrowWithoutEnd() throws {
        // Each tweet takes a page; in all they take three times the pages after which a checkpoint is due.
        let batch = Store.checkpointPages / 8
        for _ in 0..<24 { _ = try store.outcomes(of: Array(repeating: pageOfText(), count: batch)) }
        let pages = try contents(of: directory.storePath + "-wal").count / 4096
        #expect(pages < 2 * Store.checkpointPages)
    }
}

/// A place where a thread waits until the test lets it continue.
final class Gate: Sendable {
    private let arrival: WakeUp
    private let opening: WakeUp
    private let isOpen = Atomic(false)

    init() {
        guard let arrival = try? WakeUp(), let opening = try? WakeUp() else { fatalError("no pipe") }
        self.arrival = arrival
        self.opening = opening
    }

    /// Waits until the gate is open, the first time.
    func pass() {
        if isOpen.load(ordering: .acquiring) { return }
        arrival.signal()
        opening.wait()
    }

    /// Waits until a thread has arrived; if none does, the test ends.
    func awaitArrival() throws {
        try #require(try Poll.wait(number: arrival.descriptorNumber, toWrite: false, until: Patience.deadline))
        arrival.clear()
    }

    /// Lets the waiting thread and all later ones pass.
    func open() {
        isOpen.store(true, ordering: .releasing)
        opening.signal()
    }
}
