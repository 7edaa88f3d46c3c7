import COpenSSL
import CSystem
public import TweetSystem

/// A TLS stream over a non-blocking socket, which it owns; for servers and clients.
///
/// OpenSSL reads and writes through a BIO of this type (BIO_meth_new(3)), so that a read takes one system call for all
/// that has arrived, and that OpenSSL never waits to write: the rest of an encrypted record that the kernel does not
/// accept is held here, and nothing more is encrypted until it is sent. It must be used on one thread.
public final class TLSStream {
    /// The most plain bytes that one record carries (RFC 8446, 5.1).
    public static let recordBytes = 16 * 1024
    /// The most held bytes with which it still reads: a record of data, and answers of the protocol.
    static let mostHeldBytes = 3 * recordBytes

    /// The most handshake messages without data between them, in the handshake or later: an honest one takes about ten,
    /// and each request for new keys (RFC 8446, 4.6.3) costs as much as many requests.
    static let mostControlMessages = 64
    /// The most bytes of a client's handshake: an honest one takes two thousand, and each record, however short, costs
    /// time.
    static let mostHandshakeBytes = 16 * 1024

    let socket: Descriptor
    /// An `SSL *`.
    private let pointer: OpaquePointer
    /// The client's context; nil on the server's side.
    private let trusting: TLSClientContext?
    /// The server's context, which has the keys of its tickets; nil on the client's side.
    let serving: TLSServerContext?
    /// Bytes that were read from the socket before the stream began.
    var early: ArraySlice<UInt8>
    /// Encrypted bytes that the kernel has not accepted.
    var held: ArraySlice<UInt8> = []
    /// Whether the last read from the socket took all that had arrived, so that the next one need not ask.
    var isDrained = false
    var socketHasEnded = false
    /// The error of the last read from the socket.
    var systemError: Errno?
    /// The error of a write: what the peer has sent before can still be read.
    var writeError: Errno?
    /// Whether another record is sent at once, so that the kernel may send both together.
    var isFollowed = false
    /// Bytes that a client's handshake may still read; see ``mostHandshakeBytes``.
    var handshakeBytesLeft = mostHandshakeBytes
    /// Whether it wanted to read more than that.
    var isHandshakeTooLong = false
    /// Handshake messages that have come since the last data; see ``mostControlMessages``.
    private(set) var controlMessages = 0
    private var resetsOnClose = false
    /// Whether data was read or sent, so that the handshake was done.
    public private(set) var isSecured = false
    /// The failure after which OpenSSL must not be called any more; see SSL_get_error(3).
    private var failure: TLSFailure?

    /// Begins the server's side; the handshake is done by reading.
    ///
    /// - Parameter early: bytes of the stream that were read already.
    public init(_ socket: consuming Descriptor, accepting context: TLSServerContext, early: [UInt8] = []) {
        self.socket = socket
        self.early = early[...]
        trusting = nil
        serving = context
        pointer = Self.makeStream(context.pointer)
        SSL_set_accept_state(pointer)
        attach()
    }

    /// Begins the client's side; the handshake is done by reading or writing.
    ///
    /// - Parameter host: the name or the address for which the server's certificate has to be, unless it is pinned.
    public init(_ socket: consuming Descriptor, connecting context: TLSClientContext, to host: String) {
        self.socket = socket
        early = []
        trusting = context
        serving = nil
        pointer = Self.makeStream(context.pointer)
        SSL_set_connect_state(pointer)
        context.demand(host, of: pointer)
        attach()
    }

    deinit {
        // Otherwise the peer could not tell the end from a cut.
        if !resetsOnClose { notifyEnd() }
        SSL_free(pointer)
    }

    private static func makeStream(_ context: OpaquePointer) -> OpaquePointer {
        guard let pointer = SSL_new(context) else { fatalError("OpenSSL has no memory for a stream") }
        return pointer
    }

    /// Gives OpenSSL the BIO, which it frees.
    private func attach() {
        guard let bio = BIO_new(Self.method) else { fatalError("OpenSSL has no memory for a BIO") }
        let this = Unmanaged.passUnretained(self).toOpaque()
        BIO_set_data(bio, this)
        copenssl_set_message_callback(
            pointer,
            { isWritten, _, type, _, _, _, this in
                guard isWritten == 0, type == SSL3_RT_HANDSHAKE, let this else { return }
                Unmanaged<TLSStream>.fromOpaque(this).takeUnretainedValue().noteControlMessage()
            }, this)
        BIO_set_init(bio, 1)
        SSL_set_bio(pointer, bio, bio)
    }

    // MARK: State

    /// The socket's number, valid as long as the stream exists.
    public var number: CInt { socket.number }

    /// Whether the handshake is not done yet.
    public var isInHandshake: Bool { SSL_is_init_finished(pointer) == 0 }

    /// Whether encrypted bytes wait for the kernel: then ``flush()`` once the socket is writable.
    public var isHolding: Bool { !held.isEmpty }

    /// The number of encrypted bytes that wait for the kernel.
    public var heldBytes: Int { held.count }

    /// Whether bytes can be read: OpenSSL may have decrypted more than was read, or hold whole records.
    ///
    /// False during a handshake: only a read or a write continues it.
    public var hasInput: Bool {
        guard failure == nil else { return true }
        if isInHandshake { return false }
        OpenSSL.clearErrors()
        var byte: UInt8 = 0
        var count = 0
        if SSL_peek_ex(pointer, &byte, 1, &count) == 1 { return true }
        do throws(TLSFailure) {
            // The next read tells of the end, too.
            return try outcome() == .ended
        } catch {
            return true
        }
    }

    /// The version, such as `TLSv1.3`.
    public var version: String { String(cString: SSL_get_version(pointer)) }

