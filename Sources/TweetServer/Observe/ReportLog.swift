public import TweetModel

/// The server's reports: collected during a turn of the loop, and written at its end without blocking.
public final class ReportLog {
    private let file: ReportFile?
    private let streams: [ReportStream]
    private var lines: [UInt8] = []
    private var lineCount = 0
    /// The time as text, shared by all lines of one millisecond.
    private var time = Timestamp(milliseconds: .min)
    private var timeText: [UInt8] = []

    /// - Parameters:
    ///   - file: the log file; nil if reports go only to streams.
    ///   - streams: inherited descriptors that the reports are also written to.
    public init(file: ReportFile?, streams: [CInt]) {
        self.file = file
        self.streams = streams.map(ReportStream.init)
    }

    /// Moves the reports of earlier sessions out of the log's file.
    public func beginSession() {
        file?.beginSession()
    }

    /// Adds a report.
    ///
    /// - Parameter text: appends the text; parts that come from outside must be escaped.
    func report(_ category: Report.Category, _ text: (inout [UInt8]) -> Void) {
        let now = Timestamp.now
        if now != time {
            time = now
            timeText.removeAll(keepingCapacity: true)
            now.append(to: &timeText)
        }
        Report.appendHead(.server, category, time: timeText, to: &lines)
        text(&lines)
        lines.append(UInt8(ascii: "\n"))
        lineCount += 1
    }

    /// Adds a report; its text is escaped.
    public func report(_ category: Report.Category, _ text: String) {
        report(category) { $0.appendEscaped(text) }
    }

    /// Writes the collected reports; called at the end of a turn.
    public func flush() {
        guard lineCount > 0 else {
            for stream in streams { stream.retry() }
            return
        }
        lines.withUnsafeBytes { bytes in
            file?.append(bytes, lineCount: lineCount)
            for stream in streams { stream.append(bytes) }
        }
        // The memory of a burst is released.
        lines.removeAll(keepingCapacity: lines.count <= 65_536)
        lineCount = 0
    }

    /// Closes the log file and opens its path again, after another program has renamed the file.
    public func reopen() {
        flush()
        file?.reopen()
    }
}
