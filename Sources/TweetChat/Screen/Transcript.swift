/// The lines that are kept of a conversation, and the part of them that is seen.
public struct Transcript: Sendable {
    private var lines: [ChatLine] = []
    /// How many lines were dropped at the beginning.
    private var dropped = 0
    /// The line whose row stands at the bottom, counted from the first ever, and how many rows of it are below; none
    /// while the newest is seen.
    private var bottom: (line: Int, below: Int)?
    /// The newest line that was seen, counted in the same way.
    private var newestSeen = -1

    init() {}

    var isScrolled: Bool { bottom != nil }
    var count: Int { lines.count }
    /// Lines that have come since the reader scrolled up, and are not seen yet, those that were dropped unseen among
    /// them; nil while the newest is seen.
    var newBelow: Int? { bottom.map { _ in dropped + lines.count - 1 - newestSeen } }

    /// Appends a line, and before it the day where that is another one.
    mutating func append(_ line: ChatLine, style: LineStyle) {
        let day = style.day(line.time)
        let last = lines.last.map { style.day($0.time) }
        if last != nil, day != last { add(ChatLine(.day, line.time, day)) }
        add(line)
    }

    private mutating func add(_ line: ChatLine) {
        lines.append(line)
        if bottom == nil { newestSeen = dropped + lines.count - 1 }
        guard lines.count > ChatLimits.transcriptLines else { return }
        // Some at once, so that it seldom happens.
        let gone = ChatLimits.transcriptLines / 10
        lines.removeFirst(gone)
        dropped += gone
        if let bottom, bottom.line < dropped { self.bottom = (dropped, 0) }
    }

    // MARK: Seeing

    /// The rows that are seen, the oldest first: at most this many.
    func rows(_ height: Int, width: Int, style: LineStyle) -> [StyledRow] {
        page(height, width: width, style: style).rows
    }

    /// The rows up to the reader's place; where the oldest line leaves room, those below it follow.
    ///
    /// - Returns: the rows, and the place of the last one: the line's index, and how many rows of it are below.
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

    /// The line at the bottom by its index, and how many rows of it are below.
    private var place: (line: Int, below: Int) {
        bottom.map { ($0.line - dropped, $0.below) } ?? (lines.count - 1, 0)
    }

    // MARK: Scrolling

    /// Goes back by rows, not beyond the page that begins with the oldest line.
    mutating func scrollBack(_ count: Int, height: Int, width: Int, style: LineStyle) {
        guard !lines.isEmpty else { return }
        var place = place
        for _ in 0..<count {
            // Something has to be left above for a whole page.
            guard rowsAbove(place, atLeast: height, width: width, style: style) else { break }
            let rows = style.rows(lines[place.0], width: width).count
            if place.1 + 1 < rows { place.1 += 1 } else { place = (place.0 - 1, 0) }
        }
        bottom = (place.0 + dropped, place.1)
        if place == (lines.count - 1, 0) { bottom = nil }
    }

    /// Goes forward by rows, to the newest at last.
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

    /// The page has another size: a reader who sees the newest line now is not scrolled up any more.
    mutating func resized(height: Int, width: Int, style: LineStyle) {
        guard isScrolled, height > 0 else { return }
        if page(height, width: width, style: style).end == (lines.count - 1, 0) { scrollToEnd() }
    }

    /// Whether more rows than a page stand from the place upwards.
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
