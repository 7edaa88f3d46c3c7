import TweetSystem

extension LineUploads: ConnectionRules {
    /// Carries out the actions until they are finished.
    ///
    /// - Parameters:
    ///   - input: splits standard input into lines.
    ///   - interruption: ends the reading of standard input, like the end of the input.
    ///   - uploads: makes uploads from lines, without the invalid ones.
    ///   - report: receives the outcomes of lines; an error that it throws ends the run.
    mutating func run(
        over link: inout Link, input: inout InputLines, interruption: WakeUp,
        uploads: ([InputLines.Line]) -> [Line], report: ([Outcome]) throws(ClientError) -> Void
    ) throws(ClientError) {
        var action = start(at: .now)
        var breaks = BreakReport()
        var isSecondServerSaid = false
        while true {
            switch action {
            case .connect(let moment): action = link.connect(until: moment, &self)
            case .send(let bytes, let moment):
                action = link.transmit(bytes, until: moment, &self) ?? sent(at: .now)
            case .wait(let readsInput, let moment):
                RunTimer.setOutcome(openClause)
                switch link.wait(until: moment, input: readsInput ? .input : nil, interruption: interruption) {
                case .time: action = timePassed(at: .now)
                case .server: action = link.receive(until: moment, &self)
                case .input: action = try readInput(&input, uploads)
                case .interruption:
                    interruption.clear()
                    endInput(at: .now)
                    action = goOn(at: .now)
                }
            case .report(let outcomes):
                breaks.isOver(link)
                if !isSecondServerSaid { isSecondServerSaid = warnOfSecondServer(after: outcomes, link) }
                try report(outcomes)
                action = goOn(at: .now)
            case .close:
                link.close()
                action = goOn(at: .now)
            case .lose(let reason):
                link.close()
                breaks.begin(because: reason, link)
                action = goOn(at: .now)
            case .finish(nil): return
            case .finish(let error?): throw error
            }
        }
    }

    /// Warns that two servers may have lines, if the host's addresses belong to different servers.
    ///
    /// - Returns: whether there was a warning.
    private func warnOfSecondServer(after outcomes: [Outcome], _ link: borrowing Link) -> Bool {
        guard let former = link.formerAddress, let address = link.address else { return false }
        let line = outcomes.lazy.compactMap { outcome in
            if case .stored(let line, _) = outcome, wasSentBefore(line) { line } else { nil }
        }.first
        guard let line else { return false }
        link.reporter.warn(
            "line \(line) is stored at \(address); it and lines after it were sent to \(former) before, which did not "
                + "answer and may have stored them too")
        return true
    }

    private mutating func readInput(
        _ input: inout InputLines, _ uploads: ([InputLines.Line]) -> [Line]
    ) throws(ClientError) -> Action {
        let chunk: [UInt8]?
        do throws(Errno) {
            chunk = try StandardStream.input.readChunk()
        } catch {
            throw ClientError(.streamFailed, "cannot read standard input: \(error)")
        }
        let now = Instant.now
        guard let chunk else { return goOn(at: now) }
        if !chunk.isEmpty { return linesRead(uploads(input.take(chunk)), at: now) }
        endInput(at: now)
        return linesRead(uploads(input.end().map { [$0] } ?? []), at: now)
    }
}

/// Reports on standard error once that the server is lost, and once that it is back.
private struct BreakReport {
    private var hasBegun = false

    mutating func begin(because reason: String, _ link: borrowing Link) {
        if !hasBegun { link.reporter.warn("uploads to \(link.server) wait: \(reason); trying again") }
        hasBegun = true
    }

    mutating func isOver(_ link: borrowing Link) {
        if hasBegun { link.reporter.warn("uploads to \(link.server) continue") }
        hasBegun = false
    }
}
