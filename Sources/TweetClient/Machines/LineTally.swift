/// Counts the outcome of each line of a run, and words the report at its end.
struct LineTally: Sendable {
    private(set) var stored = 0
    private var refused = 0
    /// The first refused line, in the order of standard input.
    private var first: (line: Int, exitCode: ExitCode)?
    private var cleaned = 0
    private var truncated = 0

    mutating func noteStored() { stored += 1 }

    mutating func noteRefused(line: Int, _ exitCode: ExitCode) {
        refused += 1
        if first.map({ line < $0.line }) ?? true { first = (line, exitCode) }
    }

    mutating func note(_ message: MessageFitting.Fitted) {
        if message.wasCleaned { cleaned += 1 }
        if message.wasTruncated { truncated += 1 }
    }

    /// The effect of `--clean` and `--truncate`; nil for none.
    var changes: String? {
        let parts = [(cleaned, "cleaned"), (truncated, "cut")].filter { $0.0 > 0 }
        return parts.isEmpty ? nil : parts.map { "\(Self.lines($0.0)) \($0.1)" }.joined(separator: ", ")
    }

    /// The error of a run that has not done all that it was asked; nil where it has.
    ///
    /// - Parameters:
    ///   - failure: the error that ended the run early.
    ///   - firstOpenLine: the first line without an outcome.
    func error(after failure: ClientError?, firstOpenLine: Int?) -> ClientError? {
        if let failure {
            var text = "\(failure.text); \(Self.lines(stored)) stored"
            if let firstOpenLine {
                text += "; whether line \(firstOpenLine) and later lines are stored is unknown"
            }
            return ClientError(failure.exitCode, text)
        }
        guard let first else { return nil }
        let text = "\(Self.lines(refused)) refused, the first is line \(first.line); \(Self.lines(stored)) stored"
        return ClientError(first.exitCode, text)
    }

    /// `1 line is`, `2 lines are`.
    static func lines(_ count: Int) -> String { count == 1 ? "1 line is" : "\(count) lines are" }
}
