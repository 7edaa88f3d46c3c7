import TweetJournal
import TweetModel
import TweetReactor
import TweetSystem

/// A pass over all that may be pruned, step by step: no I/O and no clock.
///
/// Each kind of rows gets two runs of steps. A run goes on for as long as its steps remove something. The first one
/// starts at the oldest row, where the old ones are. The second one goes on where that of the last pass has ended, for
/// those behind rows that stay: messages that nobody reads, and tweets that a wrong clock has stamped. So it comes by
/// everywhere, a step in each pass.
struct PruningPass {
    private struct Run {
        let kind: PruningStep.Kind
        let isSecond: Bool
        /// The sequence after which the next step looks.
        var place: SequenceNumber
    }

    /// The runs that are left, the current one first.
    private var runs: ArraySlice<Run> = []
    /// Where the second run of a kind starts.
    private var places: [PruningStep.Kind: SequenceNumber] = [:]

    /// The next step's rows, and the sequence after which it looks; nil when the pass is over.
    var next: (kind: PruningStep.Kind, place: SequenceNumber)? { runs.first.map { ($0.kind, $0.place) } }

    mutating func begin() {
        runs =
            PruningStep.Kind.allCases.flatMap { kind in
                [false, true].map { Run(kind: kind, isSecond: $0, place: $0 ? places[kind] ?? 0 : 0) }
            }[...]
    }

    /// Notes what the current step has removed.
    mutating func note(_ rows: PrunedRows) {
        guard let run = runs.first else { return }
        if rows.count > 0, !rows.isAtEnd {
            runs[runs.startIndex].place = rows.through
            return
        }
        runs.removeFirst()
        if run.isSecond || rows.isAtEnd { places[run.kind] = rows.isAtEnd ? 0 : rows.through }
        guard !run.isSecond, let second = runs.first, second.kind == run.kind else { return }
        // The second run does not look again at what the first one has seen.
        if rows.isAtEnd { runs.removeFirst() } else { runs[runs.startIndex].place = max(second.place, rows.through) }
    }

    /// Ends the pass: its step was not made.
    mutating func end() { runs = [] }
}

/// The wall clock as pruning sees it: one that leaps ahead makes everything old, and what is pruned is lost.
struct PruningClock {
    private var last: (wall: Timestamp, monotonic: Instant)?

    /// Notes both clocks, and tells how much the wall clock has gained since the last time; nil if that is little.
    ///
    /// The monotonic clock stands still while the machine sleeps, so that this is a leap, too.
    mutating func leap(_ wall: Timestamp, _ monotonic: Instant) -> Duration? {
        defer { last = (wall, monotonic) }
        guard let last else { return nil }
        let (milliseconds, overflow) = wall.milliseconds.subtractingReportingOverflow(last.wall.milliseconds)
        if overflow { return wall > last.wall ? .milliseconds(Int64.max) : nil }
        let gain = .milliseconds(milliseconds) - (monotonic - last.monotonic)
        return gain > ServerLimits.clockLeap ? gain : nil
    }
}

/// The state of the server's pruning.
struct Pruning {
    /// The age from which on tweets and read messages are pruned; nil to keep them.
    let keep: Duration?
    var pass = PruningPass()
    /// The current pass removes what was stored before this time.
    var limit = Timestamp(milliseconds: 0)
    var clock = PruningClock()
    /// Begins the next pass.
    var nextPass: Event?
}

/// Pruning, which the server asks for itself: a pass a minute, one step after the other.
extension Server {
    /// Begins a pass, if messages are pruned at all.
    func beginPruning() {
        guard let keep = pruning.keep, !isStopping else { return }
        if let leap = pruning.clock.leap(clock(), now) {
            log.report(
                .error,
                "the clock is ahead by \(leap.components.seconds / 60) minutes at once: nothing is pruned for an hour")
            return planPruning(after: ServerLimits.clockLeap)
        }
        pruning.limit = clock().subtracting(milliseconds: keep.inMilliseconds)
        pruning.pass.begin()
        proposeNextStep()
    }

    func planPruning(after span: Duration) {
        pruning.nextPass = Event(loop, after: span) { [unowned self] in beginPruning() }
    }

    private func proposeNextStep() {
        if isStopping { return }
        guard let next = pruning.pass.next else { return planPruning(after: ServerLimits.pruningPause) }
        let step = PruningStep(next.kind, before: pruning.limit, after: next.place, work: ServerLimits.pruningWork)
        propose(.pruned(time: clock(), step), .pruning)
    }

    /// Handles the outcome of a step.
    func pruned(_ outcome: Outcome) {
        if case .pruned(let rows) = outcome {
            counts.prunedTweets += Int64(rows.tweets.count)
            counts.prunedMessages += Int64(rows.messages)
            pruning.pass.note(rows)
        } else {
            // The disk may be full: the next pass tries again.
            pruning.pass.end()
        }
        proposeNextStep()
    }
}
