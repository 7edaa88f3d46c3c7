import TweetSystem

/// The rows and columns of a terminal.
public struct ScreenSize: Hashable, Sendable {
    public var rows: Int
    public var columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = max(1, rows)
        self.columns = max(1, columns)
    }

    /// The rows for the messages.
    var messageRows: Int { max(0, rows - 2) }

    /// The columns for the messages: a wide terminal lists people beside them.
    var messageColumns: Int { hasPeople ? columns - PeopleList.columns : columns }

    var hasPeople: Bool { columns >= PeopleList.columnsOfTerminal }

    /// The number of names that fit into the list beside the messages.
    public var listedPeople: Int { hasPeople ? max(0, messageRows - 1) : 0 }
}

/// A whole screen: its rows, and the position of the cursor.
public struct ScreenImage: Hashable, Sendable {
    /// The rows: as many as the screen has, none wider than it.
    public let rows: [StyledRow]
    public let cursorRow: Int
    public let cursorColumn: Int
}

/// The layout of the screen: messages at the top, then the status line and the input line.
public enum ScreenLayout {
    /// The contents of a screen.
    struct Content {
        var transcript: Transcript
        var style: LineStyle
        var status: ChatStatus
        var input: InputLine
        var question: Question?
        var people: [String]
        /// The number of pasted lines that wait for a decision.
        var pastedCount: Int?
        /// The prompt in place of the input line while a paste is arriving.
        var pastePrompt: String?
        var unseenForYou = 0
    }

    /// Lays out a screen.
    ///
    /// - Parameter now: the current instant, for the countdown.
    static func image(_ size: ScreenSize, _ content: Content, now: Instant) -> ScreenImage {
        var rows = content.transcript.rows(size.messageRows, width: size.messageColumns, style: content.style)
        // The newest row is at the bottom.
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

    /// The status row; if there is too little room, the least important parts are omitted.
    ///
    /// - Parameters:
    ///   - newBelow: the number of new lines below the visible ones; nil if not scrolled up.
    ///   - forYou: messages for this person since the last key was pressed.
    static func statusRow(
        _ status: ChatStatus, newBelow: Int?, forYou: Int = 0, columns: Int, now: Instant
    ) -> StyledRow {
        var parts: [(text: String, rank: Int, isAlert: Bool)] = []
        switch status.connection {
        case .connected: parts.append(("connected", 6, false))
        case .connecting: parts.append(("connecting", 0, true))
        case .pausing(let until):
            let seconds = (max(until - now, .zero).inMilliseconds + 999) / 1000
            parts.append(("no connection, retry in \(seconds) s", 0, true))
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

    // MARK: The input line

    /// The width of the counter at the right, ` -123`.
    private static let counterColumns = 5
    /// The minimum width for showing a counter.
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
        // The prompt leaves room for at least part of the answer.
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
