import TweetClient
import TweetSystem

extension OneShot {
    /// Uploads each line of standard input.
    ///
    /// After an error, which is reported at once, the program that writes the lines may still end normally.
    func uploadLines(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) -> ExitCode {
        let (prelude, _) = try opening(invocation, reporter)
        if invocation.timeout == nil { RunTimer.cancel() }
        let deadline = invocation.timeout.map { Instant.now + $0 } ?? .never
        let server = server(of: invocation)
        let uploads = LineUploads(
            to: server, after: prelude, deadline: deadline, retry: invocation.retry,
            inputIsFile: StandardStream.input.isFile)
        var link = Link(to: server, isLong: true, reporter: reporter)
        var job = LineJob(
            fitting: invocation.fitting, author: invocation.author, form: invocation.form, reporter: reporter)
        let interruption: WakeUp
        do throws(Errno) {
            interruption = try Interruption.expectEnd()
        } catch {
            throw ClientError(.streamFailed, "cannot wait for standard input: \(error)")
        }
        do throws(ClientError) {
            try job.run(uploads, over: &link, until: interruption) { bytes throws(ClientError) in try write(bytes) }
        } catch {
            // Lines that are not stored are reported even if the output's reader has closed it.
            reporter.fail(error.text)
            StandardStream.dropInput(until: min(deadline, .now + Invocation.defaultTimeout), or: interruption)
            return error.exitCode
        }
        return .done
    }
}
