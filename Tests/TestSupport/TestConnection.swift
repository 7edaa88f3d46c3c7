public import CSystem
import Foundation
public import TweetSystem

/// A test's end of a connection, as bytes and lines.
///
/// A test that runs a program uses the methods that wait. A test that drives a loop itself uses the methods that do
/// not wait (``receive(atMost:)``, ``takeLines()``, ``sendSome(_:)``), since nothing arrives before the loop's next
/// turn.
///
/// At most one thread reads and at most one thread sends at a time; they may be different threads.
public final class TestConnection: @unchecked Sendable {
    // Sendable: sending has no state, and only the thread that reads touches the received bytes.
    public let number: CInt
    private var descriptor: Descriptor?
    private var isOpen = true

    /// The bytes that were received and not yet taken.
    public private(set) var bytes: [UInt8] = []
    /// The number of bytes of each read so far, except the read at the end of the stream.
    public private(set) var readSizes: [Int] = []
    public private(set) var isAtEnd = false
    /// The last error of ``receive(atMost:)``.
    public private(set) var error: Errno?

    /// Takes ownership of a nonblocking socket.
    public init(_ descriptor: consuming Descriptor) {
        number = descriptor.number
        self.descriptor = consume descriptor
    }

    /// Connects to an address.
    ///
    /// - Parameters:
    ///   - source: the own address; the system picks one by default.
    ///   - receiveBuffer: the approximate size of the kernel's receive buffer in bytes.
    public convenience init(
        to address: SocketAddress, from source: SocketAddress? = nil, receiveBuffer: CInt? = nil
    ) throws {
        let socket = Descriptor(owning: try valueOrErrno { csystem_stream_socket(address.family) })
        let number = socket.number
        if let receiveBuffer { try valueOrErrno { csystem_set_option(number, SOL_SOCKET, SO_RCVBUF, receiveBuffer) } }
        if let source { try valueOrErrno { source.withSocketAddress { bind(number, $0, $1) } } }
        // Only the connect call blocks, because a nonblocking socket would fail at a path whose listener is busy.
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK)
        var patience = timeval(tv_sec: Int(Patience.seconds), tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        do {
            try valueOrErrno { address.withSocketAddress { connect(number, $0, $1) } }
        } catch {
            throw HarnessError("cannot connect to \(address): \(error)")
        }
        try valueOrErrno { csystem_set_nonblocking(number) }
        self.init(socket)
    }

    /// Connects to a port, by default on this machine.
    ///
    /// - Parameter source: the own address; the system picks one by default.
    public convenience init(
        port: UInt16, host: String = "127.0.0.1", from source: String? = nil, receiveBuffer: CInt? = nil
    ) throws {
        guard let address = SocketAddress.numeric(host: host, port: port)?.first else {
            throw HarnessError("\(host) has no address")
        }
        let own = source.flatMap { SocketAddress.numeric(host: $0, port: 0)?.first }
        try self.init(to: address, from: own, receiveBuffer: receiveBuffer)
    }

    /// The bytes that were received and not yet taken, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Sending

