import CSystem
import TweetSystem

/// The stream that carries a connection's bytes; owns the descriptor and closes it.
///
/// Each kind is a case, chosen where the connection is made. An encrypted stream may have to write before it can read,
/// or read before it can write, so a blocked transfer says which readiness it waits for.
enum Transport: ~Copyable {
    case plain(Descriptor)

    /// The readiness of the descriptor that a transfer needs.
    enum Readiness {
        case readable, writable
    }

    /// The outcome of a read or a write.
    enum Transfer {
        case bytes(Int)
        /// The peer will send no more; only for reads.
        case ended
        /// Nothing was transferred: retry once the descriptor is ready.
        case blocked(until: Readiness)
    }

    var number: CInt {
        switch self {
        case .plain(let descriptor): descriptor.number
        }
    }

    /// Reads the available bytes, up to the size of the buffer.
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

    /// Writes as many bytes as the kernel accepts.
    func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Transfer {
        switch self {
        case .plain(let descriptor):
            try Self.sending { () throws(Errno) in try descriptor.send(bytes) }
        }
    }

    /// Writes as many bytes of several parts as the kernel accepts, in one write.
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

    /// Ends our side: the peer can read everything that was sent, and then the end of the stream.
    func shutdownSending() {
        switch self {
        case .plain(let descriptor): descriptor.shutdownSending()
        }
    }

    /// Sets whether closing the descriptor sends the peer a reset instead of an orderly end.
    func setResetsOnClose(_ resets: Bool) throws(Errno) {
        switch self {
        case .plain(let descriptor): try descriptor.setResetsOnClose(resets)
        }
    }
}
