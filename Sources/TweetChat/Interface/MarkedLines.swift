import TweetSystem

/// Finds marked pastes among plain lines; see xterm's "Control Sequences", bracketed paste.
///
/// The end mark is on a line that only an Enter ends. A paste without an end for a while is lost: its lines are dropped
/// up to its end mark, the next paste, or an empty line from the person.
struct MarkedLines: Sendable {
    enum Taken: Hashable, Sendable {
        /// A line as if typed: without a paste, or with a one-line paste.
        case line([UInt8])
        /// A paste of several lines; `hasMore` says whether text after its end was dropped.
        case pasted(Paste, hasMore: Bool)
        /// The line belongs to a paste that continues, or that is dropped.
        case nothing
        /// The line ends a paste whose beginning was not seen: all of it is dropped.
        case lost
    }

    /// The paste that is arriving or lost; nil between pastes.
    private var wait: PasteWait?
    /// The bytes of the arriving paste, and whether it will be dropped.
    private var bytes: [UInt8] = []
    private var isStale = false

    /// Whether a paste is arriving.
    var isOpen: Bool { wait?.isLost == false }

    /// Whether a paste is arriving that will not be dropped.
    var isAwaited: Bool { isOpen && !isStale }

    /// Whether lines are dropped up to the end of a paste.
    var isLost: Bool { wait?.isLost == true }

    /// The time for the next ``timePassed(at:)``.
    var deadline: Instant { wait?.deadline ?? .never }

    /// Takes the next line.
    ///
    /// - Parameters:
    ///   - line: its bytes, without the line feed, valid UTF-8 or not.
    ///   - isStale: whether the line is dropped, together with a paste that begins in it.
    mutating func take(_ line: ArraySlice<UInt8>, at now: Instant, isStale: Bool = false) -> Taken {
        var rest = BracketedPaste.inSevenBits(line)[...]
        if isOpen {
            wait?.came(at: now)
        } else if let mark = rest.firstRange(of: BracketedPaste.begin) {
            let before = isLost ? [] : rest[..<mark.lowerBound].removing(BracketedPaste.end)
            begin(before, isStale: isStale, at: now)
            rest = rest[mark.upperBound...]
        } else if isLost {
            return takeLost(rest, at: now)
        } else {
            return rest.firstRange(of: BracketedPaste.end) == nil ? .line(Array(line)) : .lost
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
    /// An empty line that arrives alone is from the person, and ends the paste.
    private mutating func takeLost(_ line: ArraySlice<UInt8>, at now: Instant) -> Taken {
        let silence = wait?.silence(at: now) ?? .zero
        wait?.dropped(isEnter: line.isEmpty, after: silence, at: now)
        if line.firstRange(of: BracketedPaste.end) != nil { end() }
        return .nothing
    }

    private mutating func begin(_ bytes: [UInt8], isStale: Bool, at now: Instant) {
        wait = PasteWait(at: now)
        self.bytes = bytes
        self.isStale = isStale
    }

    private mutating func end() {
        wait = nil
        bytes = []
    }

    /// Marks the arriving paste as stale, since something has changed since it began: it will be dropped.
    mutating func makeStale() { isStale = true }

    /// Notes lines that were dropped unread; a paste that began in them continues after them.
    mutating func dropped(_ bytes: ArraySlice<UInt8>, at now: Instant) {
        var rest = BracketedPaste.inSevenBits(bytes)[...]
        while let mark = rest.firstRange(of: wait == nil ? BracketedPaste.begin : BracketedPaste.end) {
            if wait == nil { begin([], isStale: true, at: now) } else { end() }
            rest = rest[mark.upperBound...]
        }
        makeStale()
        inputCame(at: now)
    }

    /// Notes that input has arrived, maybe only part of a line: a paste continues, and an empty line before it was not
    /// alone.
    mutating func inputCame(at now: Instant) {
        if isOpen { wait?.came(at: now) } else { wait?.goesOn() }
    }

    /// Gives up a paste whose end mark has not arrived, so that its rest is dropped; or ends that dropping.
    ///
    /// - Returns: whether a paste is given up.
    mutating func timePassed(at now: Instant) -> Bool {
        guard now >= deadline else { return false }
        guard isOpen else {
            end()
            return false
        }
        wait?.lose()
        bytes = []
        return true
    }

    private mutating func add(_ bytes: some Collection<UInt8>) {
        // One byte over the limit, so that the paste is refused.
        self.bytes.append(contentsOf: bytes.prefix(max(0, ChatLimits.pasteBytes + 1 - self.bytes.count)))
    }

    /// - Parameter behind: text that was typed after the end mark: it is appended to a one-line paste, and dropped
    ///   after a longer one.
    private mutating func close(_ behind: ArraySlice<UInt8>) -> Taken {
        defer { end() }
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
