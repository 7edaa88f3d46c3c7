import CSystem
import TweetModel
public import TweetSystem
public import TweetWire

/// A program that is run for each tweet, which it finds in its environment: nothing of it ever passes through a shell.
public struct TweetCommand: Sendable {
    /// Variables that a started program must not get.
    static let secrets = ["TTWEET_PASSWORD", "TTWEET_NEW_PASSWORD"]

    /// How long one that is being written is waited for.
    private static let busyPatience: Duration = .seconds(2)

    private let words: [[UInt8]]
    /// The command as it is called in reports.
    private let name: String
    /// How long one that is just being written anew is tried again.
    private let patience: Duration
    /// The part of the environment that all tweets share.
    private let base: [[UInt8]]
    /// Whether it could be started once; until then a failure is wrong usage.
    private var hasStarted = false

    /// - Parameters:
    ///   - words: a path, or a name that is looked up in `PATH`, and the arguments.
    ///   - environment: this process's own, `NAME=VALUE` each.
    ///   - patience: how long one that could be started before is tried again.
    public init(
        _ words: [[UInt8]], host: String, port: UInt16, environment: [[UInt8]], patience: Duration = .seconds(2)
    ) {
        self.words = words
        name = String(decoding: words.first ?? [], as: UTF8.self)
        self.patience = patience
        let own = ["SEQ", "TIME", "AUTHOR", "TEXT", "TAGS", "HOST", "PORT"].map { "TTWEET_\($0)" }
        let replaced = (own + Self.secrets).map { Array("\($0)=".utf8) }
        base =
            environment.filter { variable in !replaced.contains { variable.starts(with: $0) } }
            + [Self.variable("HOST", host), Self.variable("PORT", String(port))]
    }

    /// Looks the program up before there is a tweet to run it for.
    ///
    /// - Throws: `usage` when it is not there or cannot be executed.
    public func find() throws(ClientError) {
        do throws(Errno) {
            try Program.find(words.first ?? [], in: Environment.bytes(of: "PATH"))
        } catch {
            throw ClientError(.usage, "cannot start \(name): \(error)")
        }
    }

    /// All that the program gets to see for a tweet; what the tweet does not have is not there.
    func environment(for tweet: WireTweet) -> [[UInt8]] {
        var variables = base
        if let sequence = tweet.sequence { variables.append(Self.variable("SEQ", String(sequence))) }
        if let time = tweet.time { variables.append(Self.variable("TIME", time.text)) }
        if let author = tweet.author { variables.append(Self.variable("AUTHOR", author)) }
        variables.append(Self.variable("TEXT", tweet.text))
        variables.append(Self.variable("TAGS", tweet.tags.joined(separator: " ")))
        return variables
    }

    private static func variable(_ name: String, _ value: String) -> [UInt8] {
        var variable = Array("TTWEET_\(name)=".utf8)
        if value.utf8.contains(0) {
            // A zero would end it; no rule-abiding server sends one.
            variable.appendEscaped(value)
        } else {
            variable.append(contentsOf: value.utf8)
        }
        return variable
    }

    /// Runs the program for a tweet and waits for its end; an end that is no success is reported and nothing more.
    ///
    /// - Returns: how it ended; nil where it could not be started.
    /// - Throws: `usage` when it cannot be started the first time; later it may just be replaced, and is tried again for a
    ///   while before that is reported as well. One that is being written is waited for at any time.
    @discardableResult
    public mutating func run(for tweet: WireTweet, reporter: Reporter) throws(ClientError) -> Program.Ending? {
        let what = tweet.sequence.map { "message \($0)" } ?? "a message"
        let start = Instant.now
        while true {
            do throws(Errno) {
                let ending = try Program.run(words, environment: environment(for: tweet))
                hasStarted = true
                report(ending, what, reporter)
                return ending
            } catch {
                let text = "cannot start \(name) for \(what): \(error)"
                // Somebody has it open to write it, a child that was started meanwhile perhaps.
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
