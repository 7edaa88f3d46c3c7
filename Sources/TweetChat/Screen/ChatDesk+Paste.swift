public import TweetModel

/// Pastes are text, never commands: one line goes into the input line, several need a confirmation.
extension ChatDesk {
    /// Begins a paste, which belongs to the current question.
    public mutating func beginPaste() {
        openPaste = OpenPaste(isStale: isDropping, isLost: false)
    }

    /// Ends the rest of a paste that was given up.
    ///
    /// - Parameter byEnter: whether a person has pressed Enter; then the dropping of a line is over too.
    public mutating func endLostPaste(byEnter: Bool) {
        openPaste = nil
        if byEnter { isDropping = false }
    }

    /// Handles a paste that has arrived completely or is given up.
    public mutating func paste(_ paste: Paste, at time: Timestamp) {
        let isStale = openPaste?.isStale ?? isDropping
        openPaste = OpenPaste(behind: paste)
        // It was reported when the paste became stale.
        if isStale { return }
        do throws(Paste.Refusal) {
            if pasted != nil {
                throw .behindAnother
            } else if let question {
                try answer(question, with: paste)
            } else {
                try say(paste.lines(), at: time)
            }
        } catch {
            refuse(error, at: time)
        }
    }

    private mutating func refuse(_ refusal: Paste.Refusal, at time: Timestamp) {
        fail("the paste is dropped: \(refusal.text)", at: time)
    }

    private mutating func answer(_ question: Question, with paste: Paste) throws(Paste.Refusal) {
        guard let line = try question.isHidden ? paste.secretLine() : paste.lines().onlyOne else {
            throw .noAnswer(to: question)
        }
        try insert(line)
    }

    private mutating func say(_ lines: [String], at time: Timestamp) throws(Paste.Refusal) {
        if lines.isEmpty { return }
        if let line = lines.onlyOne { return try insert(line) }
        let messages = try PastedMessages(lines)
        for report in messages.reports { fail(report, at: time) }
        if messages.texts.isEmpty { throw .noText }
        pasted = messages
    }

    /// Inserts a line at the cursor, all of it or nothing.
    private mutating func insert(_ line: String) throws(Paste.Refusal) {
        if let scalar = line.unicodeScalars.first(where: \.isForbiddenInText) { throw .forbidden(scalar) }
        var longer = input
        for scalar in line.unicodeScalars where !longer.insert(scalar) { throw .noRoom }
        input = longer
    }

    /// A report on a paste that is neither sent nor refused; nil if there is none.
    public var unsentPaste: String? {
        pasted?.unsent ?? (openPaste?.isStale == false ? PastedMessages.unfinished : nil)
    }

    // MARK: Deciding

    /// Handles a key as the answer, only `y` or `n`, once the question is drawn.
    mutating func decide(_ key: Key) -> Outcome {
        guard let messages = pasted, pastedWasDrawn else { return .nothing }
        switch key {
        case .scalar("y"), .scalar("Y"):
            pasted = nil
            transcript.scrollToEnd()
            return .say(messages.texts)
        case .scalar("n"), .scalar("N"): pasted = nil
        default: break
        }
        return .nothing
    }

    /// Drops the pasted lines, since the question has changed.
    mutating func dropPaste(at time: Timestamp) {
        guard pasted != nil || openPaste?.isStale == false else { return }
        openPaste?.isStale = true
        pasted = nil
        refuse(.forSomethingElse, at: time)
    }
}

extension Array {
    fileprivate var onlyOne: Element? { count == 1 ? first : nil }
}
