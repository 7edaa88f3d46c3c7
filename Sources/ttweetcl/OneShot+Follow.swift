import TweetClient
import TweetModel
import TweetSystem
import TweetWire

extension OneShot {
    /// Prints tweets as they arrive, or runs a command for each.
    ///
    /// - Parameter endsWithTweet: whether the run ends with the first tweet.
    /// - Returns: the exit code: the command's own if the run ends with the first tweet.
    func follow(_ request: Follow, endsWithTweet: Bool) throws(ClientError) -> CInt {
        var command: TweetCommand?
        if !invocation.command.isEmpty {
            command = TweetCommand(
                invocation.command, host: invocation.host, port: invocation.port, environment: Program.environment)
            try command?.find()
        }
        // A command has no time limit; the rules limit the wait for tweets.
        if invocation.timeout == nil || !invocation.command.isEmpty { RunTimer.cancel() }
        if command != nil {
            try Self.expectCommand(endsNormally: !endsWithTweet)
        } else if !endsWithTweet {
            Interruption.expect()
        }
        var prelude: [Request] = []
        if let token = invocation.token { prelude = [.logInByToken(try token.read(reporter: reporter))] }
        var exitCode = ExitCode.done.rawValue
        let deadline = invocation.timeout.map { start + $0 } ?? .never
        var following = Following(
            request, endsWithTweet: endsWithTweet, after: prelude, of: server, deadline: deadline, since: start,
            jitter: .system)
        var link = Link(connector, isLong: true, reporter: reporter)
        let output = invocation.command.isEmpty ? StandardStream.output : nil
        try following.run(over: &link, output: output) { tweet throws(ClientError) in
            reporter.note(.general, "message received: \(tweet.text)")
            if command != nil {
                let ending = try command?.run(for: tweet, reporter: reporter)
                if endsWithTweet, let ending { exitCode = ending.exitCode }
            } else if endsWithTweet {
                try write(invocation.form.bytes(for: [tweet], isUpload: false, isTerminal: isTerminal))
            } else {
                try write(line: invocation.form.line(for: tweet, isTerminal: isTerminal))
            }
        }
        return exitCode
    }

    private static func expectCommand(endsNormally: Bool) throws(ClientError) {
        do throws(Errno) {
            try CommandWatch.expect(endsNormally: endsNormally)
        } catch {
            throw ClientError(.streamFailed, "cannot wait for a command: \(error)")
        }
    }

    private func write(line: [UInt8]) throws(ClientError) {
        try RunTimer.limitOutput { () throws(ClientError) in
            do throws(Errno) {
                try Interruption.write(line: line, to: .output)
            } catch {
                throw ClientError(output: error)
            }
        }
    }
}
