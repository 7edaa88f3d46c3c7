import TweetModel

/// The names of the people who are here, at the right of the messages on a wide terminal.
enum PeopleList {
    /// The fewest columns of a terminal that has the list: the messages keep as many as most terminals have.
    static let columnsOfTerminal = 100
    /// The columns that it takes: a line, a space and the longest name.
    static let columns = TextLimits.nameCharacters + 3

    /// Writes the list into the rows of the messages, from the top.
    ///
    /// - Parameters:
    ///   - people: in order; the first ones of many.
    ///   - count: how many are here; nil while nobody has told.
    static func append(_ people: [String], count: Int?, to rows: inout [StyledRow], size: ScreenSize) {
        guard let count, !rows.isEmpty else { return }
        var entries = ["\(count) here"] + people
        let hidden = count - people.count
        if entries.count > rows.count || hidden > 0 {
            // The last row tells how many there is no room for.
            let shown = min(people.count, max(0, rows.count - 2))
            entries = ["\(count) here"] + people.prefix(shown) + ["and \(count - shown) more"]
        }
        for index in rows.indices {
            // The border goes on below the last entry.
            let entry = index < entries.count ? entries[index] : ""
            let gap = max(0, size.messageColumns - rows[index].columns)
            rows[index].append(String(repeating: " ", count: gap), .plain)
            rows[index].append("│ ", .time)
            rows[index].append(String(entry.prefix(columns: columns - 2)), index == 0 ? .time : .people)
        }
    }
}
