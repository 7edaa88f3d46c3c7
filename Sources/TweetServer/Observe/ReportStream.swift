import CSystem
import TweetModel
import TweetSystem

/// An inherited stream that reports are copied to; reports are dropped while nobody reads it.
final class ReportStream {
    private let given: CInt
    /// The same pipe or terminal, opened again as non-blocking: setting the flag on the inherited descriptor would
    /// change it for the shell too.
    private var own: Descriptor?
    private var waiting: [UInt8] = []
    private var dropped = 0
    private var isBroken = false

    init(_ number: CInt) {
        given = number
        var status = stat()
        // Writing to a file never blocks, and a file opened again would be written from its start.
        let isFile = fstat(number, &status) == 0 && csystem_is_regular_file(status.st_mode) != 0
        own = isFile ? nil : try? Descriptor.open("/dev/fd/\(number)", O_WRONLY | O_NONBLOCK | O_NOCTTY)
    }

    private var name: String {
        switch StandardStream(rawValue: given) {
        case .output: "standard output"
        case .error: "standard error"
        default: "descriptor \(given)"
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard !isBroken else { return }
        if dropped > 0, waiting.isEmpty {
            let note = "\(dropped) reports were dropped: \(name) was not read"
            waiting = Report(.server, .error, Timestamp.now, note).line
            dropped = 0
        }
        waiting.append(contentsOf: bytes)
        retry()
        dropWhatFindsNoRoom()
    }

    /// Drops whole lines above the bound; the first line may be partly written, but is far shorter than the bound.
    private func dropWhatFindsNoRoom() {
        guard waiting.count > ServerLimits.standardOutputBacklogBytes else { return }
        let lineFeed = UInt8(ascii: "\n")
        let end = waiting[..<ServerLimits.standardOutputBacklogBytes].lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
        dropped += waiting[end...].count { $0 == lineFeed }
        waiting.removeSubrange(end...)
    }

    func retry() {
        var written = 0
        let number = own?.number ?? given
        // When poll reports room, a pipe or a socket accepts PIPE_BUF bytes without blocking: see pipe(7).
        while written < waiting.count, !isBroken,
            (try? Poll.wait(number: number, toWrite: true, until: .now)) == true
        {
            let count = min(waiting.count - written, Int(PIPE_BUF))
            let result = waiting.withUnsafeBytes { write(number, $0.baseAddress.map { $0 + written }, count) }
            if result < 0 {
                isBroken = !Self.isPassing(Errno.current)
                break
            }
            written += result
        }
        waiting.removeFirst(written)
    }

    /// Whether an error is temporary: a full disk or an unread pipe may have room again later.
    private static func isPassing(_ error: Errno) -> Bool {
        error.wouldBlock || [EINTR, ENOSPC, EDQUOT].contains(error.code)
    }
}
