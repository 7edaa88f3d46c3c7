import CSystem
import Foundation
import TweetSystem

/// A client of bytes over a loopback socket; every call waits until it is done.
///
/// One thread at a time reads and one sends; they may be two.
final class WireClient: @unchecked Sendable {
    // Sendable: sending has no state, and what is read belongs to the thread that reads.
    let number: CInt
    private var isOpen = true
    private var unread: [UInt8] = []

    convenience init(port: UInt16, host: String = "127.0.0.1", receiveBuffer: CInt? = nil) throws {
        guard let address = try SocketAddress.lookup(host: host, port: port).first else {
            throw HarnessError("\(host) has no address")
        }
        try self.init(to: address, receiveBuffer: receiveBuffer)
    }

    /// - Parameter receiveBuffer: bytes that the kernel keeps of what was not read yet, about.
    init(to address: SocketAddress, receiveBuffer: CInt? = nil) throws {
        number = csystem_stream_socket(address.family)
        guard number >= 0 else { throw HarnessError("no socket: \(Self.lastError)") }
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK)
        var patience = timeval(tv_sec: Int(Patience.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        if let receiveBuffer { _ = csystem_set_option(number, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        guard address.withSocketAddress({ CSystem.connect(number, $0, $1) }) == 0 else {
            let error = Self.lastError
            CSystem.close(number)
            throw HarnessError("cannot connect to \(address): \(error)")
        }
    }

    /// Takes over a connection that was accepted.
    init(accepted number: CInt) {
        self.number = number
    }

    deinit {
        close()
    }

    private static var lastError: String { String(cString: strerror(errno)) }

    // MARK: Sending

    /// Sends all of it.
    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { csystem_send(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw HarnessError("cannot send: \(Self.lastError)") }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Sends a line and reads one.
    func request(_ line: String) throws -> String? {
        try send(line + "\n")
        return try readLine()
    }

    /// Sends as much as the socket takes at once.
    func sendWithoutWaiting(_ text: String) {
        var copy = text
        copy.withUTF8 { _ = Foundation.send(number, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT)) }
    }

    /// Ends the sending side.
    func finishSending() {
        shutdown(number, CInt(SHUT_WR))
    }

    // MARK: Reading

    /// The next line without its line feed; nil at the end of the stream.
    func readLine() throws -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeSubrange(...end)
                return line
            }
            guard try readMore() else {
                guard unread.isEmpty else { throw HarnessError("the stream ended within a line: \(unread)") }
                return nil
            }
        }
    }

    /// The lines that a server sent up to the end of the stream, or to a reset.
    struct Gathered {
        var lines: [String] = []
        var wasReset = false
    }

    /// Reads to the end on a thread of its own.
    func gatherLines() -> Monitor<Gathered?> {
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

    /// Everything up to the end of the stream.
    func readToEnd() throws -> String {
        while try readMore() {}
        defer { unread = [] }
        return String(decoding: unread, as: UTF8.self)
    }

    /// Reads to the end, and says whether that was a reset with nothing before it.
    func readsOnlyReset() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(number, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == ECONNRESET
        }
    }

    /// Reads once and forgets what it read.
    ///
    /// - Returns: how many bytes, at most as many as asked for.
    func readSome(_ limit: Int) throws -> Int {
        _ = try readMore(limit)
        defer { unread = [] }
        return unread.count
    }

    /// Reads once, at most so many bytes.
    ///
    /// - Returns: false at the end of the stream.
    private func readMore(_ limit: Int = 65_536) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: limit)
        while true {
            let count = recv(number, &buffer, limit, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw HarnessError("cannot receive: \(Self.lastError)") }
            unread += buffer[..<count]
            return count > 0
        }
    }

    // MARK: Ending

    func close() {
        if isOpen { CSystem.close(number) }
        isOpen = false
    }

    /// Closes with a reset instead of an end: see socket(7), SO_LINGER.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}
