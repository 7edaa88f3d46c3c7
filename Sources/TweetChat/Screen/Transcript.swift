/// The kept lines of a conversation, and the visible part of them.
public struct Transcript: Sendable {
    private var lines: [ChatLine] = []
    /// Bytes of the lines' texts.
    private var bytes = 0
    /// The number of lines dropped at the beginning.
    private var dropped = 0
    /// The line at the bottom, counted from the first ever, and the number of its rows below the visible part; nil
    /// while the newest line is visible.
    private var bottom: (line: Int, below: Int)?
    /// The newest line that was visible, counted in the same way.
    private var newestSeen = -1

    init() {}

    var isScrolled: Bool { bottom != nil }
    var count: Int { lines.count }
    /// The number of unseen lines since the reader scrolled up, including those dropped unseen; nil while the newest
    /// line is visible.
    var newBelow: Int? { bottom.map { _ in dropped + lines.count - 1 - newestSeen } }

    /// Appends a line, preceded by the date if it has changed.
    mutating func append(_ line: ChatLine, style: LineStyle) {
        let day = style.day(line.time)
        let last = lines.last.map { style.day($0.time) }
        if last != nil, day != last { add(ChatLine(.day, line.time, day)) }
        add(line)
    }

    private mutating func add(_ line: ChatLine) {
        lines.append(line)
        if bottom == nil { newestSeen = dropped + lines.count - 1 }
        bytes += line.text.utf8.count
        guard lines.count > ChatLimits.transcriptLines || bytes > ChatLimits.transcriptBytes, lines.count > 1 else {
            return
        }
        // Drops many at once, so that it seldom happens.
        let gone = max(1, lines.count / 10)
        bytes -= lines.prefix(gone).reduce(0) { $0 + $1.text.utf8.count }
        lines.removeFirst(gone)
        dropped += gone
        if let bottom, bottom.line < dropped { self.bottom = (dropped, 0) }
    }

    // MARK: Seeing

    /// The visible rows, the oldest first: at most this many.
    func rows(_ height: Int, width: Int, style: LineStyle) -> [StyledRow] {
        page(height, width: width, style: style).rows
    }

    /// The rows up to the reader's place; if the oldest line leaves room, the rows below follow.
    ///
    /// - Returns: the rows, and the place of the last one: the line's index, and the number of its rows below.
    private func page(
        _ height: Int, width: Int, style: LineStyle
    ) -> (rows: [StyledRow], end: (line: Int, below: Int)) {
        guard !lines.isEmpty, height > 0 else { return ([], place) }
        var end = place
        var index = end.line
        var rows = style.rows(lines[index], width: width)
        // The window may have become wider, and the line shorter.
        end.below = min(end.below, rows.count - 1)
        var below = Array(rows.suffix(end.below))
        rows.removeLast(end.below)
        while index > 0, rows.count < height {
            index -= 1
            rows = style.rows(lines[index], width: width) + rows
        }
        while rows.count < height {
            if below.isEmpty {
                guard end.line + 1 < lines.count else { break }
                end.line += 1
                below = style.rows(lines[end.line], width: width)
            }
            rows.append(below.removeFirst())
            end.below = below.count
        }
        return (Array(rows.suffix(height)), end)
    }

    /// The index of the line at the bottom, and the number of its rows below.
    private var place: (line: Int, below: Int) {
        bottom.map { ($0.line - dropped, $0.below) } ?? (lines.count - 1, 0)
    }

    // MARK: Scrolling

    /// Scrolls back by rows, at most to the page that begins with the oldest line.
    mutating func scrollBack(_ count: Int, height: Int, width: Int, style: LineStyle) {
        guard !lines.isEmpty else { return }
        var place = place
        for _ in 0..<count {
            // A whole page has to remain above.
            guard rowsAbove(place, atLeast: height, width: width, style: style) else { break }
            let rows = style.rows(lines[place.0], width: width).count
            if place.1 + 1 < rows { place.1 += 1 } else { place = (place.0 - 1, 0) }
        }
        bottom = (place.0 + dropped, place.1)
        if place == (lines.count - 1, 0) { bottom = nil }
    }

    /// Scrolls forward by rows, at most to the newest line.
    mutating func scrollForward(_ count: Int, height: Int, width: Int, style: LineStyle) {
        guard isScrolled else { return }
        var place = page(height, width: width, style: style).end
        for _ in 0..<count {
            if place.1 > 0 {
                place.1 -= 1
            } else if place.0 < lines.count - 1 {
                place = (place.0 + 1, style.rows(lines[place.0 + 1], width: width).count - 1)
            } else {
                break
            }
        }
        newestSeen = max(newestSeen, place.0 + dropped)
        bottom = place == (lines.count - 1, 0) ? nil : (place.0 + dropped, place.1)
    }

    mutating func scrollToEnd() {
        bottom = nil
        newestSeen = dropped + lines.count - 1
    }

    /// Applies a new page size: a reader who now sees the newest line is no longer scrolled up.
    mutating func resized(height: Int, width: Int, style: LineStyle) {
        guard isScrolled, height > 0 else { return }
        if page(height, width: width, style: style).end == (lines.count - 1, 0) { scrollToEnd() }
    }

    /// Whether there are more rows than a page from the place upwards.
    private func rowsAbove(_ place: (Int, Int), atLeast height: Int, width: Int, style: LineStyle) -> Bool {
        var count = -place.1
        var index = place.0
        while index >= 0 {
            count += style.rows(lines[index], width: width).count
            if count > height { return true }
            index -= 1
        }
        return false
    }
}
