import TweetModel

/// The names of the people who are here, at the right of the messages on a wide terminal.
enum PeopleList {
    /// The minimum width of a terminal for the list: the messages keep the width that most terminals have.
    static let columnsOfTerminal = 100
    /// The width of the list: a border, a space and the longest name.
    static let columns = TextLimits.nameCharacters + 3

    /// Writes the list into the rows of the messages, from the top.
    ///
    /// - Parameters:
    ///   - people: the first people, in order.
    ///   - count: how many are here; nil while unknown.
    static func append(_ people: [String], count: Int?, to rows: inout [StyledRow], size: ScreenSize) {
        guard let count, !rows.isEmpty else { return }
        var entries = ["\(count) here"] + people
        let hidden = count - people.count
        if entries.count > rows.count || hidden > 0 {
            // The last row says how many names have no room.
            let shown = min(people.count, max(0, rows.count - 2))
            entries = ["\(count) here"] + people.prefix(shown) + ["and \(count - shown) more"]
        }
        for index in rows.indices {
            // The border continues below the last entry.
            let entry = index < entries.count ? entries[index] : ""
            let gap = max(0, size.messageColumns - rows[index].columns)
            rows[index].append(String(repeating: " ", count: gap), .plain)
            rows[index].append("│ ", .time)
            rows[index].append(String(entry.prefix(columns: columns - 2)), index == 0 ? .time : .people)
        }
    }
}
