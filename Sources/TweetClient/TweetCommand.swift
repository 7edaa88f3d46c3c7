import CSystem
import TweetModel
public import TweetSystem
public import TweetWire

/// A program that runs for each tweet, which it gets in its environment: nothing of it ever passes through a shell.
public struct TweetCommand: Sendable {
    /// Variables that a started program must not get.
    static let secrets = ["TTWEET_PASSWORD", "TTWEET_NEW_PASSWORD", "TTWEET_TOKEN"]

    /// How long to wait for a program that is being written.
    private static let busyPatience: Duration = .seconds(2)

    private let words: [[UInt8]]
    /// The command's name in reports.
    private let name: String
    /// How long to retry a program that is being replaced.
    private let patience: Duration
    /// The part of the environment that is the same for all tweets.
    private let base: [[UInt8]]
    /// Whether it has ever been started; before that, a failure is wrong usage.
    private var hasStarted = false

    /// - Parameters:
    ///   - words: a path, or a name that is looked up in `PATH`, and the arguments.
    ///   - environment: this process's own, each as `NAME=VALUE`.
    ///   - patience: how long to retry a program that could be started before.
    public init(
        _ words: [[UInt8]], host: String, port: UInt16, environment: [[UInt8]], patience: Duration = .seconds(2)
    ) {
        self.words = words
        name = String(decoding: words.first ?? [], as: UTF8.self)
        self.patience = patience
        let own = ["SEQ", "TIME", "AUTHOR", "ACCOUNT", "TEXT", "TAGS", "HOST", "PORT"].map { "TTWEET_\($0)" }
        let replaced = (own + Self.secrets).map { Array("\($0)=".utf8) }
        base =
            environment.filter { variable in !replaced.contains { variable.starts(with: $0) } }
            + [Self.variable("HOST", host), Self.variable("PORT", String(port))]
    }

    /// Looks up the program before the first tweet.
    ///
    /// - Throws: `usage` if it does not exist or cannot be executed.
    public func find() throws(ClientError) {
        do throws(Errno) {
            try Program.find(words.first ?? [], in: Environment.searchPath)
        } catch {
            throw ClientError(.usage, "cannot start \(name): \(error)")
        }
    }

    /// The program's environment for a tweet; missing properties have no variable.
    func environment(for tweet: WireTweet) -> [[UInt8]] {
        var variables = base
        if let sequence = tweet.sequence { variables.append(Self.variable("SEQ", String(sequence))) }
        if let time = tweet.time { variables.append(Self.variable("TIME", time.text)) }
        if let author = tweet.author { variables.append(Self.variable("AUTHOR", author)) }
        if tweet.isByAccount { variables.append(Self.variable("ACCOUNT", "1")) }
        variables.append(Self.variable("TEXT", tweet.text))
        variables.append(Self.variable("TAGS", tweet.tags.joined(separator: " ")))
        return variables
    }

    private static func variable(_ name: String, _ value: String) -> [UInt8] {
        var variable = Array("TTWEET_\(name)=".utf8)
        if value.utf8.contains(0) {
            // A zero byte would end it; no correct server sends one.
            variable.appendEscaped(value)
        } else {
            variable.append(contentsOf: value.utf8)
        }
        return variable
    }

    /// Runs the program for a tweet and waits for its end; a failure of the program is only reported.
    ///
    /// - Returns: how it ended; nil if it could not be started.
    /// - Throws: `usage` if it cannot be started the first time; later it may be in the middle of a replacement, and is
    ///   retried for a while before that is reported as well. A program that is being written is always waited for.
    @discardableResult
    public mutating func run(for tweet: WireTweet, reporter: Reporter) throws(ClientError) -> Program.Ending? {
        let what = tweet.sequence.map { "message \($0)" } ?? "a message"
        let start = Instant.now
        while true {
            do throws(Errno) {
                let ending = try CommandWatch.run(words, environment: environment(for: tweet))
                hasStarted = true
                report(ending, what, reporter)
                return ending
            } catch {
                let text = "cannot start \(name) for \(what): \(error)"
                // Some process has it open for writing, maybe a child that was started meanwhile.
                let isBusy = error.code == ETXTBSY
                let waited = Instant.now - start
                if waited >= (isBusy ? Self.busyPatience : hasStarted ? patience : .zero) {
                    guard hasStarted else { throw ClientError(.usage, text) }
                    reporter.fail(text)
                    return nil
                }
                Poll.pause(until: .now + .milliseconds(20))
            }
        }
    }

    private func report(_ ending: Program.Ending, _ what: String, _ reporter: Reporter) {
        switch ending {
        case .exit(0): return
        case .exit(let code): reporter.fail("\(name) ended with exit code \(code) for \(what)")
        case .signal(let number): reporter.fail("\(name) was ended by signal \(number) for \(what)")
        }
    }
}
