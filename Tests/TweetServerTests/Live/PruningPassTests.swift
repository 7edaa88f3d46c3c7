import Testing
import TweetJournal
import TweetModel

@testable import TweetServer

/// The order of the steps of a pass.
struct PruningPassTests {
    /// A table: the rows that are old, and the number of all rows.
    private struct Table {
        var old: Set<Int>
        let count: Int
    }

    /// Makes a whole pass over tables, each step of which looks at ten rows.
    ///
    /// - Returns: the steps, each with its kind and the row after which it looks.
    private func run(_ pass: inout PruningPass, _ tables: inout [PruningStep.Kind: Table]) -> [String] {
        var steps: [String] = []
        pass.begin()
        while let next = pass.next, steps.count < 1000 {
            steps.append("\(next.kind) \(next.place)")
            let table = tables[next.kind] ?? Table(old: [], count: 0)
            let end = min(Int(next.place) + 10, table.count)
            let removed = table.old.filter { $0 > next.place && $0 <= end }
            tables[next.kind]?.old.subtract(removed)
            var rows = PrunedRows(through: SequenceNumber(end))
            rows.count = removed.count
            rows.isAtEnd = end == table.count
            pass.note(rows)
        }
        return steps
    }

    @Test func anEmptyStoreTakesOneStepOfEachKind() {
        var pass = PruningPass()
        var tables: [PruningStep.Kind: Table] = [:]
        #expect(pass.next == nil)
        #expect(run(&pass, &tables) == ["tweets 0", "messages 0", "resets 0"])
    }

    @Test func stepsGoOnWhileTheyRemoveSomething() {
        var pass = PruningPass()
        var tables: [PruningStep.Kind: Table] = [.tweets: Table(old: Set(1...25), count: 100)]
        let steps = run(&pass, &tables)
        #expect(steps == ["tweets 0", "tweets 10", "tweets 20", "tweets 30", "tweets 40", "messages 0", "resets 0"])
        #expect(tables[.tweets]?.old == [])
    }

    /// Rows that stay are in front of old ones: messages that nobody reads, or tweets stamped by a clock that was wrong.
    @Test func oldRowsBehindOthersGoInALaterPass() {
        var pass = PruningPass()
        var tables: [PruningStep.Kind: Table] = [.messages: Table(old: Set(61...85), count: 100)]
        var passes = 0
        while tables[.messages]?.old.isEmpty == false, passes < 10 {
            #expect(run(&pass, &tables).count <= 8)
            passes += 1
        }
        #expect(passes == 6)
        // From the end it starts anew.
        for _ in 0..<10 where tables[.messages]?.old.isEmpty == true {
            if run(&pass, &tables).contains("messages 90") { break }
        }
        tables[.messages]?.old = [15]
        #expect(
            run(&pass, &tables).filter { $0.hasPrefix("messages") } == ["messages 0", "messages 10", "messages 20"])
        #expect(tables[.messages]?.old == [])
    }

    @Test func aPassThatIsEndedMakesNoFurtherStep() {
        var pass = PruningPass()
        pass.begin()
        pass.end()
        #expect(pass.next == nil)
    }
}
