/// A key, named by its effect.
public enum Key: Hashable, Sendable {
    case scalar(Unicode.Scalar)
    case enter, tab
    case backspace, delete
    case left, right, wordLeft, wordRight, home, end
    case up, down, pageUp, pageDown
    /// The control keys that cut: to the end of the line, to its beginning, the word before the cursor.
    case cutToEnd, cutToStart, cutWord
    /// ^D: deletes, and on an empty line ends the input.
    case endOfInput
    case repaint
    /// The keys that a terminal in its normal mode turns into signals: ^C, ^\, ^Z.
    case interrupt, abort, suspend

    /// The key of a control character; nil if it has no effect.
    init?(control scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x01: self = .home
        case 0x02: self = .left
        case 0x03: self = .interrupt
        case 0x04: self = .endOfInput
        case 0x05: self = .end
        case 0x06: self = .right
        case 0x08, 0x7F: self = .backspace
        case 0x09: self = .tab
        case 0x0A, 0x0D: self = .enter
        case 0x0B: self = .cutToEnd
        case 0x0C: self = .repaint
        case 0x0E: self = .down
        case 0x10: self = .up
        case 0x15: self = .cutToStart
        case 0x17: self = .cutWord
        case 0x1A: self = .suspend
        case 0x1C: self = .abort
        default: return nil
        }
    }
}
