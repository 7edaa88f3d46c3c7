/// The keys of the two forms of key sequences; see xterm's "PC-Style Function Keys" and rxvt's reference.
enum TerminalKeys {
    /// The key of `ESC [`, parameters and a final byte; nil if the chat has no use for it: a report, or another key.
    static func control(_ parameters: [UInt8], _ final: UInt8) -> Key? {
        // A private prefix, `<`, `=`, `>` or `?`: a mouse report or the terminal's answer.
        if let first = parameters.first, (0x3C...0x3F).contains(first) { return nil }
        let numbers = String(decoding: parameters, as: UTF8.self)
            .split(separator: ";", omittingEmptySubsequences: false)
            .map { Int($0.prefix { $0 != ":" }) }
        let first = numbers.first ?? nil
        let modifier = numbers.count > 1 ? numbers[1] ?? 1 : 1
        switch Character(Unicode.Scalar(final)) {
        case "~": return numbered(first, modifier, numbers)
        // rxvt: with Ctrl, with Shift, with both.
        case "^", "$", "@": return first == 3 ? nil : numbered(first, 2, numbers)
        case "u": return unicode(first)
        case let letter: return arrow(letter, isWord: modifier > 2)
        }
    }

    /// The key of `ESC O` and a byte: the cursor keys and the keypad in their application modes.
    ///
    /// - Parameter modifier: 1 for none, 2 for Shift, more for those with Alt or Ctrl.
    static func single(_ final: UInt8, modifier: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "M"): return .enter
        case UInt8(ascii: "I"): return .tab
        case UInt8(ascii: "X"): return .scalar("=")
        case 0x20: return .scalar(" ")
        // `j` to `y` are `*` to `9`, in the order of ASCII.
        case UInt8(ascii: "j")...UInt8(ascii: "y"): return .scalar(Unicode.Scalar(final - 0x40))
        default: return arrow(Character(Unicode.Scalar(final)), isWord: modifier > 2 || (0x61...0x64).contains(final))
        }
    }

    /// - Parameter isWord: whether Ctrl or Alt is pressed: left and right then move by words.
    private static func arrow(_ letter: Character, isWord: Bool) -> Key? {
        switch letter {
        case "A", "a": .up
        case "B", "b": .down
        case "C", "c": isWord ? .wordRight : .right
        case "D", "d": isWord ? .wordLeft : .left
        case "H": .home
        case "F": .end
        default: nil
        }
    }

    private static func numbered(_ number: Int?, _ modifier: Int, _ numbers: [Int?]) -> Key? {
        switch number {
        case 1, 7: .home
        case 4, 8: .end
        // With Shift or Ctrl it has another meaning elsewhere, and no effect here.
        case 3: modifier == 1 ? .delete : nil
        case 5: .pageUp
        case 6: .pageDown
        // xterm's modifyOtherKeys: `27;MODIFIER;CODE`.
        case 27: numbers.count == 3 ? unicode(numbers[2]) : nil
        default: nil
        }
    }

    /// The key of a character code; nil for printable characters.
    private static func unicode(_ code: Int?) -> Key? {
        switch code {
        // The keypad's Enter has its own number in kitty's protocol.
        case 13, 57414: .enter
        case 9: .tab
        case 127: .backspace
        default: nil
        }
    }
}
