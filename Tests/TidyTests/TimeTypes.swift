/// Finds instants and spans of time that are integers, by their names; they must be `Instant` and `Duration`.
enum TimeTypes {
    /// The last words of names that mean a time: units, instants and spans.
    private static let words = [
        "seconds", "milliseconds", "microseconds", "nanoseconds", "millis", "micros", "nanos", "ms", "us", "ns",
        "now", "deadline", "until", "since", "timeout", "pause", "delay", "wait", "silence", "gap", "interval", "age",
    ]

    /// The names that a file may use, each with the reason.
    private static let allowed = [
        "Instant.swift": ["milliseconds", "inMilliseconds"],  // The form of the types themselves.
        "PreciseInstant.swift": ["nanoseconds"],
        "WorkTime.swift": ["nanoseconds"],
        "Timestamp.swift": ["milliseconds"],  // The wall clock.
        "LocalTimeOffset.swift": ["seconds"],  // From UTC to local time.
        "TweetRequests.swift": ["maxAge"],  // On the wire.
        "Freshness.swift": ["maxAge"],  // From the wire.
        "Settings.swift": ["maxAge"],  // For the wire.
        "TimeSpan.swift": ["milliseconds"],  // Factors of the units that a user types.
        "Poll.swift": ["longestTimeout"],  // The argument of poll(2).
        "Socket.swift": ["seconds"],  // The argument of setsockopt(2).
    ]

    /// The allowed names that no file uses any more.
    static func unusedAllowances(in files: [SourceFile]) -> [String] {
        let used = Set(files.flatMap { file in integerTimes(in: file).map { "\(file.name): \($0.name)" } })
        return allowed.flatMap { file, names in names.map { "\(file): \($0)" } }.filter { !used.contains($0) }.sorted()
    }

    static func findings(in file: SourceFile) -> [Finding] {
        integerTimes(in: file).filter { allowed[file.name]?.contains($0.name) != true }.map { name, index in
            file.finding("\(name) is a time; its type has to be Instant or Duration", atIndex: index)
        }
    }

    private static func integerTimes(in file: SourceFile) -> [(name: String, index: Int)] {
        file.code.indices.flatMap { index in
            integers(in: file.code[index]).filter(meansTime).map { ($0, index) }
        }
    }

    /// The names of variables and parameters that a line declares with an integer type of 32 bits or more.
    private static func integers(in line: String) -> [String] {
        // Matching a pattern with every line takes a debug build seconds.
        guard line.utf8.contains(UInt8(ascii: "I")), line.contains("Int") else { return [] }
        let declared = #/(\w+): \[?(?:U?Int(?:32|64|128)?|C(?:Unsigned)?Int)\b(?![(.])/#
        let inferred = #/\b(?:let|var) (\w+) = (?:U?Int(?:32|64|128)?|C(?:Unsigned)?Int)[(.]/#
        return line.matches(of: declared).map { String($0.1) } + line.matches(of: inferred).map { String($0.1) }
    }

    private static func meansTime(_ name: String) -> Bool {
        // `At` alone is not the name of a variable.
        name.hasSuffix("At")
            || words.contains { word in
                name == word || name.hasSuffix(word.prefix(1).uppercased() + word.dropFirst())
                    || name.hasSuffix("_\(word)")
            }
    }
}
