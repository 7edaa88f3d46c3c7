import CSystem
import TweetModel
import TweetSystem

/// A stream of the process that reports go to as far as somebody reads it: what finds no room is dropped.
final class ReportStream {
    private let given: CInt
    /// The same pipe or terminal opened again, not blocking: that flag on the one that was given is the shell's as well.
    private var own: Descriptor?
    private var waiting: [UInt8] = []
    private var dropped = 0
    private var isBroken = false

    init(_ number: CInt) {
        given = number
        var status = stat()
        // A file is never waited for, and opened again it would be written from its start.
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

    /// Keeps whole lines; the first one may have been written in part, and is far shorter than the bound.
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
        // Where poll says there is room, a pipe takes PIPE_BUF bytes without waiting, a socket too: see pipe(7).
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

    /// A full disk or an unread pipe may have room again later.
    private static func isPassing(_ error: Errno) -> Bool {
        error.wouldBlock || [EINTR, ENOSPC, EDQUOT].contains(error.code)
    }
}
