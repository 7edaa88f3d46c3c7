import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel

/// Writers under load and a server that is killed at random moments: acknowledged uploads survive once and in order.
///
/// `TTWEET_CRASH_ROUNDS` and `TTWEET_CRASH_SEED` repeat a run, as `scripts/crash` does. A moment is a number of
/// acknowledgements, so that the same seed gives the same moments, as far as threads allow.
@Suite(.ownThreads) struct CrashTests {
    private struct Stored: Hashable {
        let sequence: SequenceNumber
        let text: String
    }

    private let rounds = number("TTWEET_CRASH_ROUNDS") ?? 60
    private let seed = number("TTWEET_CRASH_SEED").map { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
    /// The parameters that repeat a failed run.
    private var comment: Comment { "seed \(seed), \(rounds) rounds" }
    private let directory: TemporaryDirectory
    private let ledger = Monitor(CrashLedger())

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    @Test func whatWasAcknowledgedSurvivesKillAtAnyMomentExactlyOnceAndInOrder() throws {
        print("crash test: \(rounds) rounds, seed \(seed)")
        var random = CrashRandom(seed: seed)
        var writers = (0..<6).map { CrashWriter(number: $0) }
        var session = 0
        for round in 0..<rounds {
            let resumes = round % 2 == 1
            let server = try ServerProcess(resumes ? ["--resume"] : [], in: directory)
            try checkStart(of: server, resumes: resumes, after: session)
            session = server.session
            let moment = Int.random(in: 0...300, using: &random)
            let depths = writers.map { _ in Int.random(in: 1...12, using: &random) }
            ledger.access { ledger in
                ledger.beginRound(killingAfter: moment) { server.signal(SIGKILL) }
            }
            writers = try run(writers, depths, makingMore: true, on: server)
            #expect(try server.process.wait() == .signal(SIGKILL))
        }
        ledger.access { $0.endRounds() }

        let server = try ServerProcess(["--resume"], in: directory)
        writers = try run(writers, writers.map { _ in 16 }, makingMore: false, on: server)
        try check(writers, server)
        #expect(try server.stop() == .exit(0))
    }

    /// Checks the state of a server that starts after a crash.
    private func checkStart(of server: ServerProcess, resumes: Bool, after session: Int) throws {
        let last = try server.connect().request(#"["d",""]"#).flatMap { CrashAnswer($0) }
        guard resumes else {
            #expect(server.session == session + 1, comment)
            #expect(last?.text == "Empty Message", comment)
            return
        }
        #expect(server.session == session, comment)
        // An upload that an earlier session stored is acknowledged again, but is not this session's last message.
        let (acknowledged, highest) = ledger.access { ($0.newInRound, $0.highestSequence) }
        if acknowledged > 0 { #expect(last?.sequence ?? 0 >= highest, comment) }
    }

    /// Runs every writer on a separate thread until its connection ends.
    private func run(
        _ writers: [CrashWriter], _ depths: [Int], makingMore: Bool, on server: ServerProcess
    ) throws -> [CrashWriter] {
        let ended = Monitor<[Int: CrashWriter]>([:])
        for (writer, depth) in zip(writers, depths) {
            Thread.detachNewThread { [ledger] in
                var writer = writer
                writer.run(port: server.port, depth: depth, makesMore: makingMore, ledger: ledger)
                let result = writer
                ended.access { $0[result.number] = result }
            }
        }
        let all = ended.wait { $0.count == writers.count ? $0 : nil }
        return try writers.map { writer in
            guard let ended = all?[writer.number] else { throw HarnessError("writer \(writer.number) does not end") }
            return ended
        }
    }

    /// Compares the store with the sent and the acknowledged uploads.
    private func check(_ writers: [CrashWriter], _ server: ServerProcess) throws {
        let ledger = ledger.access { $0 }
        let stored = try readAll(server)
        #expect(ledger.problems.prefix(3) == [], comment)
        #expect(!stored.isEmpty, comment)
        #expect(zip(stored, stored.dropFirst()).allSatisfy { $0.sequence < $1.sequence }, comment)

        let sequences = Dictionary(grouping: stored, by: \.text).mapValues { $0.map(\.sequence) }
        let wrong = ledger.acknowledged.filter { sequences[$0.key] != [$0.value] }
        #expect(wrong.prefix(3).map { "\($0) is stored as \(sequences[$0] ?? []), not \($1)" } == [], comment)
        #expect(sequences.keys.filter { !ledger.sent.contains($0) } == [], comment)
        // Every writer has all of its answers by now, so the store must hold all of its uploads in order.
        #expect(writers.allSatisfy { $0.unanswered.isEmpty }, comment)
        for writer in writers {
            let prefix = "#\(writer.tag) "
            let all = stored.map(\.text).filter { $0.hasPrefix(prefix) }
            let tagged = try readAll(server, #","tag":"\#(writer.tag)""#).map(\.text)
            #expect(firstDifference(all, from: writer.texts) == nil, comment)
            #expect(firstDifference(tagged, from: writer.texts) == nil, comment)
        }
        print("crash test: \(stored.count) uploads stored")
    }

    private func firstDifference(_ found: [String], from expected: [String]) -> String? {
        if let (found, expected) = zip(found, expected).first(where: { $0 != $1 }) {
            return "\(found) instead of \(expected)"
        }
        return found.count == expected.count ? nil : "\(found.count) instead of \(expected.count)"
    }

    /// Reads the store page by page.
    private func readAll(_ server: ServerProcess, _ members: String = "") throws -> [Stored] {
        let client = try server.connect()
        var all: [Stored] = []
        while true {
            let before = all.count
            try client.send(#"["d",{"since":\#(all.last?.sequence ?? 0),"count":1000\#(members)}]"# + "\n")
            while let line = try client.readLine(), let answer = CrashAnswer(line), answer.operation == "part" {
                all.append(Stored(sequence: answer.sequence ?? 0, text: answer.text ?? ""))
            }
            if all.count == before { return all }
        }
    }
}

/// A generator that repeats its numbers for the same seed.
private struct CrashRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64, by Sebastiano Vigna.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
