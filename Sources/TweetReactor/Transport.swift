import CSystem
import TweetSystem

/// The stream that carries a connection's bytes: it owns the descriptor, and closes it when it goes.
///
/// Each kind is a case here, chosen where the connection is made. One that encrypts may have to write before it can read,
/// and the other way round, so a transfer that cannot go on says what it waits for.
enum Transport: ~Copyable {
    case plain(Descriptor)

    /// A readiness of the descriptor.
    enum Readiness {
        case readable, writable
    }

    /// The outcome of a read or a write.
    enum Transfer {
        case bytes(Int)
        /// The peer sends no more; of reads only.
        case ended
        /// Nothing was transferred: it has to be tried again once the descriptor is ready.
        case blocked(until: Readiness)
    }

    var number: CInt {
        switch self {
        case .plain(let descriptor): descriptor.number
        }
    }

    /// Reads what is there, up to the size of the buffer.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Transfer {
        switch self {
        case .plain(let descriptor):
            do throws(Errno) {
                let count = try descriptor.read(into: buffer)
                return count > 0 ? .bytes(count) : .ended
            } catch {
                guard error.wouldBlock else { throw error }
                return .blocked(until: .readable)
            }
        }
    }

    /// Writes as much as the kernel takes.
    func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Transfer {
        switch self {
        case .plain(let descriptor):
            try Self.sending { () throws(Errno) in try descriptor.send(bytes) }
        }
    }

    /// Writes as much as the kernel takes of several parts, as one write.
    func send(_ parts: UnsafeBufferPointer<iovec>) throws(Errno) -> Transfer {
        switch self {
        case .plain(let descriptor):
            try Self.sending { () throws(Errno) in try descriptor.send(parts) }
        }
    }

    private static func sending(_ send: () throws(Errno) -> Int) throws(Errno) -> Transfer {
        do throws(Errno) {
            return .bytes(try send())
        } catch {
            guard error.wouldBlock else { throw error }
            return .blocked(until: .writable)
        }
    }

    /// Ends our side: the peer reads to the end of what it was sent.
    func shutdownSending() {
        switch self {
        case .plain(let descriptor): descriptor.shutdownSending()
        }
    }

    /// Whether the peer sees a reset instead of an end when the descriptor is closed.
    func setResetsOnClose(_ resets: Bool) throws(Errno) {
        switch self {
        case .plain(let descriptor): try descriptor.setResetsOnClose(resets)
        }
    }
}
