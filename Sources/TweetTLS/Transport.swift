public import CSystem
public import TweetSystem

/// The stream that carries a connection's bytes, for the server and the clients; owns the descriptor and closes it.
///
/// Each kind is a case. A server's stream begins plain, and its first byte may turn it into an encrypted one.
public enum Transport: ~Copyable {
    case plain(Descriptor)
    case tls(TLSStream)

    public var number: CInt {
        switch self {
        case .plain(let descriptor): descriptor.number
        case .tls(let stream): stream.number
        }
    }

    public var isEncrypted: Bool {
        switch self {
        case .plain: false
        case .tls: true
        }
    }

    /// Whether encrypted data was read or sent: the peer speaks TLS and is trusted.
    public var isSecured: Bool {
        switch self {
        case .plain: false
        case .tls(let stream): stream.isSecured
        }
    }

    /// Whether the next read may do a step of a handshake, which costs as much as thousands of requests.
    public var isInHandshake: Bool {
        switch self {
        case .plain: false
        case .tls(let stream): stream.isInHandshake
        }
    }

    /// The number of bytes that were accepted and not given to the kernel.
    public var heldBytes: Int {
        switch self {
        case .plain: 0
        case .tls(let stream): stream.heldBytes
        }
    }

    /// Whether bytes can be read although the descriptor may not be readable: bytes that are decrypted already.
    public var hasInput: Bool {
        switch self {
        case .plain: false
        case .tls(let stream): stream.hasInput
        }
    }

    /// Whether another read may return something before the descriptor is readable again.
    ///
    /// Asked after a read that returned bytes.
    ///
    /// - Parameter isFull: whether that read has filled its buffer.
    @inlinable public func mayHaveMore(afterFullBuffer isFull: Bool) -> Bool {
        switch self {
        case .plain: isFull
        case .tls(let stream): stream.mayHaveMore()
        }
    }

    /// Does the next steps of the handshake.
    ///
    /// - Returns: what the next step waits for; nil if the handshake is done, as it always is for a plain stream.
    public func continueHandshake() throws(TLSFailure) -> Transfer.Readiness? {
        switch self {
        case .plain: nil
        case .tls(let stream): try stream.continueHandshake()
        }
    }

    // MARK: Transfers

    /// Reads the available bytes, up to the size of the buffer.
    ///
    /// An encrypted stream has to be read until it blocks; a plain one makes the descriptor readable again.
    @inlinable public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSFailure) -> Transfer {
        switch self {
        case .plain(let descriptor):
            do throws(Errno) {
                let count = try descriptor.receive(into: buffer)
                return count > 0 ? .bytes(count) : .ended
            } catch {
                guard error.wouldBlock else { throw .system(error) }
                return .blocked(until: .readable)
            }
        case .tls(let stream): return try stream.read(into: buffer)
        }
    }

    /// Writes as many bytes as the kernel accepts; of an encrypted stream, at most a record.
    @inlinable public func send(_ bytes: UnsafeRawBufferPointer) throws(TLSFailure) -> Transfer {
        switch self {
        case .plain(let descriptor): try Self.sending { () throws(Errno) in try descriptor.send(bytes) }
        case .tls(let stream): try stream.send(bytes)
        }
    }

    /// Writes as many bytes of several parts as the kernel accepts, in one write; of an encrypted stream, at most a
    /// record.
    ///
    /// - Parameter isFollowed: whether another record is sent at once; for an encrypted stream.
    public func send(_ parts: UnsafeBufferPointer<iovec>, isFollowed: Bool = false) throws(TLSFailure) -> Transfer {
        switch self {
        case .plain(let descriptor): return try Self.sending { () throws(Errno) in try descriptor.send(parts) }
        case .tls(let stream):
            if parts.count == 1, let part = parts.first {
                return try stream.send(
                    UnsafeRawBufferPointer(start: part.iov_base, count: part.iov_len), isFollowed: isFollowed)
            }
            return try withUnsafeTemporaryAllocation(byteCount: TLSStream.recordBytes, alignment: 16) {
                record throws(TLSFailure) in
                try stream.send(Self.gather(parts, into: record), isFollowed: isFollowed)
            }
        }
    }

    /// Sends held bytes.
    ///
    /// - Returns: whether none is left.
    public func flush() throws(TLSFailure) -> Bool {
        switch self {
        case .plain: true
        case .tls(let stream): try stream.flush()
        }
    }

    @usableFromInline static func sending(_ send: () throws(Errno) -> Int) throws(TLSFailure) -> Transfer {
        do throws(Errno) {
            return .bytes(try send())
        } catch {
            guard error.wouldBlock else { throw .system(error) }
            return .blocked(until: .writable)
        }
    }

    private static func gather(
        _ parts: UnsafeBufferPointer<iovec>, into record: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        var count = 0
        for part in parts {
            let room = min(part.iov_len, record.count - count)
            guard room > 0, let source = part.iov_base, let base = record.baseAddress else { break }
            memcpy(base + count, source, room)
            count += room
        }
        return UnsafeRawBufferPointer(rebasing: record[..<count])
    }

    /// Uses the socket itself, for its options.
    public func withSocket<Result, Failure: Error>(
        _ body: (borrowing Descriptor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch self {
        case .plain(let descriptor): try body(descriptor)
        case .tls(let stream): try stream.withSocket(body)
        }
    }

    // MARK: Ending

    /// Ends our side: the peer can read everything that was sent, and then the end of the stream.
    public func shutdownSending() {
        switch self {
        case .plain(let descriptor): descriptor.shutdownSending()
        case .tls(let stream): stream.shutdownSending()
        }
    }

    /// Sets whether closing the descriptor sends the peer a reset instead of an orderly end.
    public func setResetsOnClose(_ resets: Bool) throws(Errno) {
        switch self {
        case .plain(let descriptor): try descriptor.setResetsOnClose(resets)
        case .tls(let stream): try stream.setResetsOnClose(resets)
        }
    }
}
