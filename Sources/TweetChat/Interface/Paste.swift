import TweetModel

/// Input that a terminal has marked as pasted: always text, even if it looks like a command.
public struct Paste: Hashable, Sendable {
    /// The reason why a paste is refused.
    enum Refusal: Error, Hashable {
        case tooLarge
        case notUTF8
        /// The terminal did not mark its beginning or its end.
        case withoutBeginning, withoutEnd
        case tooManyLines(Int)
        /// It has no line that can be sent.
        case noText
        /// An earlier paste still waits for a decision.
        case behindAnother
        /// The question that it was begun for has changed.
        case forSomethingElse
        case noAnswer(to: Question)
        /// The input line has no room for it, or may not contain it.
        case noRoom
        case forbidden(Unicode.Scalar)

        var text: String {
            switch self {
            case .tooLarge: "it is larger than \(ChatLimits.pasteBytes / 1024) KiB"
            case .notUTF8: "it is not valid UTF-8"
            case .withoutBeginning: "its beginning is missing"
            case .withoutEnd: "its end is missing"
            case .tooManyLines(let count):
                "it has \(count) lines, at most \(ChatLimits.pasteLines) are sent at once"
            case .noText: "no line of it can be sent"
            case .behindAnother: "first answer y or n for the lines pasted before"
            case .forSomethingElse: "the chat is asking for something else now"
            case .noAnswer(let question): "\(question.isHidden ? "a password" : "a name") is one line"
            case .noRoom: "a line has room for \(ChatLimits.inputCharacters) characters"
            case .forbidden(let scalar): TextRefusal.forbidden(scalar).description
            }
        }
    }

    /// The prompt while a paste is arriving, or while the rest of one is dropped.
    enum Prompt {
        case coming, lost

        var onScreen: String {
            switch self {
            case .coming: "A paste is coming in "
            case .lost: "Paste dropped, Enter continues "
            }
        }

        /// In line mode the end mark arrives only with an Enter.
        var amongLines: String {
            switch self {
            case .coming: "A paste is coming in, Enter ends it "
            case .lost: "The rest of the paste is dropped, an empty line continues "
            }
        }
    }

    private var bytes: [UInt8] = []
    /// The number of all its bytes: those beyond the limit are counted but not kept.
    private var count = 0
    var hasEnd = true

    init() {}

    mutating func append(_ byte: UInt8) {
        count += 1
        if bytes.count < ChatLimits.pasteBytes { bytes.append(byte) }
    }

    /// Removes the end mark from the end.
    mutating func removeEndMark(_ length: Int) {
        count -= length
        if bytes.count > count { bytes.removeLast(bytes.count - count) }
    }

    /// The lines that are not blank, without spaces at their ends; a tab becomes a space, as it is shown.
    func lines() throws(Refusal) -> [String] {
        guard hasEnd else { throw .withoutEnd }
        guard count <= ChatLimits.pasteBytes else { throw .tooLarge }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return text.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
            .map { line in
                let line = line.map { $0 == "\t" ? " " : $0 }
                return String(line[..<((line.lastIndex { $0 != " " } ?? -1) + 1)])
            }
            .filter { !$0.isEmpty }
    }

    /// The paste's only line, unchanged, for a secret; nil if there is no line or more than one.
    func secretLine() throws(Refusal) -> String? {
        _ = try lines()
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        let lines = text.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        return lines.count == 1 ? lines.first.map { String($0) } : nil
    }
}

/// The lines of a paste that can be sent, and the reasons why the others cannot.
struct PastedMessages: Sendable {
    private(set) var texts: [TweetText] = []
    /// The number of each refused line, from 1, and the reason.
    private(set) var refused: [(number: Int, reason: String)] = []

    init(_ lines: [String]) throws(Paste.Refusal) {
        guard lines.count <= ChatLimits.pasteLines else { throw .tooManyLines(lines.count) }
        for (index, line) in lines.enumerated() {
            do throws(TextRefusal) {
                texts.append(try TweetText(line))
            } catch {
                refused.append((index + 1, error.description))
            }
        }
    }

    /// The reports on the refused lines.
    var reports: [String] {
        let others = refused.count - ChatLimits.pasteRefusals
        return refused.prefix(ChatLimits.pasteRefusals).map { "line \($0) of the paste is left out: \($1)" }
            + (others > 0 ? ["\(others) more lines of it are left out"] : [])
    }

    /// The question whether to send the accepted lines.
    static func prompt(_ count: Int) -> String {
        "Send \(count == 1 ? "the 1 pasted line" : "the \(count) pasted lines") as messages? y/n "
    }

    /// The report on the accepted lines if the chat ends before they are sent.
    var unsent: String {
        texts.count == 1 ? "the pasted line is not sent" : "the \(texts.count) pasted lines are not sent"
    }

    /// The same for a paste that is still arriving.
    static let unfinished = "the paste is not sent: its end is missing"
}
