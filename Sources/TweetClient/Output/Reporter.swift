import CSystem
public import TweetModel
import TweetSystem

/// Where a client's reports go: errors to standard error, and everything to the log if there is one.
public struct Reporter {
    public let log: ClientLog?

    public init(log: ClientLog?) {
        self.log = log
    }

    /// Reports what only the log is told; without a log it costs nothing.
    public func note(_ category: Report.Category, _ text: @autoclosure () -> String) {
        guard let log else { return }
        write(Report(.client, category, Timestamp.now, text()).line, to: log)
    }

    /// Reports what is not wrong yet.
    public func warn(_ text: String) {
        say(Report(.client, .general, Timestamp.now, text).line)
    }

    /// Reports an error.
    public func fail(_ text: String) {
        say(Report(.client, .error, Timestamp.now, text).line)
    }

    /// Reports why a run ends; a quiet error is for the log alone.
    public func fail(_ error: ClientError) {
        if error.isQuiet { note(.error, error.text) } else { fail(error.text) }
    }

    private func say(_ line: [UInt8]) {
        if log?.isStandardError != true { sayOnStandardError(line) }
        if let log { write(line, to: log) }
    }

    /// A log that cannot be written costs its lines and is said once; the operation goes on.
    private func write(_ line: [UInt8], to log: ClientLog) {
        do throws(Errno) {
            try log.append(line)
        } catch {
            let text = "cannot write the log file \(log.path): \(error)"
            sayOnStandardError(Report(.client, .error, Timestamp.now, text).line)
        }
    }

    private func sayOnStandardError(_ line: [UInt8]) {
        // Where it cannot be written there is nobody left to tell; the exit code still does.
        try? StandardStream.error.write(line)
    }
}

/// A file that this client's reports are appended to, whole lines even while other clients do the same.
public final class ClientLog {
    let path: String
    private let file: Descriptor
    /// Whether it is a stream that the process was given: `-`, `/dev/stderr`.
    private let isStream: Bool
    private var hasFailed = false

    /// Opens the file, or creates it; a symbolic link is not followed, and a pipe that nobody reads not waited for.
    ///
    /// - Parameter path: of a file, or a stream as ``LogStream`` names it.
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

    /// Whether what is said on standard error is in the log already.
    fileprivate var isStandardError: Bool { LogStream.isSame(file.number, StandardStream.error.rawValue) }

    /// Appends a line with one write, which `O_APPEND` keeps together; throws the first failure and not the later ones.
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
