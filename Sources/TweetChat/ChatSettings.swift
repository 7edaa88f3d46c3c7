/// Where the server is: from the command line, else the environment, else the configuration file, else the default.
///
/// The file is the server's, whose other keys are none of the chat's business.
public struct ChatSettings: Hashable, Sendable {
    public var host = "127.0.0.1"
    public var port: UInt16 = 65432

    /// A value that is wrong, and where it stands.
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
        /// Whether it stands on the command line, and not in the environment or the file.
        public let isUsage: Bool
    }

    /// - Parameters:
    ///   - flags: names without their dashes, and values.
    ///   - environment: the value of a variable, nil where it is not set.
    ///   - file: the configuration file's path and content, if there is one.
    public init(
        flags: [(name: String, value: String)], environment: (String) -> String?, file: (path: String, text: String)?
    ) throws(Mistake) {
        if let file {
            // A carriage return and a line feed are one Character.
            let lines = file.text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            for (number, line) in lines.enumerated() {
                let words = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard words.count == 2 else { continue }
                try set(
                    Self.trimmed(words[0]), Self.trimmed(words[1]), at: "\(file.path):\(number + 1)", isUsage: false)
            }
        }
        for name in ["host", "port"] {
            let variable = "TTWEET_" + name.uppercased()
            if let value = environment(variable) { try set(name, value, at: variable, isUsage: false) }
        }
        for (name, value) in flags { try set(name, value, at: "--\(name)", isUsage: true) }
    }

    private mutating func set(_ name: String, _ value: String, at place: String, isUsage: Bool) throws(Mistake) {
        switch name {
        case "host":
            guard !value.isEmpty else { throw Mistake(description: "\(place): the host is empty", isUsage: isUsage) }
            host = value
        case "port":
            let isNumber = value.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard isNumber, let number = UInt16(value), number > 0 else {
                throw Mistake(description: "\(place): \"\(value)\" is not a port, 1 to 65535", isUsage: isUsage)
            }
            port = number
        default: break
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let words = text.split { $0 == " " || $0 == "\t" }
        return words.joined(separator: " ")
    }
}
