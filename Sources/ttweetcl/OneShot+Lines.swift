import TweetClient
import TweetSystem

extension OneShot {
    /// Uploads each line of standard input.
    ///
    /// After an error, which is reported at once, the program that writes the lines may still end normally.
    func uploadLines() -> ExitCode {
        var deadline = invocation.timeout.map { start + $0 } ?? .never
        var interruption: WakeUp?
        do throws(ClientError) {
            let (prelude, _) = try opening()
            if invocation.timeout == nil { RunTimer.cancel() }
            // The time of a person who types a password does not count.
            deadline = invocation.timeout.map { Instant.now + $0 } ?? .never
            let wakeUp = try Self.expectEnd()
            interruption = wakeUp
            let uploads = LineUploads(
                to: server, after: prelude, deadline: deadline, retry: invocation.retry,
                inputIsFile: StandardStream.input.isFile, jitter: .system)
            var link = Link(connector, isLong: true, reporter: reporter)
            var job = LineJob(
                fitting: invocation.fitting, author: invocation.author, form: invocation.form, reporter: reporter)
            try job.run(uploads, over: &link, until: wakeUp) { bytes throws(ClientError) in try write(bytes) }
            return .done
        } catch {
            // Lines that are not stored are reported even if the output's reader has closed it.
            reporter.fail(error.text)
            RunTimer.cancel()
            let end = min(deadline, .now + Invocation.defaultTimeout)
            StandardStream.dropInput(until: end, orReadable: interruption?.descriptorNumber ?? -1)
            return error.exitCode
        }
    }

    private static func expectEnd() throws(ClientError) -> WakeUp {
        do throws(Errno) {
            return try Interruption.expectEnd()
        } catch {
            throw ClientError(.streamFailed, "cannot wait for standard input: \(error)")
        }
    }
}
