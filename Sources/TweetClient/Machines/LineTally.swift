/// Counts the outcome of each line of a run, and words the report at its end.
struct LineTally: Sendable {
    private(set) var stored = 0
    private var refused = 0
    /// The first refused line, in the order of standard input.
    private var first: (line: Int, exitCode: ExitCode)?
    private var cleaned = 0
    private var truncated = 0
    private var nothingLeft = 0

    mutating func noteStored() { stored += 1 }

    mutating func noteRefused(line: Int, _ exitCode: ExitCode) {
        refused += 1
        if first.map({ line < $0.line }) ?? true { first = (line, exitCode) }
    }

    mutating func note(_ message: MessageFitting.Fitted) {
        if message.wasCleaned { cleaned += 1 }
        if message.wasTruncated { truncated += 1 }
    }

    /// Counts a line that is empty after `--clean`.
    mutating func noteNothingLeft() { nothingLeft += 1 }

    /// A report on the effect of `--clean` and `--truncate`; nil if there was none.
    var changes: String? {
        let all = [(cleaned, "cleaned"), (truncated, "cut"), (nothingLeft, "skipped: cleaning left nothing")]
        let parts = all.filter { $0.0 > 0 }
        return parts.isEmpty ? nil : parts.map { "\(Self.lines($0.0)) \($0.1)" }.joined(separator: ", ")
    }

    /// The error of a run that has not done everything; nil if it has.
    ///
    /// - Parameters:
    ///   - failure: the failure that ended the run early.
    ///   - firstUnknownLine: the first line that may or may not be stored.
    ///   - firstUnsentLine: the first line that was not sent, or that the server refused for a while.
    func error(
        after failure: ClientError?, firstUnknownLine: Int? = nil, firstUnsentLine: Int? = nil
    ) -> ClientError? {
        if let failure {
            var text = "\(failure.text); \(Self.lines(stored)) stored"
            if let firstUnknownLine {
                if let firstUnsentLine, firstUnsentLine < firstUnknownLine {
                    text += ", line \(firstUnsentLine) is not"
                }
                text += ", and " + Self.unknown(from: firstUnknownLine)
            } else if let firstUnsentLine {
                text += ", line \(firstUnsentLine) and later lines are not"
            }
            return ClientError(failure.exitCode, text, isQuiet: failure.isQuiet)
        }
        guard let first else { return nil }
        let text = "\(Self.lines(refused)) refused, the first is line \(first.line); \(Self.lines(stored)) stored"
        return ClientError(first.exitCode, text)
    }

    static func unknown(from line: Int) -> String {
        "it is unknown whether line \(line) and later lines are stored"
    }

    /// `1 line is`, `2 lines are`.
    static func lines(_ count: Int) -> String { count == 1 ? "1 line is" : "\(count) lines are" }
}
