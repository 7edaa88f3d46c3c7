/// The text that `--help` prints, wrapped for a terminal of 80 columns.
public struct HelpText {
    public private(set) var text: String

    private static let width = 80

    /// - Parameter usage: the first lines, which are not wrapped.
    public init(usage: String) {
        text = usage + "\n"
    }

    /// Appends an empty line and a paragraph.
    public mutating func paragraph(_ words: String) {
        text += "\n"
        append(words, behind: "", indent: 0)
    }

    /// Appends a row: a term, and its explanation beside it, or below it if there is no room.
    ///
    /// - Parameter column: the column where explanations begin.
    public mutating func row(_ left: String, _ right: String, column: Int) {
        var begin = "  " + left
        if begin.count < column {
            begin += String(repeating: " ", count: column - begin.count)
        } else {
            text += begin + "\n"
            begin = String(repeating: " ", count: column)
        }
        append(right, behind: begin, indent: column)
    }

    /// Appends words, wrapped to the width of a line.
    private mutating func append(_ words: String, behind begin: String, indent: Int) {
        var line = begin
        var isEmpty = true
        for word in words.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > Self.width {
                text += line + "\n"
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        text += line + "\n"
    }
}
