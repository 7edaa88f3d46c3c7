/// Finds the pastes that a terminal has marked among plain lines; see xterm's "Control Sequences", bracketed paste.
///
/// The chat does not ask for the marks there, but a program before it may have, and may not have taken it back. The mark
/// at the end stands on a line that only an Enter ends.
struct MarkedLines: Sendable {
    enum Taken: Hashable, Sendable {
        /// As if typed: without a paste, or with one that has no other line.
        case line(String)
        /// All of a paste that has several lines.
        case pasted(Paste)
        /// The line belongs to a paste that goes on, or that is dropped.
        case nothing
    }

    private static let begin = Array("\u{1B}[200~".utf8)
    private static let end = Array("\u{1B}[201~".utf8)

    /// The bytes of the paste that is coming in.
    private var open: [UInt8]?
    private var isStale = false
    private var last: UInt64 = 0

    var isOpen: Bool { open != nil }

    /// When to say that time has passed, in milliseconds of the monotonic clock; `UInt64.max` never.
    var deadline: UInt64 { isOpen ? last + ChatLimits.pasteSilence : .max }

    /// Takes the next line.
    ///
    /// - Parameter isStale: whether it is dropped; then so is a paste that begins in it.
    mutating func take(_ line: String, at now: UInt64, isStale: Bool = false) -> Taken {
        last = now
        var rest = Array(line.utf8)[...]
        if open == nil {
            guard let mark = rest.firstRange(of: Self.begin) else {
                return .line(String(decoding: rest.removing(Self.end), as: UTF8.self))
            }
            open = rest[..<mark.lowerBound].removing(Self.end)
            self.isStale = isStale
            rest = rest[mark.upperBound...]
        }
        while let mark = rest.firstRange(of: Self.end) {
            add(rest[..<mark.lowerBound].removing(Self.begin))
            rest = rest[mark.upperBound...]
            if rest.firstRange(of: Self.begin) == nil { return close(rest) }
        }
        add(rest.removing(Self.begin) + [UInt8(ascii: "\n")])
        return .nothing
    }

    /// A line that is no text.
    ///
    /// - Returns: whether it belongs to a paste, which is then none.
    mutating func takeRefused(at now: UInt64) -> Bool {
        guard isOpen else { return false }
        last = now
        add([0xFF, UInt8(ascii: "\n")])
        return true
    }

    /// Something has changed since the paste that is coming in was begun: nothing is made of it.
    mutating func makeStale() { isStale = true }

    /// Lines were dropped unseen; a paste that has begun in them goes on behind them.
    mutating func dropped(_ bytes: ArraySlice<UInt8>, at now: UInt64) {
        var rest = bytes
        while let mark = rest.firstRange(of: isOpen ? Self.end : Self.begin) {
            open = isOpen ? nil : []
            rest = rest[mark.upperBound...]
        }
        isStale = true
        last = now
    }

    /// Gives up a paste whose end mark has not come.
    ///
    /// - Returns: whether there was one.
    mutating func timePassed(at now: UInt64) -> Bool {
        guard now >= deadline else { return false }
        open = nil
        return true
    }

    private mutating func add(_ bytes: some Collection<UInt8>) {
        // One more than a paste may have, for it to be refused.
        let room = ChatLimits.pasteBytes + 1 - (open?.count ?? 0)
        open?.append(contentsOf: bytes.prefix(room))
    }

    /// - Parameter behind: was typed behind the end mark: it goes on with one line, and comes before any question about
    ///   several.
    private mutating func close(_ behind: ArraySlice<UInt8>) -> Taken {
        let bytes = open ?? []
        open = nil
        if isStale { return .nothing }
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        if lines.count <= 1, let text = String(validating: (lines.first ?? []) + behind, as: UTF8.self) {
            return .line(text)
        }
        var paste = Paste()
        for byte in bytes { paste.append(byte) }
        return .pasted(paste)
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
