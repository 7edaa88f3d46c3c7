import TweetModel

/// A line of the conversation as styled rows.
struct LineStyle: Hashable, Sendable {
    /// This person's name, if there is one.
    var ownName: String?
    /// Folded keys of the followed hashtags.
    var followedTags: Set<String> = []
    /// Seconds that local time is ahead of UTC.
    var secondsFromUTC = 0

    /// The minimum width for showing times.
    static let columnsForTime = 40

    /// `09:05 `.
    private func clock(_ time: Timestamp) -> String {
        String(time.shifted(bySeconds: secondsFromUTC).text.dropFirst(11).prefix(5)) + " "
    }

    /// `2026-11-21`.
    func day(_ time: Timestamp) -> String {
        String(time.shifted(bySeconds: secondsFromUTC).text.prefix(10))
    }

    /// Wraps a line into rows; all but the first are indented below the text.
    func rows(_ line: ChatLine, width: Int) -> [StyledRow] {
        let time = width >= Self.columnsForTime && line.kind != .day ? clock(line.time) : ""
        var wrapper = Wrapper(width: max(1, width), indent: time.count)
        wrapper.append(time, .time)
        if line.isForYou { wrapper.append(ChatLine.forYouMark, .forYou) }
        wrapper.append(line.head, headStyle(line.kind))
        switch line.kind {
        case .tweet, .message, .sentMessage: appendText(line.text, to: &wrapper)
        case .server, .privateRefusal: wrapper.append(line.text, .server)
        case .note, .connection: wrapper.append(line.text, .note)
        case .failure: wrapper.append(line.text, .failure)
        case .day: wrapper.append("── \(line.text) ──", .time)
        }
        return wrapper.finish()
    }

    private func headStyle(_ kind: ChatLine.Kind) -> Style {
        switch kind {
        case .tweet(let author?): author.lowercased() == ownName?.lowercased() ? .ownName : .author(named: author)
        case .tweet(nil): .note
        case .message, .sentMessage: .message
        case .server, .privateRefusal: .server
        case .note, .connection: .note
        case .failure: .failure
        case .day: .time
        }
    }

    /// Appends text, with hashtags and one's own name highlighted.
    private func appendText(_ text: String, to wrapper: inout Wrapper) {
        let scalars = text.unicodeScalars
        let own = ownName?.lowercased()
        var tags = Hashtag.places(in: text)[...]
        var index = scalars.startIndex
        var plainStart = index
        func plain(upTo end: String.Index) -> String { String(scalars[plainStart..<end]) }
        while index < scalars.endIndex {
            let scalar = scalars[index]
            var end = scalars.index(after: index)
            var style: Style?
            if let (tag, range) = tags.first, range.lowerBound == index {
                tags.removeFirst()
                end = range.upperBound
                style = followedTags.contains(tag.key) ? .followedTag : .hashtag
            } else if scalar.isNameCharacter {
                end = scalars[end...].firstIndex { !$0.isNameCharacter } ?? scalars.endIndex
                if let own, String(scalars[index..<end]).lowercased() == own { style = .ownName }
            }
            if let style {
                wrapper.append(plain(upTo: index), .plain)
                wrapper.append(String(scalars[index..<end]), style)
                plainStart = end
            }
            index = end
        }
        wrapper.append(plain(upTo: scalars.endIndex), .plain)
    }
}

/// Breaks text into rows: at spaces and between wide characters, and anywhere in a word that fits no row.
private struct Wrapper {
    private struct Item {
        let character: Character
        let style: Style
        let columns: Int

        var isSpace: Bool { character == " " }
        /// Whether it is a wide character: text of these has no spaces and may be broken between any two.
        var isWide: Bool { columns > 1 }
    }

    private let width: Int
    private let indent: Int
    private var items: [Item] = []

    init(width: Int, indent: Int) {
        self.width = width
        self.indent = indent
    }

    mutating func append(_ text: String, _ style: Style) {
        for character in text {
            let item = Item(character: character, style: style, columns: character.columns)
            // One that fits no row at all is omitted.
            if item.columns <= width - indent { items.append(item) }
        }
    }

    func finish() -> [StyledRow] {
        var rows: [StyledRow] = []
        var start = 0
        repeat {
            let room = rows.isEmpty ? width : width - indent
            let end = rowEnd(from: start, room: room, least: rows.isEmpty ? indent : 0)
            var row = StyledRow(rows.isEmpty ? "" : String(repeating: " ", count: indent), .plain)
            var shown = items[start..<end]
            // Spaces at the end of a row are not drawn.
            if end < items.count { shown = shown[..<((shown.lastIndex { !$0.isSpace } ?? start - 1) + 1)] }
            for item in shown { row.append(item.character, item.style) }
            rows.append(row)
            start = items[end...].firstIndex { !$0.isSpace } ?? items.count
        } while start < items.count
        return rows
    }

    /// The end of the row that begins at an index.
    ///
    /// - Parameter least: the number of characters to keep together at the row's beginning.
    private func rowEnd(from start: Int, room: Int, least: Int) -> Int {
        var columns = 0
        var full = start
        while full < items.count, columns + items[full].columns <= room {
            columns += items[full].columns
            full += 1
        }
        guard full < items.count, !items[full].isSpace else { return full }
        var end = full
        while end > start + max(1, least), !mayBreak(before: end) { end -= 1 }
        guard end > start + max(1, least) else { return full }
        // A word that needs more than the next row begins in this one.
        let wordEnd = (end + 1..<items.count).first { mayBreak(before: $0) || items[$0].isSpace } ?? items.count
        return items[end..<wordEnd].reduce(0) { $0 + $1.columns } > width - indent ? full : end
    }

    private func mayBreak(before place: Int) -> Bool {
        items[place - 1].isSpace || items[place - 1].isWide || items[place].isWide
    }
}
