import TweetSystem

/// The typed lines that are not carried out: those that wait, those that are never sent, and the end of the input.
///
/// A person's line is carried out at once; only a script's lines wait for the server, and are reported if they are not
/// sent.
struct TypedLines: Sendable {
    /// Lines of a script that wait for the answers to earlier ones.
    private var held: [String] = []
    private var unsent = UnsentLines()
    /// The exit code of a script's run, set by the first refused line.
    private(set) var firstRefusal: ChatExit?
    /// The time when the input ended.
    private var end: Instant?
    /// The time since which a script has been read as far ahead as allowed.
    private var readAheadSince: Instant?

    // MARK: The end

    var haveEnded: Bool { end != nil }
    /// Whether the run waits only for the server.
    var waitOnlyForServer: Bool { (end ?? readAheadSince) != nil }
    /// The time when the run gives up a server that is away.
    var limit: Instant { (end ?? readAheadSince).map { $0 + ChatLimits.end } ?? .never }

    mutating func ended(at now: Instant) { end = end ?? now }

    /// Notes whether a script has been read to its end, or as far ahead as allowed.
    mutating func readAhead(_ isReadAhead: Bool, at now: Instant) { readAheadSince = isReadAhead ? now : nil }

    /// Restarts the wait for the server.
    mutating func restartWait(at now: Instant) {
        if end != nil { end = now }
        if readAheadSince != nil { readAheadSince = now }
    }

    /// Notes a refused line: the first one sets the exit code of a script's run.
    mutating func refused(_ exit: ChatExit) { firstRefusal = firstRefusal ?? exit }

    // MARK: Waiting

    var heldCount: Int { held.count }
    var hasHeld: Bool { !held.isEmpty }
    var firstHeld: String? { held.first }

    mutating func hold(_ line: String) -> [ChatStep] {
        guard held.count < ChatLimits.heldLines else {
            refused(.unreachable)
            return [.fail("too many lines wait for the server")] + report(line)
        }
        held.append(line)
        return []
    }

    mutating func removeFirstHeld() -> String { held.removeFirst() }

    // MARK: Giving up

    /// Whether the lines that follow may be passwords, so that they are not even named.
    var areWithheld: Bool { unsent.withholds }

    /// Ends the script after a command that asks for a password.
    mutating func withhold(behind word: ChatCommand.Word, at now: Instant) {
        unsent.withhold(behind: word)
        ended(at: now)
    }

    /// Counts the unsent lines instead of naming them: the sign-in asks for a password.
    mutating func countUnsent() { unsent.count() }

    /// Ends a script at its own `/quit`: lines after that are wrong usage.
    mutating func quit(at now: Instant) -> [ChatStep] {
        ended(at: now)
        if held.contains(where: { !$0.isEmpty }) { refused(.usage) }
        return dropHeld()
    }

    mutating func dropHeld() -> [ChatStep] {
        defer { held = [] }
        return held.filter { !$0.isEmpty }.flatMap { report($0) }
    }

    /// Reports a script's line as unsent, unless it may be a password.
    mutating func report(_ line: String) -> [ChatStep] { unsent.take(line).map { [.fail($0)] } ?? [] }

    /// Makes the reports at the end of the run on the lines that the chat never received.
    mutating func reports(ofUnsent lines: [String]) -> [String] {
        lines.compactMap { unsent.take($0) } + (unsent.total().map { [$0] } ?? [])
    }
}
