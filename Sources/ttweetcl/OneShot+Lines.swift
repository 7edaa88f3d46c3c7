import TweetClient
import TweetSystem

extension OneShot {
    /// Uploads each line of standard input.
    func uploadLines(_ invocation: Invocation, _ reporter: Reporter) throws(ClientError) {
        let (prelude, _) = try opening(invocation, reporter)
        if invocation.timeout == nil { RunTimer.cancel() }
        let deadline = invocation.timeout.map { Clock.monotonicMilliseconds + $0 } ?? .max
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
        try job.run(uploads, over: &link, until: interruption) { bytes throws(ClientError) in try write(bytes) }
    }
}
