/// Finds the pastes that a terminal has marked among plain lines; see xterm's "Control Sequences", bracketed paste.
///
/// The mark at the end stands on a line that only an Enter ends. A paste whose end has not come for a while is lost: its
/// lines are dropped up to its end, up to the next paste, or until somebody enters an empty line.
struct MarkedLines: Sendable {
    enum Taken: Hashable, Sendable {
        /// As if typed: without a paste, or with one that has no other line.
        case line([UInt8])
        /// All of a paste that has several lines; whether more stood behind its end, which is dropped.
        case pasted(Paste, hasMore: Bool)
        /// The line belongs to a paste that goes on, or that is dropped.
        case nothing
        /// The line ends a paste whose beginning is not known: all of it is dropped.
        case lost
    }

    private enum State {
        case typed
        /// A paste is coming in: its bytes so far, and whether nothing is made of it.
        case open([UInt8], isStale: Bool)
        /// The end of a paste has not come in time; whether an empty line has come alone, and nothing behind it yet.
        case lost(isEntered: Bool)
    }

    private var state = State.typed
    private var last: UInt64 = 0

    /// Whether a paste is coming in.
    var isOpen: Bool { if case .open = state { true } else { false } }

    /// Whether a paste is coming in of which something may be made.
    var isAwaited: Bool { if case .open(_, isStale: false) = state { true } else { false } }

    /// Whether lines are dropped up to the end of a paste.
    var isLost: Bool { if case .lost = state { true } else { false } }

    /// When to say that time has passed, in milliseconds of the monotonic clock; `UInt64.max` never.
    var deadline: UInt64 {
        switch state {
        case .open: last + ChatLimits.pasteSilence
        case .lost(isEntered: true): last + ChatLimits.escapeSilence
        case .typed, .lost(isEntered: false): .max
        }
    }

    /// Takes the next line.
    ///
    /// - Parameters:
    ///   - line: its bytes, without the line feed, valid UTF-8 or not.
    ///   - isStale: whether it is dropped; then so is a paste that begins in it.
    mutating func take(_ line: ArraySlice<UInt8>, at now: UInt64, isStale: Bool = false) -> Taken {
        let gap = now - last
        last = now
        var rest = BracketedPaste.inSevenBits(line)[...]
        switch state {
        case .open: break
        case .lost where rest.firstRange(of: BracketedPaste.begin) == nil: return takeLost(rest, gap)
        case .typed, .lost:
            guard let mark = rest.firstRange(of: BracketedPaste.begin) else {
                return rest.firstRange(of: BracketedPaste.end) == nil ? .line(Array(line)) : .lost
            }
            let before = isLost ? [] : rest[..<mark.lowerBound].removing(BracketedPaste.end)
            state = .open(before, isStale: isStale)
            rest = rest[mark.upperBound...]
        }
        while let mark = rest.firstRange(of: BracketedPaste.end) {
            add(rest[..<mark.lowerBound].removing(BracketedPaste.begin))
            rest = rest[mark.upperBound...]
            if rest.firstRange(of: BracketedPaste.begin) == nil { return close(rest) }
        }
        add(rest.removing(BracketedPaste.begin) + [UInt8(ascii: "\n")])
        return .nothing
    }

    /// Drops a line of a lost paste.
    ///
    /// An empty one that comes alone is a person's, and so ends it.
    private mutating func takeLost(_ line: ArraySlice<UInt8>, _ gap: UInt64) -> Taken {
        let hasEnd = line.firstRange(of: BracketedPaste.end) != nil
        state = hasEnd ? .typed : .lost(isEntered: line.isEmpty && gap >= ChatLimits.escapeSilence)
        return .nothing
    }

    /// Something has changed since the paste that is coming in was begun: nothing is made of it.
    mutating func makeStale() {
        if case .open(let bytes, _) = state { state = .open(bytes, isStale: true) }
    }

    /// Lines were dropped unseen; a paste that has begun in them goes on behind them.
    mutating func dropped(_ bytes: ArraySlice<UInt8>, at now: UInt64) {
        var rest = BracketedPaste.inSevenBits(bytes)[...]
        while let mark = rest.firstRange(of: isTyped ? BracketedPaste.begin : BracketedPaste.end) {
            state = isTyped ? .open([], isStale: true) : .typed
            rest = rest[mark.upperBound...]
        }
        makeStale()
        inputCame(at: now)
    }

    /// Something was read, perhaps the beginning of a line: a paste goes on, and an empty line before it was not alone.
    mutating func inputCame(at now: UInt64) {
        if isLost { state = .lost(isEntered: false) }
        if isOpen { last = now }
    }

    private var isTyped: Bool { if case .typed = state { true } else { false } }

    /// Gives up a paste whose end mark has not come, whose rest is dropped from now on; or ends that.
    ///
    /// - Returns: whether a paste is given up.
    mutating func timePassed(at now: UInt64) -> Bool {
        guard now >= deadline else { return false }
        defer { state = isOpen ? .lost(isEntered: false) : .typed }
        return isOpen
    }

    private mutating func add(_ bytes: some Collection<UInt8>) {
        guard case .open(var kept, let isStale) = state else { return }
        // For the bytes to be moved and not copied.
        state = .typed
        // One more than a paste may have, for it to be refused.
        kept.append(contentsOf: bytes.prefix(max(0, ChatLimits.pasteBytes + 1 - kept.count)))
        state = .open(kept, isStale: isStale)
    }

    /// - Parameter behind: text that was typed behind the end mark: it goes on with one line, and comes before any
    ///   question about several.
    private mutating func close(_ behind: ArraySlice<UInt8>) -> Taken {
        guard case .open(let bytes, let isStale) = state else { return .nothing }
        state = .typed
        if isStale { return .nothing }
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let first = (lines.first ?? []) + behind
        if lines.count <= 1, String(validating: first, as: UTF8.self) != nil { return .line(Array(first)) }
        var paste = Paste()
        for byte in bytes { paste.append(byte) }
        return .pasted(paste, hasMore: !behind.isEmpty)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func removing(_ mark: [UInt8]) -> [UInt8] {
        var rest = self
        var kept: [UInt8] = []
        while let range = rest.firstRange(of: mark) {
            kept += rest[..<range.lowerBound]
            rest = rest[range.upperBound...]
        }
        return kept + rest
    }
}
