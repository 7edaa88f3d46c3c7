/// The rows and columns of a terminal.
public struct ScreenSize: Hashable, Sendable {
    public var rows: Int
    public var columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = max(1, rows)
        self.columns = max(1, columns)
    }

    /// The rows that the messages have.
    var messageRows: Int { max(0, rows - 2) }
}

/// A whole screen: what each row shows, and where the cursor stands.
public struct ScreenImage: Hashable, Sendable {
    /// As many as the screen has; none is wider than it.
    public let rows: [StyledRow]
    public let cursorRow: Int
    public let cursorColumn: Int
}

/// Where everything stands: messages above, the status line, the line that is typed.
public enum ScreenLayout {
    /// Puts a screen together.
    ///
    /// - Parameter now: the monotonic clock, in milliseconds, for what is counted down.
    static func image(
        _ size: ScreenSize, transcript: Transcript, style: LineStyle, status: ChatStatus, input: InputLine,
        question: Question?, now: UInt64
    ) -> ScreenImage {
        var rows = transcript.rows(size.messageRows, width: size.columns, style: style)
        // The newest stands at the bottom.
        rows.insert(contentsOf: Array(repeating: StyledRow(), count: size.messageRows - rows.count), at: 0)
        if size.rows > 1 {
            rows.append(statusRow(status, isScrolled: transcript.isScrolled, columns: size.columns, now: now))
        }
        let (row, cursor) = inputRow(input, question: question, columns: size.columns)
        rows.append(row)
        return ScreenImage(rows: rows, cursorRow: size.rows - 1, cursorColumn: min(cursor, size.columns - 1))
    }

    // MARK: The status line

    /// What there is room for: the least important goes first.
    static func statusRow(_ status: ChatStatus, isScrolled: Bool, columns: Int, now: UInt64) -> StyledRow {
        var parts: [(text: String, rank: Int, isAlert: Bool)] = []
        switch status.connection {
        case .connected: parts.append(("connected", 6, false))
        case .connecting: parts.append(("connecting", 0, true))
        case .pausing(let until):
            let seconds = until > now ? (until - now + 999) / 1000 : 0
            parts.append(("no connection, again in \(seconds) s", 0, true))
        }
        if let name = status.name {
            let state = status.isAway ? " (away)" : status.isHidden ? " (hidden)" : ""
            parts.append((name + state, 1, false))
        }
        if status.pending > 0 { parts.append(("\(status.pending) pending", 2, true)) }
        if let count = status.hereCount { parts.append(("\(count) here", 3, false)) }
        if status.unanswered > 0, status.connection != .connected || status.waitsForStore {
            parts.append(("\(status.unanswered) unsent", 4, false))
        }
        if isScrolled { parts.append(("scrolled back", 3, true)) }
        parts.append((status.server, 5, false))
        if !status.tags.isEmpty {
            parts.append((status.tags.map { "#" + $0.harmless }.joined(separator: " "), 7, false))
        }
        while parts.count > 1, parts.reduce(-1, { $0 + $1.text.columns + 3 }) > columns {
            guard let least = parts.indices.max(by: { parts[$0].rank < parts[$1].rank }) else { break }
            parts.remove(at: least)
        }
        var row = StyledRow()
        for (index, part) in parts.enumerated() {
            row.append(index == 0 ? " " : " | ", .status)
            let room = max(0, columns - row.columns)
            row.append(String(part.text.prefix(columns: room)), part.isAlert ? .statusAlert : .status)
        }
        row.append(String(repeating: " ", count: max(0, columns - row.columns)), .status)
        return row
    }

    // MARK: The line that is typed

    /// The columns of ` -123`, what the counter takes at the right.
    private static let counterColumns = 5
    /// The fewest columns that leave room for a counter.
    private static let columnsForCounter = 16

    private static func inputRow(
        _ input: InputLine, question: Question?, columns: Int
    ) -> (row: StyledRow, cursor: Int) {
        // A prompt leaves room for at least some of the answer.
        let prompt = String((question?.prompt ?? "> ").prefix(columns: max(0, columns - 4)))
        let left = question == nil ? ChatCommand.charactersLeft(input.text) : nil
        let hasCounter = left != nil && columns >= columnsForCounter
        let room = max(1, columns - prompt.columns - (hasCounter ? counterColumns : 0))
        let (text, cursor) = input.view(columns: room, isHidden: question?.isHidden ?? false)
        var row = StyledRow(prompt, .prompt)
        row.append(text, .plain)
        if hasCounter, let left {
            let count = String(max(left, -999))
            row.append(String(repeating: " ", count: max(0, columns - row.columns - count.count)), .plain)
            row.append(count, left < 0 ? .counterAlert : .counter)
        }
        return (row, prompt.columns + cursor)
    }
}
