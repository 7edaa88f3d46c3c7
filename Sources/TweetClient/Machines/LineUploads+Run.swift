import TweetSystem

extension LineUploads: ConnectionRules {
    /// Does the actions until they are finished.
    ///
    /// - Parameters:
    ///   - input: cuts standard input into lines.
    ///   - interruption: ends the reading of standard input as its own end does.
    ///   - uploads: makes uploads of lines; those that may not be uploaded are left out.
    ///   - report: is told what has become of lines; an error that it throws ends the run.
    mutating func run(
        over link: inout Link, input: inout InputLines, interruption: WakeUp,
        uploads: ([InputLines.Line]) -> [Line], report: ([Outcome]) throws(ClientError) -> Void
    ) throws(ClientError) {
        var action = start(at: Clock.monotonicMilliseconds)
        var breaks = BreakReport()
        while true {
            switch action {
            case .connect(let moment): action = link.connect(until: moment, &self)
            case .send(let bytes, let moment):
                let failure = link.transmit(bytes, until: moment)
                let now = Clock.monotonicMilliseconds
                action = failure.map { broken($0, at: now) } ?? sent(at: now)
            case .wait(let readsInput, let moment):
                switch link.wait(until: moment, input: readsInput ? .input : nil, interruption: interruption) {
                case .time: action = timePassed(at: Clock.monotonicMilliseconds)
                case .server: action = link.receive(until: moment, &self)
                case .input: action = try readInput(&input, uploads)
                case .interruption:
                    interruption.clear()
                    endInput(at: Clock.monotonicMilliseconds)
                    action = goOn(at: Clock.monotonicMilliseconds)
                }
            case .report(let outcomes):
                breaks.isOver(link.reporter)
                try report(outcomes)
                action = goOn(at: Clock.monotonicMilliseconds)
            case .close:
                link.close()
                action = goOn(at: Clock.monotonicMilliseconds)
            case .lose(let reason):
                link.close()
                breaks.begin(because: reason, link.reporter)
                action = goOn(at: Clock.monotonicMilliseconds)
            case .finish(nil): return
            case .finish(let error?): throw error
            }
        }
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
        let now = Clock.monotonicMilliseconds
        guard let chunk else { return goOn(at: now) }
        if !chunk.isEmpty { return linesRead(uploads(input.take(chunk)), at: now) }
        endInput(at: now)
        return linesRead(uploads(input.end().map { [$0] } ?? []), at: now)
    }
}

/// Says on standard error once that a server is waited for, and once that it is back.
private struct BreakReport {
    private var hasBegun = false

    mutating func begin(because reason: String, _ reporter: Reporter) {
        if !hasBegun { reporter.warn("\(reason); trying again") }
        hasBegun = true
    }

    mutating func isOver(_ reporter: Reporter) {
        if hasBegun { reporter.warn("connected again") }
        hasBegun = false
    }
}
