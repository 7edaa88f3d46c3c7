public import TweetModel

/// The server's reports: gathered during a turn of the loop, written once at its end, never waited for.
public final class ReportLog {
    private let file: ReportFile?
    private let streams: [ReportStream]
    private var lines: [UInt8] = []
    private var lineCount = 0
    /// The start of every line of one millisecond.
    private var time = Timestamp(milliseconds: .min)
    private var timeText: [UInt8] = []

    /// - Parameters:
    ///   - file: where the reports go; nil where no file is their log.
    ///   - streams: descriptors of the process that the reports are written to as well.
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
    /// - Parameter text: appends the text, which must be escaped where it came from outside.
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

    /// Adds a report of a text, which is escaped.
    public func report(_ category: Report.Category, _ text: String) {
        report(category) { $0.appendEscaped(text) }
    }

    /// Writes what was gathered; at the end of a turn.
    public func flush() {
        guard lineCount > 0 else {
            for stream in streams { stream.retry() }
            return
        }
        lines.withUnsafeBytes { bytes in
            file?.append(bytes, lineCount: lineCount)
            for stream in streams { stream.append(bytes) }
        }
        // A burst's memory is not kept.
        lines.removeAll(keepingCapacity: lines.count <= 65_536)
        lineCount = 0
    }

    /// Closes the log file and opens it under its name again, for a program that has renamed it.
    public func reopen() {
        flush()
        file?.reopen()
    }
}
