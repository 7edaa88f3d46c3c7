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

    /// The columns that the messages have: a wide terminal lists people beside them.
    var messageColumns: Int { hasPeople ? columns - PeopleList.columns : columns }

    var hasPeople: Bool { columns >= PeopleList.columnsOfTerminal }

    /// The names that the list beside the messages can show.
    public var listedPeople: Int { hasPeople ? max(0, messageRows - 1) : 0 }
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
    /// All that a screen is made of.
    struct Content {
        var transcript: Transcript
        var style: LineStyle
        var status: ChatStatus
        var input: InputLine
        var question: Question?
        var people: [String]
        /// How many pasted lines a person has to decide about.
        var pastedCount: Int?
        /// The words that stand for the input line while a paste is coming in.
        var pastePrompt: String?
        var unseenForYou = 0
    }

    /// Puts a screen together.
    ///
    /// - Parameter now: the monotonic clock, in milliseconds, for what is counted down.
    static func image(_ size: ScreenSize, _ content: Content, now: UInt64) -> ScreenImage {
        var rows = content.transcript.rows(size.messageRows, width: size.messageColumns, style: content.style)
        // The newest stands at the bottom.
        rows.insert(contentsOf: Array(repeating: StyledRow(), count: size.messageRows - rows.count), at: 0)
        if size.hasPeople {
            PeopleList.append(content.people, count: content.status.hereCount, to: &rows, size: size)
        }
        if size.rows > 1 {
            rows.append(
                statusRow(
                    content.status, newBelow: content.transcript.newBelow, forYou: content.unseenForYou,
                    columns: size.columns, now: now))
        }
        let (row, cursor) = lastRow(content, columns: size.columns)
        rows.append(row)
        return ScreenImage(rows: rows, cursorRow: size.rows - 1, cursorColumn: min(cursor, size.columns - 1))
    }

    // MARK: The status line

    /// The status row, as far as there is room for it: the least important part is left out first.
    ///
    /// - Parameters:
    ///   - newBelow: the lines that have come below what a reader sees; nil while nothing is scrolled.
    ///   - forYou: messages for this person since a key was last pressed.
    static func statusRow(
        _ status: ChatStatus, newBelow: Int?, forYou: Int = 0, columns: Int, now: UInt64
    ) -> StyledRow {
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
        if forYou > 0 { parts.append(("\(forYou) for you", 2, true)) }
        if status.pending > 0 { parts.append(("\(status.pending) pending", 2, true)) }
        if let newBelow { parts.append((newBelow > 0 ? "\(newBelow) new below" : "scrolled back", 3, true)) }
        if let count = status.hereCount { parts.append(("\(count) here", 4, false)) }
        if status.unanswered > 0, status.connection != .connected || status.waitsForStore {
            parts.append(("\(status.unanswered) unsent", 4, false))
        }
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

    private static func lastRow(_ content: Content, columns: Int) -> (row: StyledRow, cursor: Int) {
        let decision = content.pastedCount.map(PastedMessages.prompt)
        guard let prompt = content.pastePrompt ?? decision else {
            return inputRow(content.input, question: content.question, columns: columns)
        }
        let row = StyledRow(String(prompt.prefix(columns: columns)), .prompt)
        return (row, row.columns)
    }

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
