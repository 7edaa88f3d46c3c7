import CSystem
import TweetSystem

/// Standard input as a stream of bytes that never blocks.
enum TerminalInput {
    enum Read {
        case bytes([UInt8])
        /// No bytes are available now.
        case nothing
        case ended
        /// Standard input cannot be read, or not any more.
        case failed(Errno)
    }

    /// Reads the available bytes; call it only if ``isReadable``, since it blocks otherwise.
    static func read() -> Read {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = CSystem.read(StandardStream.input.rawValue, &buffer, buffer.count)
        if count > 0 { return .bytes(Array(buffer[..<count])) }
        if count == 0 { return .ended }
        let error = Errno.current
        return error.wouldBlock || error.code == EINTR ? .nothing : .failed(error)
    }

    /// Whether a read would find something: bytes, or the end.
    static var isReadable: Bool { isReadable(within: .zero) }

    private static func isReadable(within span: Duration) -> Bool {
        var entry = pollfd(fd: StandardStream.input.rawValue, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, CInt(clamping: span.inMilliseconds)) > 0
    }

    /// Reads all available bytes, up to a bound.
    ///
    /// - Parameter silence: the time to wait for more.
    /// - Returns: the bytes, and whether the input has ended or cannot be read.
    static func readAll(limit: Int, silence: Duration = .zero) -> (bytes: [UInt8], hasEnded: Bool) {
        var bytes: [UInt8] = []
        while bytes.count < limit, isReadable(within: silence) {
            switch read() {
            case .bytes(let more): bytes += more
            case .nothing: return (bytes, false)
            case .ended, .failed: return (bytes, true)
            }
        }
        return (bytes, false)
    }
}
