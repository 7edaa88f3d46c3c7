import COpenSSL
import CSystem
import TweetSystem

/// The BIO through which OpenSSL reads and writes the socket.
extension TLSStream {
    // OpenSSL only reads it once it is made.
    nonisolated(unsafe) static let method = makeMethod()

    private static func makeMethod() -> OpaquePointer {
        guard let method = BIO_meth_new(BIO_get_new_index() | CInt(BIO_TYPE_SOURCE_SINK), "ttweet socket") else {
            fatalError("OpenSSL has no memory for a BIO method")
        }
        BIO_meth_set_read_ex(method) { bio, bytes, size, count in
            guard let bio, let bytes, let count else { return 0 }
            copenssl_clear_retry(bio)
            let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size)
            switch TLSStream.of(bio).readSocket(into: buffer) {
            case .bytes(let read):
                count.pointee = read
                return 1
            case .ended: return 0
            case .blocked:
                copenssl_retry_read(bio)
                return 0
            }
        }
        BIO_meth_set_write_ex(method) { bio, bytes, size, count in
            guard let bio, let bytes, let count else { return 0 }
            copenssl_clear_retry(bio)
            TLSStream.of(bio).writeSocket(UnsafeRawBufferPointer(start: bytes, count: size))
            count.pointee = size
            return 1
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: 1
            // Without it, the end of the socket would look like nothing.
            case BIO_CTRL_EOF: bio.map { TLSStream.of($0).socketHasEnded ? 1 : 0 } ?? 0
            default: 0
            }
        }
        return method
    }

    private static func of(_ bio: OpaquePointer) -> TLSStream {
        guard let data = BIO_get_data(bio) else { preconditionFailure("the BIO belongs to a stream") }
        return Unmanaged<TLSStream>.fromOpaque(data).takeUnretainedValue()
    }

    /// Reads encrypted bytes.
    private func readSocket(into whole: UnsafeMutableRawBufferPointer) -> Transfer {
        var buffer = whole
        let isLimited = serving != nil && isInHandshake
        if isLimited {
            guard handshakeBytesLeft > 0 else {
                isHandshakeTooLong = true
                return .ended
            }
            buffer = UnsafeMutableRawBufferPointer(rebasing: whole.prefix(handshakeBytesLeft))
        }
        let transfer = early.isEmpty ? receive(into: buffer) : readEarly(into: buffer)
        if isLimited, case .bytes(let count) = transfer { handshakeBytesLeft -= count }
        return transfer
    }

    private func readEarly(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        let count = min(early.count, buffer.count)
        early.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        early = early.dropFirst(count)
        if early.isEmpty { early = [] }
        return .bytes(count)
    }

    private func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if isDrained {
            isDrained = false
            return .blocked(until: .readable)
        }
        do throws(Errno) {
            let count = try socket.receive(into: buffer)
            guard count > 0 else {
                socketHasEnded = true
                return .ended
            }
            isDrained = count < buffer.count
            return .bytes(count)
        } catch {
            if error.wouldBlock { return .blocked(until: .readable) }
            systemError = error
            return .ended
        }
    }

    /// Sends encrypted bytes, or holds them if the kernel does not accept them.
    private func writeSocket(_ bytes: UnsafeRawBufferPointer) {
        guard writeError == nil else { return }
        var sent = 0
        if held.isEmpty {
            do throws(Errno) {
                sent = try socket.send(bytes, isFollowed: isFollowed)
            } catch {
                if !error.wouldBlock {
                    writeError = error
                    return
                }
            }
        }
        if sent < bytes.count { held += bytes[sent...] }
    }
}
