public import TweetSystem

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
    ///   - flags: names without their dashes, and values; of several alike the last one counts.
    ///   - environment: the value of a variable, nil where it is not set.
    ///   - file: the configuration file, if there is one.
    public init(
        flags: [(name: String, value: String)], environment: (String) -> String?, file: ConfigurationFile?
    ) throws(Mistake) {
        /// Only what counts is checked: a server's file may say `port = 0`, and the command line where that is.
        func given(_ name: String) -> (value: String, place: String, isUsage: Bool)? {
            if let flag = flags.last(where: { $0.name == name }) { return (flag.value, "--\(name)", true) }
            let variable = "TTWEET_" + name.uppercased()
            if let value = environment(variable) { return (value, variable, false) }
            let line = file?.lines.last { $0.key == name && $0.value != nil }
            return line.flatMap { line in line.value.map { ($0, line.place, false) } }
        }
        if let (value, place, isUsage) = given("host") {
            guard !value.isEmpty else { throw Mistake(description: "\(place): the host is empty", isUsage: isUsage) }
            // The server's file may say that it listens at every address, this one for instance.
            host = value == "*" ? "127.0.0.1" : value
        }
        if let (value, place, isUsage) = given("port") {
            let isNumber = value.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard isNumber, let number = UInt16(value), number > 0 else {
                throw Mistake(description: "\(place): \"\(value)\" is not a port, 1 to 65535", isUsage: isUsage)
            }
            port = number
        }
    }
}
