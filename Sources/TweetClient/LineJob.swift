public import TweetModel
public import TweetSystem
import TweetWire

/// A run of `--lines`: connects standard input, the rules and the output.
public struct LineJob {
    private let fitting: MessageFitting
    private let author: Name?
    private let form: OutputForm
    private let reporter: Reporter
    private var tally = LineTally()

    /// - Parameter author: the name that signs the lines, if there is one.
    public init(fitting: MessageFitting, author: Name?, form: OutputForm, reporter: Reporter) {
        self.fitting = fitting
        self.author = author
        self.form = form
        self.reporter = reporter
    }

    /// Uploads each line of standard input.
    ///
    /// - Parameters:
    ///   - interruption: ends the reading of standard input, like the end of the input.
    ///   - write: writes to standard output.
    /// - Throws: unless every line is stored; each refused one has been reported by then.
    public mutating func run(
        _ uploads: LineUploads, over link: inout Link, until interruption: WakeUp,
        write: ([UInt8]) throws(ClientError) -> Void
    ) throws(ClientError) {
        var uploads = uploads
        var input = InputLines(mostBytes: ClientLimits.inputBytes)
        var failure: ClientError?
        do throws(ClientError) {
            try uploads.run(
                over: &link, input: &input, interruption: interruption, uploads: { self.uploads(of: $0) },
                report: { outcomes throws(ClientError) in try report(outcomes, write) })
        } catch {
            failure = error
        }
        if Interruption.isPending {
            reporter.warn("interrupted; \(LineTally.lines(tally.stored)) stored")
            if failure == nil, StandardStream.input.hasUnread {
                let next = input.nextNumber
                failure = ClientError(.timedOut, "standard input was not read to its end, line \(next) was not sent")
            } else if failure == nil, input.isWithinLine {
                failure = ClientError(.timedOut, "the last line was incomplete and was not sent")
            }
        }
        if form != .bare, let changes = tally.changes { reporter.warn(changes) }
        let error = tally.error(
            after: failure, firstUnknownLine: uploads.firstUnknownLine, firstUnsentLine: uploads.firstUnsentLine)
        if let error { throw error }
        if tally.stored == 0, Interruption.isPending { return }
        guard tally.stored > 0 else {
            throw ClientError(.refused, "standard input has no line to upload; nothing was stored")
        }
        do throws(ClientError) {
            try write(form.doneBytes)
        } catch {
            throw tally.error(after: error) ?? error
        }
    }

    /// Makes uploads from lines: reports the invalid ones, and skips the empty ones.
    private mutating func uploads(of lines: [InputLines.Line]) -> [LineUploads.Line] {
        var uploads: [LineUploads.Line] = []
        for line in lines where !line.bytes.isEmpty {
            do throws(ClientError) {
                guard let message = try fitting.message(of: line.bytes, isWhole: line.isWhole) else {
                    tally.noteNothingLeft()
                    continue
                }
                tally.note(message)
                let upload = Upload(text: message.text, id: .new, author: author)
                uploads.append(LineUploads.Line(number: line.number, upload: upload))
            } catch {
                refuse(line.number, error)
            }
        }
        return uploads
    }

    private mutating func report(
        _ outcomes: [LineUploads.Outcome], _ write: ([UInt8]) throws(ClientError) -> Void
    ) throws(ClientError) {
        var tweets: [WireTweet] = []
        for outcome in outcomes {
            switch outcome {
            case .stored(_, let tweet):
                tally.noteStored()
                reporter.note(.general, "message uploaded: \(tweet.text)")
                tweets.append(tweet)
            case .refused(let line, let error): refuse(line, error)
            }
        }
        if form == .json, !tweets.isEmpty { try write(form.lines(for: tweets, isTerminal: false)) }
    }

    private mutating func refuse(_ line: Int, _ error: ClientError) {
        tally.noteRefused(line: line, error.exitCode)
        reporter.fail("line \(line) is refused: \(error.text)")
    }
}
