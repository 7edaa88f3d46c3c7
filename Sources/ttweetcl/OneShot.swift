import CSystem
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// One run of the program: one operation, its output, its reports and its exit code.
struct OneShot {
    let start = Instant.now

    /// - Returns: the exit code, which may be that of an executed command.
    func run() -> CInt {
        do throws(ClientError) {
            switch try Arguments() {
            case .help: try write(Help.text)
            case .version: try write(Help.version)
            case .run(let invocation): return try run(invocation)
            }
            return ExitCode.done.rawValue
        } catch {
            let advice = error.exitCode == .usage ? "; ttweetcl --help tells more" : ""
            if !error.isQuiet { Reporter(log: nil).fail(error.text + advice) }
            return error.exitCode.rawValue
        }
    }

    /// - Throws: errors before the log is open.
    private func run(_ invocation: Invocation) throws(ClientError) -> CInt {
        var log: ClientLog?
        if let path = invocation.logPath { log = try ClientLog(path: path) }
        let reporter = Reporter(log: log)
        for warning in invocation.warnings { reporter.warn(warning) }
        Self.startTimer(of: invocation, log: log)
        do throws(ClientError) {
            switch invocation.operation {
            case .upload(let message): try upload(message, invocation, reporter)
            case .uploadLines: return uploadLines(invocation, reporter).rawValue
            case .download(let download): try print(download, invocation, reporter)
            case .follow(let request): return try follow(request, endsWithTweet: false, invocation, reporter)
            case .wait(let request): return try follow(request, endsWithTweet: true, invocation, reporter)
            case .message(let message, let recipients): try send(message, to: recipients, invocation, reporter)
            case .list(let list): try print(list, invocation, reporter)
            case .pendingCount: try printPendingCount(invocation, reporter)
            case .signUp: try signUp(invocation, reporter)
            case .changePassword: try changePassword(invocation, reporter)
            case .directory(let query): try print(query, invocation, reporter)
            case .setBlocked(let name, let isBlocked): try setBlocked(name, isBlocked, invocation, reporter)
            case .blocked: try printBlocked(invocation, reporter)
            case .search(let search): try print(search, invocation, reporter)
            case .tags(let count): try printTags(count, invocation, reporter)
            case .makeToken(let token): try makeToken(token, invocation, reporter)
            case .tokens: try printTokens(invocation, reporter)
            case .removeToken(let id): try removeToken(id, invocation, reporter)
            }
            return ExitCode.done.rawValue
        } catch {
            reporter.fail(error)
            return error.exitCode.rawValue
        }
    }

    /// The time limit of a run that began at a moment: `--retry` limits when new attempts begin, and `--timeout` is
    /// then the time for each of them.
    static func limit(of invocation: Invocation, from moment: Instant) -> TimeLimit {
        let timeout = invocation.timeout ?? Invocation.defaultTimeout
        guard let retry = invocation.retry else { return .until(moment + timeout, since: moment) }
        return .retry(until: moment + retry, each: timeout, since: moment)
    }

    /// Arms the timer for the whole run; a run without an end cancels it once it has begun.
    static func startTimer(of invocation: Invocation, log: ClientLog?) {
        let timeout = invocation.timeout ?? Invocation.defaultTimeout
        RunTimer.start(run: timeout + (invocation.retry ?? .zero), input: timeout, log: log)
    }

    /// The deadline for the end of standard input.
    func inputDeadline(of invocation: Invocation) -> Instant {
        start + (invocation.timeout ?? Invocation.defaultTimeout)
    }

    func connector(of invocation: Invocation) -> Connector {
        Connector(to: server(of: invocation), trust: invocation.trust)
    }

    func server(of invocation: Invocation) -> ServerName {
        ServerName(host: invocation.host, port: invocation.port)
    }

    // MARK: Uploads and downloads

    private func upload(
        _ message: Invocation.Message, _ invocation: Invocation, _ reporter: Reporter
    ) throws(ClientError) {
        let request = try message.upload(
            as: invocation.author, fitting: invocation.fitting, until: inputDeadline(of: invocation),
            note: { note($0, invocation, reporter) })
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        let tweets = try dialogue.ask(request).tweets
        for tweet in tweets {
            let what = tweet.sequence == nil ? "last message reset" : "message uploaded"
            reporter.note(.general, "\(what): \(tweet.text)")
        }
        let output = invocation.form.bytes(for: tweets, isUpload: true, isTerminal: StandardStream.output.isTerminal)
        try write(output, note: "; the upload is done")
    }

    /// Reports how the options changed a message; in the bare form only to the log.
    func note(_ text: String, _ invocation: Invocation, _ reporter: Reporter) {
        if invocation.form == .bare { reporter.note(.general, text) } else { reporter.warn(text) }
    }

    private func print(
        _ download: Download, _ invocation: Invocation, _ reporter: Reporter
    ) throws(ClientError) {
        let (prelude, limit) = try opening(invocation, reporter)
        var dialogue = Dialogue(after: prelude, over: connector(of: invocation), limit: limit, reporter: reporter)
        var pages = TweetPages(download)
        while let request = pages.request {
            let page = try dialogue.ask(request).tweets
            pages.take(page)
            reporter.note(.general, Self.summary(of: page))
            let tweets = invocation.form.withEmptyMessage(page, of: download)
            let isTerminal = StandardStream.output.isTerminal
            var parts = tweets.printedParts
            let last = parts.removeLast()
            for part in parts { try write(invocation.form.lines(for: part, isTerminal: isTerminal)) }
            let isLast = pages.request == nil
            try write(
                isLast
                    ? invocation.form.bytes(for: last, isUpload: false, isTerminal: isTerminal)
                    : invocation.form.lines(for: last, isTerminal: isTerminal))
        }
    }

    private static func summary(of tweets: [WireTweet]) -> String {
        guard tweets.count == 1, let tweet = tweets.first else { return "\(tweets.count) messages downloaded" }
        return "message downloaded: \(tweet.text)"
    }

    // MARK: Output

    /// Writes to standard output.
    ///
    /// - Parameter note: the result that holds even if the output cannot be written.
    func write(_ bytes: [UInt8], note: String = "") throws(ClientError) {
        try RunTimer.limitOutput(note: note) { () throws(ClientError) in
            do throws(Errno) {
                try StandardStream.output.write(bytes)
            } catch {
                throw ClientError(output: error, note: note)
            }
        }
    }
}
