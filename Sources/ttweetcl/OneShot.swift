import CSystem
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// One run of the program: one operation, its output, its reports and its exit code.
struct OneShot {
    let invocation: Invocation
    let reporter: Reporter
    let start: Instant

    /// Does what the command line says.
    ///
    /// - Returns: the exit code, which may be that of an executed command.
    static func run() -> CInt {
        let start = Instant.now
        do throws(ClientError) {
            switch try Arguments() {
            case .help: try write(Help.text)
            case .version: try write(Help.version)
            case .run(let invocation): return try OneShot(invocation, start: start).run()
            }
            return ExitCode.done.rawValue
        } catch {
            let advice = error.exitCode == .usage ? "; ttweetcl --help tells more" : ""
            if !error.isQuiet { Reporter(log: nil).fail(error.text + advice) }
            return error.exitCode.rawValue
        }
    }

    /// Opens the log, and reports what is unusual about the invocation.
    private init(_ invocation: Invocation, start: Instant) throws(ClientError) {
        self.invocation = invocation
        self.start = start
        reporter = Reporter(log: try invocation.logPath.map { path throws(ClientError) in try ClientLog(path: path) })
        for warning in invocation.warnings { reporter.warn(warning) }
        startTimer()
    }

    private func run() -> CInt {
        do throws(ClientError) {
            switch invocation.operation {
            case .upload(let message): try upload(message)
            case .uploadLines: return uploadLines().rawValue
            case .download(let download): try print(download)
            case .follow(let request): return try follow(request, endsWithTweet: false)
            case .wait(let request): return try follow(request, endsWithTweet: true)
            case .message(let message, let recipients): try send(message, to: recipients)
            case .list(let list): try print(list)
            case .pendingCount: try printPendingCount()
            case .signUp: try signUp()
            case .changePassword: try changePassword()
            case .directory(let query): try print(query)
            case .setBlocked(let name, let isBlocked): try setBlocked(name, isBlocked)
            case .blocked: try printBlocked()
            case .search(let search): try print(search)
            case .tags(let count): try printTags(count)
            case .makeToken(let token): try makeToken(token)
            case .tokens: try printTokens()
            case .removeToken(let id): try removeToken(id)
            }
            return ExitCode.done.rawValue
        } catch {
            reporter.fail(error)
            return error.exitCode.rawValue
        }
    }

    // MARK: Time and place

    private var timeout: Duration { invocation.timeout ?? Invocation.defaultTimeout }

    /// The time limit of a run that began at a moment: `--retry` limits when new attempts begin, and `--timeout` is
    /// then the time for each of them.
    func limit(from moment: Instant) -> TimeLimit {
        guard let retry = invocation.retry else { return .until(moment + timeout, since: moment) }
        return .retry(until: moment + retry, each: timeout, since: moment)
    }

    /// Arms the timer for the whole run; a run without an end cancels it once it has begun.
    func startTimer() {
        RunTimer.start(run: timeout + (invocation.retry ?? .zero), input: timeout, log: reporter.log)
    }

    /// The deadline for the end of standard input.
    var inputDeadline: Instant { start + timeout }

    var connector: Connector { Connector(to: server, trust: invocation.trust) }

    var server: ServerName { ServerName(host: invocation.host, port: invocation.port) }

    // MARK: Uploads and downloads

    private func upload(_ message: Invocation.Message) throws(ClientError) {
        let request = try message.upload(
            as: invocation.author, fitting: invocation.fitting, until: inputDeadline,
            note: note)
        var dialogue = try dialogue()
        let tweets = try dialogue.ask(request).tweets
        for tweet in tweets {
            let what = tweet.sequence == nil ? "last message reset" : "message uploaded"
            reporter.note(.general, "\(what): \(tweet.text)")
        }
        let output = invocation.form.bytes(for: tweets, isUpload: true, isTerminal: isTerminal)
        try write(output, note: "; the upload is done")
    }

    /// Reports how the options changed a message; in the bare form only to the log.
    func note(_ text: String) {
        if invocation.form == .bare { reporter.note(.general, text) } else { reporter.warn(text) }
    }

    private func print(_ download: Download) throws(ClientError) {
        var dialogue = try dialogue()
        var pages = TweetPages(download)
        while let request = pages.request {
            let page = try dialogue.ask(request).tweets
            pages.take(page)
            reporter.note(.general, Self.summary(of: page))
            let tweets = invocation.form.withEmptyMessage(page, of: download)
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

    var isTerminal: Bool { StandardStream.output.isTerminal }

    /// Writes a list to standard output, in parts that take little memory.
    func write<Item: PrintedItem>(_ list: [Item], as form: ([Item]) -> [UInt8]) throws(ClientError) {
        for part in list.printedParts { try write(form(part)) }
    }

    func write(_ bytes: [UInt8], note: String = "") throws(ClientError) { try Self.write(bytes, note: note) }

    /// Writes to standard output.
    ///
    /// - Parameter note: the result that holds even if the output cannot be written.
    private static func write(_ bytes: [UInt8], note: String = "") throws(ClientError) {
        try RunTimer.limitOutput(note: note) { () throws(ClientError) in
            do throws(Errno) {
                try StandardStream.output.write(bytes)
            } catch {
                throw ClientError(output: error, note: note)
            }
        }
    }
}
