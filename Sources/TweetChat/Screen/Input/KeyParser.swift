/// Makes keys, text and pastes of the bytes that a terminal sends, however the reads cut them.
///
/// Every escape sequence is understood or swallowed as a whole, whatever terminfo(5) knows of the terminal: none of its
/// bytes becomes text. See ECMA-48 for the forms, xterm's "Control Sequences" for the keys and for bracketed paste.
public struct KeyParser: Sendable {
    public enum Input: Hashable, Sendable {
        case key(Key)
        /// The terminal has marked the beginning of a paste.
        case pasteBegan
        /// The end of a paste, with all of it.
        case pasted(Paste)
    }

    private enum State: Hashable {
        case ground
        case escape
        /// Behind `ESC [`: the parameters so far.
        case control([UInt8])
        /// Behind `ESC O`: the modifier that some terminals put there, 1 where there is none.
        case single(modifier: UInt8)
        /// A string up to `ESC \` or BEL: the terminal's answer to a question (DCS, OSC and their like).
        case string
        /// The bytes of an old mouse report that are still to come.
        case mouse(left: Int)
        /// The last byte of a function key of the Linux console, `ESC [ [ A`.
        case consoleKey
        /// Behind `ESC` and 0x20 to 0x2F, up to a final byte: which characters are meant.
        case intermediate
        /// Behind `ESC N`: a character of another set.
        case shifted
        /// A paste, and how much of its end mark has come.
        case paste(matched: Int)
    }

    private var state = State.ground
    private var scalar = ScalarDecoder()
    /// Whether the character that is coming belongs to a key with Alt.
    private var isAlt = false
    private var paste = Paste()
    /// When the last byte came, and the last that a paste has had from the terminal and not from a key.
    private var last: UInt64 = 0
    private var lastPasted: UInt64 = 0
    private var inputs: [Input] = []

    public init() {}

    /// When to say that time has passed, in milliseconds of the monotonic clock; `UInt64.max` never.
    public var deadline: UInt64 {
        if case .paste = state { return lastPasted + ChatLimits.pasteSilence }
        if state == .ground && !scalar.isUnfinished { return .max }
        return last + (isSurelySequence ? ChatLimits.sequenceSilence : ChatLimits.escapeSilence)
    }

    /// Whether what has come is the beginning of a key or a mark, and not a key with Alt.
    private var isSurelySequence: Bool {
        switch state {
        case .control, .single, .mouse, .consoleKey: true
        case .ground, .escape, .string, .intermediate, .shifted, .paste: false
        }
    }

    /// Takes what was read.
    public mutating func take(_ bytes: some Collection<UInt8>, at now: UInt64) -> [Input] {
        let gap = now - last
        last = now
        if case .paste = state {
            if bytes.elementsEqual([0x03]), gap >= ChatLimits.escapeSilence {
                // Somebody has pressed ^C, since nothing happens: the end mark is lost.
                dropPaste()
            } else {
                if bytes.count > ChatLimits.pasteBulk || gap < ChatLimits.pasteGap { lastPasted = now }
                for byte in bytes { take(byte) }
            }
        } else {
            lastPasted = now
            for byte in bytes { take(byte) }
        }
        defer { inputs = [] }
        return inputs
    }

    /// Gives up what has no end after so long: a lone ESC, a torn sequence, a paste without its end mark.
    ///
    /// To be called only when nothing can be read: what waits to be read is not late.
    public mutating func timePassed(at now: UInt64) -> [Input] {
        guard now >= deadline else { return [] }
        if case .paste = state { dropPaste() }
        state = .ground
        scalar = ScalarDecoder()
        isAlt = false
        defer { inputs = [] }
        return inputs
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .ground: takeGround(byte)
        case .escape: takeEscape(byte)
        case .control(let parameters): takeControl(byte, parameters)
        case .single(let modifier): takeSingle(byte, modifier)
        case .string: takeString(byte)
        case .mouse(let left): state = left > 1 ? .mouse(left: left - 1) : .ground
        case .consoleKey, .shifted: takeLast(byte)
        case .intermediate: if !(0x20...0x2F).contains(byte) { takeLast(byte) }
        case .paste(let matched): takePasted(byte, matched)
        }
    }

    /// Abandons a sequence for a control character, which counts as if it had come alone.
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
        // An ASCII byte that tears a character is itself.
        case .torn:
            isAlt = false
            takeGround(byte)
        // C1 controls of a terminal that sends 8-bit ones.
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

    /// Stands before what a program of another system has written, and is no text.
    private static let byteOrderMark: Unicode.Scalar = "\u{FEFF}"

    /// The same as `ESC` and the byte 0x40 below.
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
            // rxvt ends a key with Shift so; in a terminal's answer more stands before it.
            press(TerminalKeys.control(parameters, byte))
        case 0x20...0x3F:
            // Behind the bound a sequence is still swallowed to its end, but means nothing.
            if parameters.count < ChatLimits.sequenceBytes { state = .control(parameters + [byte]) }
        case UInt8(ascii: "[") where parameters.isEmpty: state = .consoleKey
        case UInt8(ascii: "M") where parameters.isEmpty: state = .mouse(left: 3)
        case UInt8(ascii: "~") where parameters.elementsEqual("200".utf8):
            state = .paste(matched: 0)
            paste = Paste()
            inputs.append(.pasteBegan)
        case 0x40...0x7E:
            press(parameters.count < ChatLimits.sequenceBytes ? TerminalKeys.control(parameters, byte) : nil)
        case ..<0x20: interrupt(byte)
        default: state = .ground
        }
    }

    private mutating func takeSingle(_ byte: UInt8, _ modifier: UInt8) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): state = .single(modifier: byte - UInt8(ascii: "0"))
        case UInt8(ascii: ";"): break
        case 0x20...0x7E: press(TerminalKeys.single(byte, modifier: modifier))
        case ..<0x20: interrupt(byte)
        default: state = .ground
        }
    }

    /// The byte that ends a sequence without a meaning; any other is what it is.
    private mutating func takeLast(_ byte: UInt8) {
        if (0x20...0x7E).contains(byte) { state = .ground } else { interrupt(byte) }
    }

    private mutating func takeString(_ byte: UInt8) {
        switch byte {
        case 0x1B: state = .escape
        case 0x07, 0x18, 0x1A: state = .ground
        // No answer has a line's end in it.
        case 0x0A, 0x0D: interrupt(byte)
        default: break
        }
    }

    // MARK: Pastes

    private mutating func takePasted(_ byte: UInt8, _ matched: Int) {
        if byte == BracketedPaste.end[matched] {
            state = .paste(matched: matched + 1)
            if matched + 1 == BracketedPaste.end.count { endPaste() }
            return
        }
        // The bytes that looked like the mark were text; only the first of them can begin another one.
        for byte in BracketedPaste.end[..<matched] { paste.append(byte) }
        if byte == BracketedPaste.end[0] {
            state = .paste(matched: 1)
        } else {
            paste.append(byte)
            state = .paste(matched: 0)
        }
    }

    /// Ends a paste without its end mark: nothing is made of it.
    private mutating func dropPaste() {
        paste.hasEnd = false
        endPaste()
    }

    private mutating func endPaste() {
        state = .ground
        inputs.append(.pasted(paste))
        paste = Paste()
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
