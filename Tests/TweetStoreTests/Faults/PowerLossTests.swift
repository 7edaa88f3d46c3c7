import CSystem
import Synchronization
import TestSupport
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// A loss of power: data that was not synced may be lost, but acknowledged entries must not be.
struct PowerLossTests {
    /// The part of each file that the disk keeps.
    struct Loss: CustomTestStringConvertible {
        let keepsLog: Bool
        let keepsFile: Bool
        var testDescription: String { "log \(keepsLog ? "kept" : "lost"), file \(keepsFile ? "kept" : "lost")" }

        static let all = [true, false].flatMap { log in
            [true, false].map { Loss(keepsLog: log, keepsFile: $0) }
        }
    }

    /// The files on the disk when the power comes back.
    private func afterLoss(_ loss: Loss, of directory: TestDirectory) throws -> TestDirectory {
        var left = directory.disk.syncedFiles
        let now = try files(in: directory.data)
        if loss.keepsLog { left["store.sqlite-wal"] = now["store.sqlite-wal"] }
        if loss.keepsFile { left["store.sqlite"] = now["store.sqlite"] }
        return try TestDirectory(with: left)
    }

    @Test(arguments: Loss.all)
    func whatWasAcknowledgedIsThere(loss: Loss) throws {
        let directory = try TestDirectory()
        directory.disk.expectLossOfPower()
        let store = try directory.open()
        var acknowledged = 0
        for batch in 1...12 {
            let outcomes = try store.outcomes(of: (1...batch).map { try upload("\($0)", id: "\(batch).\($0)") })
            acknowledged += outcomes.count
            #expect(try afterLoss(loss, of: directory).open().tweets().count == acknowledged)
        }
    }

    @Test(arguments: Loss.all)
    func whatPeopleWereToldIsThere(loss: Loss) throws {
        let directory = try TestDirectory()
        directory.disk.expectLossOfPower()
        let store = try directory.open()
        _ = try store.outcomes(of: signUp("Ana", password: "old"))
        _ = try store.outcomes(of: signUp("Bob"))
        for round in 1...4 {
            let sent = try store.outcomes(of: message("\(round)", from: "Ana", to: "Ana", "Bob"))
            guard case .stored(let sequence)? = sent.first else {
                Issue.record("\(sent)")
                return
            }
            #expect(try afterLoss(loss, of: directory).open().pendingCount(of: "Bob") == 1)
            _ = try store.outcomes(of: reading(of: sequence, by: "Bob"))
            _ = try store.outcomes(of: passwordChange(of: "Ana", to: "\(round)"))
            let left = try afterLoss(loss, of: directory).open()
            #expect(try left.known("Ana").password == PasswordHash("\(round)"))
            #expect(try left.pending(of: "Ana").count == round)
            #expect(try left.pending(of: "Bob").count == 0)
            #expect(try left.archive(of: "Bob").count == round)
        }
        _ = try store.outcomes(of: removal(of: "Bob"))
        #expect(try afterLoss(loss, of: directory).open().account("Bob") == nil)
    }

    /// The first start writes its tables under a journal, which repairs pages that the disk has not kept.
    @Test func theFirstStartMayLeaveAHoleInPlaceOfItsPages() throws {
        var holes = 0
        for changes in 0... {
            let directory = try TestDirectory()
            directory.disk.die(afterChanges: changes)
            guard (try? directory.open()) == nil else { break }
            var left = try files(in: directory.data)
            guard let size = left["store.sqlite"]?.count, size > 0, left["store.sqlite-journal"]?.isEmpty == false,
                directory.disk.count(.sync, of: "store.sqlite") == 0
            else { continue }
            left["store.sqlite"] = [UInt8](repeating: 0, count: size)
            holes += 1
            #expect(try TestDirectory(with: left).open().outcomes(of: upload("one")).map(\.word) == ["stored 2"])
        }
        #expect(holes > 0)
    }

    @Test(arguments: Loss.all)
    func thePowerMayGoAtAnyStepOfACheckpoint(loss: Loss) throws {
        let directory = try TestDirectory()
        directory.disk.expectLossOfPower()
        do { try directory.open().journal.close() }
        let store = try Store(path: directory.storePath, durability: .full)
        let steps = Monitor<[TestDirectory]>([])
        for round in 1...2 {
            for _ in 0..<3 { _ = try store.append(Array(repeating: pageOfText(), count: 5)) }
            let calls = Atomic(0)
            directory.disk.beforeEach { operation, _ in
                // Every sync matters; of the writes between them, a sample is enough.
                let call = calls.add(1, ordering: .relaxed).newValue
                guard operation == .sync || call % 6 == 0 else { return }
                if let step = try? afterLoss(loss, of: directory) { steps.access { $0.append(step) } }
            }
            try store.checkpoint()
            directory.disk.beforeEach(nil)
            let taken = steps.access { steps in
                defer { steps = [] }
                return steps
            }
            #expect(taken.count >= 5)
            for step in taken { #expect(try step.open().tweets().count == round * 15) }
        }
    }

    /// Without a sync for each commit, a loss of power takes the last commits in order and leaves no gap.
    @Test(arguments: Loss.all)
    func withoutSyncsTheLastCommitsMayBeLostInOrder(loss: Loss) throws {
        let directory = try TestDirectory()
        directory.disk.expectLossOfPower()
        let store = try directory.open(durability: .normal)
        for number in 1...30 { _ = try store.outcomes(of: upload("\(number)")) }
        let left = try afterLoss(loss, of: directory).open().tweets()
        #expect(left == (1..<left.count + 1).map { "\($0 + 1) \($0)" })
        #expect(left.count == (loss.keepsLog ? 30 : 0))
    }
}
