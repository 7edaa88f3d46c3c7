import CSystem
public import TweetModel
import TweetSystem

/// The destination of a client's reports: errors go to standard error, and everything goes to the log, if there is one.
public struct Reporter {
    public let log: ClientLog?

    public init(log: ClientLog?) {
        self.log = log
    }

    /// Reports to the log only; without a log it costs nothing.
    public func note(_ category: Report.Category, _ text: @autoclosure () -> String) {
        guard let log else { return }
        write(Report(.client, category, Timestamp.now, text()).line, to: log)
    }

    /// Reports a warning.
    public func warn(_ text: String) {
        say(Report(.client, .general, Timestamp.now, text).line)
    }

    /// Reports an error.
    public func fail(_ text: String) {
        say(Report(.client, .error, Timestamp.now, text).line)
    }

    /// Reports why a run ends; a quiet error goes only to the log.
    public func fail(_ error: ClientError) {
        if error.isQuiet { note(.error, error.text) } else { fail(error.text) }
    }

    private func say(_ line: [UInt8]) {
        if log?.isStandardError != true { sayOnStandardError(line) }
        if let log { write(line, to: log) }
    }

    /// Writes to the log; if that fails, the line is lost, the failure is reported once, and the operation continues.
    private func write(_ line: [UInt8], to log: ClientLog) {
        do throws(Errno) {
            try log.append(line)
        } catch {
            let text = "cannot write the log file \(log.path): \(error)"
            sayOnStandardError(Report(.client, .error, Timestamp.now, text).line)
        }
    }

    private func sayOnStandardError(_ line: [UInt8]) {
        // If standard error cannot be written, only the exit code is left to tell.
        try? StandardStream.error.write(line)
    }
}

/// A log file that this client's reports are appended to, as whole lines even if other clients write to it too.
public final class ClientLog {
    let path: String
    private let file: Descriptor
    /// Whether it is a stream that the process inherited: `-`, `/dev/stderr`.
    private let isStream: Bool
    private var hasFailed = false

    /// Opens or creates the file; does not follow a symbolic link, and does not wait for the reader of a pipe.
    ///
    /// - Parameter path: the path of a file, or a stream as ``LogStream`` names it.
    public init(path: String) throws(ClientError) {
        self.path = path
        do throws(Errno) {
            let stream = try LogStream.number(of: path)
            isStream = stream != nil
            if let stream { file = try .duplicate(stream) } else { file = try .openLog(path) }
        } catch {
            let reason = error.code == ELOOP ? "it is a symbolic link" : error.description
            throw ClientError(.streamFailed, "cannot open the log file \(path): \(reason)")
        }
    }

    var number: CInt { file.number }

    /// Whether the log is the same file as standard error.
    fileprivate var isStandardError: Bool { LogStream.isSame(file.number, StandardStream.error.rawValue) }

    /// Appends a line with one write, which `O_APPEND` makes atomic; throws only the first failure.
    fileprivate func append(_ line: [UInt8]) throws(Errno) {
        guard !hasFailed else { return }
        if isStream {
            do throws(Errno) {
                try Descriptor.writeAll(line, to: file.number)
            } catch {
                hasFailed = true
                throw error
            }
        } else if line.withUnsafeBytes({ write(file.number, $0.baseAddress, $0.count) }) < 0 {
            hasFailed = true
            throw Errno.current
        }
    }
}