    /// Uses the socket itself, for its options.
    public func withSocket<Result, Failure: Error>(
        _ body: (borrowing Descriptor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(socket)
    }

    // MARK: Transfers

    /// Reads up to `buffer.count` bytes, and does the handshake before.
    ///
    /// Read until it blocks: bytes that are decrypted already make no socket readable.
    ///
    /// - Returns: `.ended` after the peer's close_notify; the stream can still be written then.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSFailure) -> Transfer {
        try checkUsable()
        // A failed write is no reason not to read what the peer has sent before.
        if isHolding, (try? flush()) == false, held.count > Self.mostHeldBytes { return .blocked(until: .writable) }
        OpenSSL.clearErrors()
        var count = 0
        if SSL_read_ex(pointer, buffer.baseAddress, buffer.count, &count) == 1 {
            controlMessages = 0
            isSecured = true
            return .bytes(count)
        }
        return try outcome()
    }

    /// Whether another read may return something before the socket is readable again; asked after a read.
    ///
    /// If not, the caller waits for the socket, so the next read asks it again.
    public func mayHaveMore() -> Bool {
        // The read that blocks decides whether to wait for held bytes.
        guard isDrained, !isHolding, SSL_has_pending(pointer) == 0 else { return true }
        isDrained = false
        return false
    }

    /// Does the next steps of the handshake without reading or sending data.
    ///
    /// - Returns: what the next step waits for; nil if the handshake is done.
    func continueHandshake() throws(TLSFailure) -> Transfer.Readiness? {
        try checkUsable()
        guard isInHandshake else { return nil }
        if isHolding {
            let isFlushed = try flush()
            if !isFlushed { return .writable }
        }
        OpenSSL.clearErrors()
        if SSL_do_handshake(pointer) == 1 { return nil }
        guard case .blocked(let readiness) = try outcome() else { throw fail(.truncated) }
        return readiness
    }

    /// Encrypts and sends the beginning of some bytes, at most one record.
    ///
    /// - Parameters:
    ///   - bytes: at least 1.
    ///   - isFollowed: whether more is sent at once, so that the kernel may send both together.
    public func send(_ bytes: UnsafeRawBufferPointer, isFollowed: Bool = false) throws(TLSFailure) -> Transfer {
        try checkUsable()
        if isHolding {
            let isFlushed = try flush()
            if !isFlushed { return .blocked(until: .writable) }
        }
        OpenSSL.clearErrors()
        self.isFollowed = isFollowed
        defer { self.isFollowed = false }
        var count = 0
        if SSL_write_ex(pointer, bytes.baseAddress, min(bytes.count, Self.recordBytes), &count) == 1 {
            if let writeError { throw .system(writeError) }
            isSecured = true
            return .bytes(count)
        }
        return try outcome()
    }

    /// Sends held bytes.
    ///
    /// - Returns: whether none is left.
    @discardableResult
    public func flush() throws(TLSFailure) -> Bool {
        while !held.isEmpty {
            do throws(Errno) {
                let sent = try held.withUnsafeBufferPointer { bytes throws(Errno) in
                    try socket.send(UnsafeRawBufferPointer(bytes))
                }
                held.removeFirst(sent)
            } catch {
                if error.wouldBlock { return false }
                writeError = error
                held = []
                throw .system(error)
            }
        }
        held = []
        return true
    }

    /// Sends close_notify, if the handshake is done, and then the end of the stream.
    public func shutdownSending() {
        notifyEnd()
        if held.isEmpty { socket.shutdownSending() }
    }

    private func notifyEnd() {
        guard failure == nil, !isInHandshake, SSL_get_shutdown(pointer) & SSL_SENT_SHUTDOWN == 0 else { return }
        OpenSSL.clearErrors()
        SSL_shutdown(pointer)
    }

    /// Sets whether closing the stream sends the peer a reset, and no close_notify.
    public func setResetsOnClose(_ resets: Bool) throws(Errno) {
        resetsOnClose = resets
        try socket.setResetsOnClose(resets)
    }

    /// Changes this side's keys and asks the peer for new ones (RFC 8446, 4.6.3), for tests.
    func requestNewKeys() {
        SSL_key_update(pointer, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(pointer)
    }

    // MARK: Failures

    private func checkUsable() throws(TLSFailure) {
        if let failure { throw failure }
    }

    private func fail(_ failure: TLSFailure) -> TLSFailure {
        self.failure = failure
        return failure
    }

    private func noteControlMessage() {
        controlMessages += 1
        // OpenSSL has read many at once: without this it would handle them all.
        if hasTooManyControlMessages { SSL_set_shutdown(pointer, SSL_RECEIVED_SHUTDOWN) }
    }

    private var hasTooManyControlMessages: Bool { controlMessages > Self.mostControlMessages }

    /// The outcome of a call that transferred nothing.
    private func outcome() throws(TLSFailure) -> Transfer {
        if hasTooManyControlMessages { throw fail(reason()) }
        switch SSL_get_error(pointer, 0) {
        case SSL_ERROR_WANT_READ:
            let isBlocked = held.count > Self.mostHeldBytes || isHolding && isInHandshake
            return .blocked(until: isBlocked ? .writable : .readable)
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: throw fail(reason())
        }
    }

    private func reason() -> TLSFailure {
        if let systemError { return .system(systemError) }
        if hasTooManyControlMessages { return .mismatch("too many TLS messages without data") }
        if isHandshakeTooLong { return .mismatch("the TLS handshake is too long") }
        let verification = SSL_get_verify_result(pointer)
        if let trusting, verification != Int(X509_V_OK) { return .untrusted(trusting.reason(for: verification)) }
        let error = ERR_get_error()
        if socketHasEnded { return .truncated }
        return .mismatch(OpenSSL.reason(of: error))
    }
}
