public import TweetSystem
public import TweetWire

extension LineUploads {
    /// A valid line.
    public struct Line: Hashable, Sendable {
        /// The line's number in standard input, from 1.
        let number: Int
        let upload: Upload

        var bytes: Int { upload.bytesUnderWay }
    }

    /// The outcome of a line.
    public enum Outcome: Hashable, Sendable {
        case stored(line: Int, WireTweet)
        case refused(line: Int, ClientError)
    }

    /// The next step; the caller reports its result afterwards.
    public enum Action: Equatable, Sendable {
        /// Closes the open connection and connects: then ``connected(at:)`` or ``connectFailed(_:at:)``.
        case connect(until: Instant)
        /// Sends all bytes: then ``sent(at:)`` or ``broken(_:at:)``.
        case send([UInt8], until: Instant)
        /// Waits for bytes, and for standard input if `readsInput`: then ``received(_:at:)``, ``broken(_:at:)``,
        /// ``linesRead(_:at:)``, ``goOn(at:)`` after ``endInput(at:)``, or ``timePassed(at:)``.
        case wait(readsInput: Bool, until: Instant)
        /// Reports the outcomes of lines: then ``goOn(at:)``.
        case report([Outcome])
        /// Closes the connection: then ``goOn(at:)``.
        case close
        /// Closes the connection and reports why uploads wait: then ``goOn(at:)``.
        case lose(because: String)
        /// Finishes; without an error if every line has its outcome.
        case finish(ClientError?)
    }
}