    /// Sends all bytes, and waits while the socket's buffer is full.
    public func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try sendSome(rest)
            rest = rest.dropFirst(count)
            if count == 0, try !Poll.wait(number: number, toWrite: true, until: Patience.deadline) {
                throw HarnessError("cannot send: the other end takes nothing")
            }
        }
    }

    public func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Sends as many bytes as the socket's buffer takes, without waiting.
    ///
    /// - Returns: the number of bytes sent.
    @discardableResult
    public func sendSome(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        do throws(Errno) {
            let number = number
            return try valueOrErrno { bytes.withUnsafeBytes { csystem_send(number, $0.baseAddress, $0.count) } }
        } catch {
            if error.wouldBlock { return 0 }
            throw error
        }
    }

    /// Sends a line and reads one.
    public func request(_ line: String) throws -> String? {
        try send(line + "\n")
        return try readLine()
    }

    // MARK: Reading without waiting

    /// Receives the bytes that have arrived, up to a limit.
    public func receive(atMost limit: Int = .max) {
        var left = limit
        do throws(Errno) {
            while left > 0, let count = try receiveOnce(atMost: left) { left -= count }
        } catch {
            self.error = error
        }
    }

    /// Takes the complete lines that were received, without line feeds and without empty lines.
    public func takeLines() -> [String] {
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        defer { bytes.removeSubrange(...end) }
        return bytes[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Takes all bytes that were received.
    public func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    // MARK: Reading

    /// The next line without its line feed; nil at the end of the stream.
    public func readLine() throws -> String? {
        while true {
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: bytes[..<end], as: UTF8.self)
                bytes.removeSubrange(...end)
                return line
            }
            guard try readMore() else {
                guard bytes.isEmpty else { throw HarnessError("the stream ended within a line: \(text)") }
                return nil
            }
        }
    }

    /// Everything up to the end of the stream.
    public func readToEnd() throws -> String {
        while try readMore() {}
        defer { bytes = [] }
        return text
    }

    /// Reads the given number of bytes, or fewer if the stream ends first.
    public func read(_ count: Int) throws -> String {
        while bytes.count < count, try readMore(atMost: count - bytes.count) {}
        defer { bytes.removeFirst(min(count, bytes.count)) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Waits for input, and returns whether it is a reset without any bytes before it.
    public func readsOnlyReset() throws -> Bool {
        try waitForInput()
        receive(atMost: 1)
        return bytes.isEmpty && error?.code == ECONNRESET
    }

    /// Reads once, up to a limit; returns no bytes at the end of the stream.
    public func readChunk(atMost limit: Int = .max) throws -> [UInt8] {
        _ = try readMore(atMost: limit)
        defer { bytes = [] }
        return bytes
    }

    /// The lines that a server sent before the stream ended or was reset.
    public struct Gathered: Sendable {
        public var lines: [String] = []
        public var wasReset = false
    }

    /// Reads lines on a separate thread until the stream ends.
    public func gatherLines() -> Monitor<Gathered?> {
        let gathered = Monitor<Gathered?>(nil)
        Thread.detachNewThread { [self] in
            var result = Gathered()
            do {
                while let line = try readLine() { result.lines.append(line) }
            } catch {
                result.wasReset = true
            }
            gathered.access { $0 = result }
        }
        return gathered
    }

    /// Waits for bytes, the end of the stream or an error.
    public func waitForInput() throws {
        guard try Poll.wait(number: number, toWrite: false, until: Patience.deadline) else {
            throw HarnessError("nothing comes; before it was: \(text.suffix(200))")
        }
    }

    /// Reads once, up to a limit.
    ///
    /// - Returns: false at the end of the stream.
    private func readMore(atMost limit: Int = .max) throws -> Bool {
        while !isAtEnd {
            guard isOpen else { throw HarnessError("cannot receive: the connection was closed") }
            do throws(Errno) {
                if try receiveOnce(atMost: limit) != nil { return !isAtEnd }
            } catch {
                throw HarnessError("cannot receive: \(error)")
            }
            try waitForInput()
        }
        return false
    }

    /// Reads once; returns nil if nothing has arrived or if the stream has ended before.
    private func receiveOnce(atMost limit: Int) throws(Errno) -> Int? {
        guard isOpen, !isAtEnd else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(limit, 65_536), alignment: 1)
        defer { buffer.deallocate() }
        let number = number
        do throws(Errno) {
            let count = try valueOrErrno { CSystem.read(number, buffer.baseAddress, buffer.count) }
            isAtEnd = count == 0
            bytes += buffer[..<count]
            if count > 0 { readSizes.append(count) }
            return count
        } catch {
            if error.wouldBlock { return nil }
            throw error
        }
    }

    // MARK: Ending

    /// Ends the sending side.
    public func finishSending() {
        shutdown(number, CInt(SHUT_WR))
    }

    /// Ends both directions; the descriptor stays open, since another thread may be reading from it.
    public func disconnect() {
        shutdown(number, CInt(SHUT_RDWR))
    }

    public func close() {
        isOpen = false
        descriptor = nil
    }

    /// Closes with a reset instead of an orderly end; see SO_LINGER in socket(7).
    public func reset() throws {
        var option = linger(l_onoff: 1, l_linger: 0)
        let number = number
        try valueOrErrno { setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size)) }
        close()
    }
}

/// Two connected sockets of this machine; see socketpair(2).
@frozen
public struct ConnectedPair: ~Copyable {
    /// The end for the part under test.
    public let tested: Descriptor
    /// The test's end.
    public let test: TestConnection

    /// Connects two nonblocking sockets.
    ///
    /// - Parameters:
    ///   - kind: `SOCK_SEQPACKET` preserves the boundaries of writes, so that a test can count them.
    ///   - sendBuffer: the approximate size of the kernel's send buffer at the tested end in bytes.
    public init(_ kind: __socket_type = SOCK_STREAM, sendBuffer: CInt? = nil) throws {
        var numbers: [CInt] = [-1, -1]
        try valueOrErrno { socketpair(AF_UNIX, CInt(kind.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers) }
        let tested = Descriptor(owning: numbers[0])
        let test = TestConnection(Descriptor(owning: numbers[1]))
        for number in numbers { try valueOrErrno { csystem_set_nonblocking(number) } }
        if let sendBuffer {
            try valueOrErrno { csystem_set_option(numbers[0], SOL_SOCKET, SO_SNDBUF, sendBuffer) }
        }
        self.tested = tested
        self.test = test
    }
}
