/// The typed lines that nobody has carried out: those that wait, those that are never sent, and the end of them.
///
/// A person's line is carried out at once; only a script's wait for the server, and are reported where they are not sent.
struct TypedLines: Sendable {
    /// Lines of a script that wait for the answers before them.
    private var held: [String] = []
    private var unsent = UnsentLines()
    /// How a script's run ends because of the first line that was refused.
    private(set) var firstRefusal: ChatExit?
    /// When nothing more came to be typed.
    private var end: UInt64?
    /// Since when a script has been read as far ahead as it may be.
    private var readAheadSince: UInt64?

    // MARK: The end

    var haveEnded: Bool { end != nil }
    /// Since when nobody has to be waited for but the server: it is given up after a while.
    var waitForServerSince: UInt64? { end ?? readAheadSince }

    mutating func ended(at now: UInt64) { end = end ?? now }

    /// A script is read to its end, or as far ahead as it may be; or it is not any more.
    mutating func readAhead(_ isReadAhead: Bool, at now: UInt64) { readAheadSince = isReadAhead ? now : nil }

    /// Gives the server its time again.
    mutating func restartWait(at now: UInt64) {
        if end != nil { end = now }
        if readAheadSince != nil { readAheadSince = now }
    }

    /// A line was refused: a script's run ends with the code of the first one.
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

    /// Whether lines that come now may be passwords, and are not even named.
    var areWithheld: Bool { unsent.withholds }

    /// Ends the script behind a command that wants a password.
    mutating func withhold(behind word: ChatCommand.Word, at now: UInt64) {
        unsent.withhold(behind: word)
        ended(at: now)
    }

    /// Counts the lines that are not sent, instead of naming them: the sign-in wants a password.
    mutating func countUnsent() { unsent.count() }

    /// Ends a script by its own word: lines behind that are wrong usage.
    mutating func quit(at now: UInt64) -> [ChatStep] {
        ended(at: now)
        if held.contains(where: { !$0.isEmpty }) { refused(.usage) }
        return dropHeld()
    }

    mutating func dropHeld() -> [ChatStep] {
        defer { held = [] }
        return held.filter { !$0.isEmpty }.flatMap { report($0) }
    }

    /// Says that a script's line is not sent, unless it may be a password.
    mutating func report(_ line: String) -> [ChatStep] { unsent.take(line).map { [.fail($0)] } ?? [] }

    /// The reports on the lines that the chat was not given, at the end of the run.
    mutating func reports(ofUnsent lines: [String]) -> [String] {
        lines.compactMap { unsent.take($0) } + (unsent.total().map { [$0] } ?? [])
    }
}
