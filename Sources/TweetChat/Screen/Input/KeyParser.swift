public import TweetSystem

/// Parses the bytes from a terminal into keys, text and pastes, however the reads split them.
///
/// Every escape sequence is interpreted or skipped as a whole, whatever terminfo(5) says about the terminal, so that
/// none of its bytes becomes text. See ECMA-48 for the forms, and xterm's "Control Sequences" for the keys and for
/// bracketed paste.
public struct KeyParser: Sendable {
    public enum Input: Hashable, Sendable {
        case key(Key)
        /// The beginning of a marked paste.
        case pasteBegan
        /// The end of a paste, with its contents.
        case pasted(Paste)
        /// The end of a lost paste: by a key (Enter or ^C), or by its end mark.
        case lostPasteEnded(byEnter: Bool)
    }

    private enum State: Hashable {
        case ground
        case escape
        /// After `ESC [`: the parameters so far.
        case control([UInt8])
        /// After `ESC O`: the modifier that some terminals put there, 1 if there is none.
        case single(modifier: UInt8)
        /// In a string up to `ESC \` or BEL: the terminal's answer to a query (DCS, OSC and the like).
        case string
        /// After `ESC` in a string: either its end, or another sequence.
        case stringEscape
        /// In an old mouse report, with the number of bytes left.
        case mouse(left: Int)
        /// Before the last byte of a function key of the Linux console, `ESC [ [ A`.
        case consoleKey
        /// After `ESC` and 0x20 to 0x2F, up to a final byte: the choice of a character set.
        case intermediate
        /// After `ESC N`: a character of another set.
        case shifted
        /// In a paste, up to its end mark; in a lost one, up to that mark, the next paste, or an Enter that arrives
        /// alone.
        case paste(PasteWait)
    }

    private var state = State.ground
    private var scalar = ScalarDecoder()
    /// Whether the incoming character belongs to a key with Alt.
    private var isAlt = false
    private var paste = Paste()
    private var marks = PasteMark.Finder()
    /// The time until which the input may be the rest of a sequence whose ESC has just timed out.
    private var escapeEnd = Instant(milliseconds: 0)
    /// The time when the last byte arrived.
    private var last = Instant(milliseconds: 0)
    private var inputs: [Input] = []

    public init() {}

    /// The time for the next ``timePassed(at:)``.
    public var deadline: Instant {
        switch state {
        case .paste(let wait): wait.deadline
        case .ground: scalar.isUnfinished ? last + ChatLimits.escapeSilence : .never
        case .escape, .intermediate, .shifted: last + ChatLimits.escapeSilence
        // More likely the beginning of a key, a mark or an answer than a key with Alt.
        case .control, .single, .mouse, .consoleKey, .string, .stringEscape: last + ChatLimits.sequenceSilence
        }
    }

    /// Parses bytes.
    public mutating func take(_ bytes: some Collection<UInt8>, at now: Instant) -> [Input] {
        guard !bytes.isEmpty else { return [] }
        let gap = now - last
        last = now
        if now < escapeEnd, isRestOfSequence(bytes) { state = .escape }
        escapeEnd = Instant(milliseconds: 0)
        switch state {
        case .paste(let wait):
            if wait.isLost { takeLost(bytes, wait, after: gap) } else { takePiece(bytes, wait, after: gap) }
        default: for byte in bytes { take(byte) }
        }
        defer { inputs = [] }
        return inputs
    }

    /// Gives up on unfinished input after a timeout: a lone ESC, a torn sequence, a paste without its end mark.
    ///
    /// Call it only when nothing can be read: input that waits to be read is not late.
    public mutating func timePassed(at now: Instant) -> [Input] {
        guard now >= deadline else { return [] }
        switch state {
        case .paste(let wait): if wait.isLost { endLostPaste(byEnter: true) } else { losePaste(wait) }
        default:
            if state == .escape { escapeEnd = last + ChatLimits.sequenceSilence }
            state = .ground
            scalar = ScalarDecoder()
            isAlt = false
        }
        defer { inputs = [] }
        return inputs
    }

