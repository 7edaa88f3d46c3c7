import TweetJournal
import TweetModel

/// Figures in the text format of Prometheus, version 0.0.4.
struct MetricsText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var bytes: [UInt8] = []
    private var name: StaticString = ""

    /// Begins a metric, whose samples follow.
    mutating func begin(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        self.name = name
        bytes.append(contentsOf: "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// Adds a metric with one sample.
    mutating func add(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ value: Int64) {
        begin(name, kind, help)
        add(value)
    }

    /// Adds a sample of the metric.
    ///
    /// - Parameter label: the name and the value of its label; a value of letters, digits and `_` only.
    mutating func add(_ value: Int64, _ label: (name: StaticString, value: String)? = nil) {
        add("", label, "\(value)")
    }

    private mutating func add(_ suffix: StaticString, _ label: (name: StaticString, value: String)?, _ value: String) {
        let labels = label.map { "{\($0.name)=\"\($0.value)\"}" } ?? ""
        bytes.append(contentsOf: "\(name)\(suffix)\(labels) \(value)\n".utf8)
    }

    /// Adds a histogram.
    ///
    /// - Parameter isTime: whether its values are microseconds, which are written as seconds.
    mutating func add(_ name: StaticString, _ help: StaticString, _ histogram: Histogram, isTime: Bool = false) {
        begin(name, .histogram, help)
        func written(_ value: Int64) -> String { isTime ? Self.seconds(.microseconds(value)) : "\(value)" }
        var count: Int64 = 0
        for bucket in histogram.buckets {
            count += bucket.count
            add("_bucket", ("le", written(bucket.bound)), "\(count)")
        }
        add("_bucket", ("le", "+Inf"), "\(histogram.count)")
        add("_sum", nil, written(histogram.sum))
        add("_count", nil, "\(histogram.count)")
    }

    /// A span that is not negative, in seconds with six decimal places.
    private static func seconds(_ span: Duration) -> String {
        let (seconds, rest) = span.components
        let fraction = String(rest / 1_000_000_000_000)
        return "\(seconds).\(String(repeating: "0", count: max(0, 6 - fraction.utf8.count)))\(fraction)"
    }
}