    /// Whether a read after a timed-out ESC is the rest of a mark (`[200~`) or of an answer (`]11;`), which a slow line
    /// may have split.
    private func isRestOfSequence(_ bytes: some Collection<UInt8>) -> Bool {
        if bytes.starts(with: BracketedPaste.begin.dropFirst()) || bytes.starts(with: BracketedPaste.end.dropFirst()) {
            return true
        }
        guard bytes.first == UInt8(ascii: "]") else { return false }
        let behind = bytes.dropFirst().drop { $0.isDigit }
        return behind.count < bytes.count - 1 && behind.first == UInt8(ascii: ";")
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .ground: takeGround(byte)
        case .escape: takeEscape(byte)
        case .control(let parameters): takeControl(byte, parameters)
        case .single(let modifier): takeSingle(byte, modifier)
        case .string: takeString(byte)
        case .stringEscape: if byte == UInt8(ascii: "\\") { state = .ground } else { takeEscape(byte) }
        case .mouse(let left): takeMouse(byte, left)
        case .consoleKey, .shifted: takeLast(byte)
        case .intermediate: if !(0x20...0x2F).contains(byte) { takeLast(byte) }
        // The read that ends a lost paste handles its other bytes itself.
        case .paste(let wait): if !wait.isLost { takePasted(byte) }
        }
    }

    /// Abandons a sequence for a control character, which is handled as if it had arrived alone.
    private mutating func interrupt(_ byte: UInt8) {
        state = .ground
        takeGround(byte)
    }

    private mutating func press(_ key: Key?) {
        state = .ground
        if let key { inputs.append(.key(key)) }
    }

    // MARK: Text

    private mutating func takeGround(_ byte: UInt8) {
        switch scalar.take(byte) {
        case .unfinished: return
        case .scalar(let decoded): text(decoded)
        case .invalid: isAlt = false
        // An ASCII byte that interrupts a character is still handled.
        case .torn:
            isAlt = false
            takeGround(byte)
        // C1 controls, from a terminal that sends 8-bit ones.
        case .control(let code): introduce(code)
        }
    }

    private mutating func text(_ decoded: Unicode.Scalar) {
        if decoded.value == 0x1B {
            isAlt = false
            state = .escape
        } else if decoded.value < 0x20 || decoded.value == 0x7F {
            isAlt = false
            press(Key(control: decoded))
        } else if (0x80...0x9F).contains(decoded.value) {
            introduce(UInt8(decoded.value))
        } else if !isAlt, decoded != Self.byteOrderMark {
            inputs.append(.key(.scalar(decoded)))
        }
        isAlt = false
    }

    /// The byte order mark, which programs of other systems write before a text; it is not part of the text.
    private static let byteOrderMark: Unicode.Scalar = "\u{FEFF}"

    /// Handles a C1 control, which equals `ESC` and the byte 0x40 below.
    private mutating func introduce(_ code: UInt8) {
        isAlt = false
        switch code {
        case 0x8E: state = .shifted
        case 0x8F: state = .single(modifier: 1)
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: state = .string
        case 0x9B: state = .control([])
        default: break
        }
    }

    // MARK: Sequences

    private mutating func takeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "["): state = .control([])
        case UInt8(ascii: "O"): state = .single(modifier: 1)
        case UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .string
        case UInt8(ascii: "N"): state = .shifted
        case 0x20...0x2F: state = .intermediate
        case 0x7F: press(.cutWord)
        case UInt8(ascii: "b"), UInt8(ascii: "B"): press(.wordLeft)
        case UInt8(ascii: "f"), UInt8(ascii: "F"): press(.wordRight)
        case ..<0x20: interrupt(byte)
        case ..<0x80: state = .ground
        default:
            isAlt = true
            interrupt(byte)
        }
    }

    private mutating func takeControl(_ byte: UInt8, _ parameters: [UInt8]) {
        switch byte {
        case UInt8(ascii: "$") where !parameters.isEmpty && parameters.allSatisfy(\.isDigit):
            // In rxvt `$` ends a key with Shift; in a terminal's answer, more bytes precede it.
            press(TerminalKeys.control(parameters, byte))
        case 0x20...0x3F:
            // Beyond the limit a sequence is still skipped to its end, but has no effect.
            if parameters.count < ChatLimits.sequenceBytes { state = .control(parameters + [byte]) }
        case UInt8(ascii: "[") where parameters.isEmpty: state = .consoleKey
        case UInt8(ascii: "M") where parameters.isEmpty: state = .mouse(left: 3)
        case UInt8(ascii: "~") where parameters.elementsEqual("200".utf8):
            beginPaste()
        case 0x40...0x7E:
            press(parameters.count < ChatLimits.sequenceBytes ? TerminalKeys.control(parameters, byte) : nil)
        case 0x7F: state = .ground
        default: interrupt(byte)
        }
    }

    private mutating func takeSingle(_ byte: UInt8, _ modifier: UInt8) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): state = .single(modifier: byte - UInt8(ascii: "0"))
        case UInt8(ascii: ";"): break
        case 0x20...0x7E: press(TerminalKeys.single(byte, modifier: modifier))
        case 0x7F: state = .ground
        default: interrupt(byte)
        }
    }

    /// Handles the last byte of a sequence without an effect; a byte that cannot end it is handled by itself.
    private mutating func takeLast(_ byte: UInt8) {
        if (0x20...0x7E).contains(byte) { state = .ground } else { interrupt(byte) }
    }

    /// Handles one of the three bytes of an old mouse report: 0 if a position is too large for a byte, and no other
    /// control character.
    private mutating func takeMouse(_ byte: UInt8, _ left: Int) {
        // An 8-bit CSI may begin a paste.
        if (0x01..<0x20).contains(byte) || byte == 0x9B { return interrupt(byte) }
        state = left > 1 ? .mouse(left: left - 1) : .ground
    }

    private mutating func takeString(_ byte: UInt8) {
        switch scalar.take(byte) {
        case .scalar("\u{1B}"): state = .stringEscape
        case .scalar("\u{7}"), .scalar("\u{18}"), .scalar("\u{1A}"): state = .ground
        // No answer contains another control character, not even a line end.
        case .scalar(let decoded) where decoded.value < 0x20: interrupt(byte)
        case .scalar(let decoded) where (0x80...0x9F).contains(decoded.value):
            endString(UInt8(decoded.value))
        case .control(let code): endString(code)
        case .torn: takeString(byte)
        case .scalar, .unfinished, .invalid: break
        }
    }

    /// Ends a string at an 8-bit control character: the string's own end, or the beginning of another sequence.
    private mutating func endString(_ code: UInt8) {
        state = .ground
        introduce(code)
    }

    // MARK: Pastes

    private mutating func beginPaste() {
        state = .paste(PasteWait(at: last))
        paste = Paste()
        marks = PasteMark.Finder()
        inputs.append(.pasteBegan)
    }

    /// Takes a read in the middle of a paste.
    private mutating func takePiece(_ bytes: some Collection<UInt8>, _ wait: PasteWait, after gap: Duration) {
        var wait = wait
        if bytes.elementsEqual([0x03]), gap >= ChatLimits.escapeSilence {
            // The person has pressed ^C because nothing happens.
            return losePaste(wait)
        }
        if isPiece(count: bytes.count, gap: gap) { wait.came(at: last) }
        state = .paste(wait)
        for byte in bytes { take(byte) }
    }

    /// Whether a read during a paste belongs to it, and is no key from a person who waits for its end.
    private func isPiece(count: Int, gap: Duration) -> Bool {
        count > ChatLimits.pasteBulk || gap < ChatLimits.pasteGap || count > 1 && gap < ChatLimits.escapeSilence
    }

    private mutating func takePasted(_ byte: UInt8) {
        paste.append(byte)
        guard let found = marks.take(byte), found.mark == .end else { return }
        paste.removeEndMark(found.length)
        state = .ground
        endPaste()
    }

    /// Takes a read of a lost paste.
    private mutating func takeLost(_ bytes: some Collection<UInt8>, _ wait: PasteWait, after gap: Duration) {
        var wait = wait
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard let found = marks.take(byte) else { continue }
            if found.mark == .begin { beginPaste() } else { endLostPaste(byEnter: false) }
            for byte in rest { take(byte) }
            return
        }
        wait.dropped(isEnter: isEnter(bytes), after: gap, at: last)
        state = .paste(wait)
    }

    /// Whether a read is Enter, the keypad's Enter or ^C: the keys that end a lost paste.
    private func isEnter(_ bytes: some Collection<UInt8>) -> Bool {
        ["\r", "\n", "\r\n", "\u{3}", "\u{1B}OM"].contains { bytes.elementsEqual($0.utf8) }
    }

    private mutating func endLostPaste(byEnter: Bool) {
        state = .ground
        inputs.append(.lostPasteEnded(byEnter: byEnter))
    }

    /// Gives up a paste whose end mark has not arrived: it is dropped, and so is its rest.
    private mutating func losePaste(_ wait: PasteWait) {
        var wait = wait
        wait.lose()
        paste.hasEnd = false
        state = .paste(wait)
        endPaste()
    }

    private mutating func endPaste() {
        inputs.append(.pasted(paste))
        paste = Paste()
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
