import CSystem
import Testing
import TweetSystem

/// The other end of a connection; nothing that it does waits.
final class Peer {
    private var descriptor: Descriptor?
    /// All that has come.
    private(set) var bytes: [UInt8] = []
    /// The text that each read returned.
    private(set) var reads: [String] = []
    private(set) var isAtEnd = false
    private(set) var error: Errno?

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = consume descriptor
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads what has come, at most so many bytes.
    func read(atMost limit: Int = .max) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)
        defer { buffer.deallocate() }
        var left = limit
        do throws(Errno) {
            while left > 0, !isAtEnd {
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
                guard let count = try descriptor?.read(into: room) else { return }
                isAtEnd = count == 0
                left -= count
                bytes += buffer[..<count]
                if count > 0 { reads.append(String(decoding: buffer[..<count], as: UTF8.self)) }
            }
        } catch {
            if !error.wouldBlock { self.error = error }
        }
    }

    /// Reads to the end of the stream or an error.
    ///
    /// Over TCP what the other side has sent may still be on its way, even on one machine: the kernel hands packets
    /// over to a thread of its own when there are many.
    func readToEnd() throws {
        read()
        while !isAtEnd, error == nil {
            let hasCome = try Poll.wait(number: descriptor?.number ?? -1, toWrite: false, until: .now + .seconds(60))
            try #require(hasCome, "the end has not come")
            read()
        }
    }

    func send(_ text: String) throws {
        let sent = try sendSome(Array(text.utf8)[...])
        try #require(sent == text.utf8.count)
    }

    /// Sends as much as there is room for.
    ///
    /// - Returns: how many bytes were taken.
    func sendSome(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        do throws(Errno) {
            let bytes = bytes.prefix(262_144)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { buffer.deallocate() }
            buffer.copyBytes(from: bytes)
            return try descriptor?.send(UnsafeRawBufferPointer(buffer)) ?? 0
        } catch {
            if error.wouldBlock { return 0 }
            throw error
        }
    }

    /// Whether sending fails with EPIPE or ECONNRESET, now that the connection is to be closed.
    ///
    /// A child that another test is just starting has the other end as well until it executes its program, so it may
    /// take a moment.
    var sendingFails: Bool {
        let deadline = Instant.now + .seconds(10)
        do throws(Errno) {
            while Instant.now < deadline {
                _ = try sendSome([0])
                poll(nil, 0, 1)
            }
            return false
        } catch {
            return error.code == EPIPE || error.code == ECONNRESET
        }
    }

    func finishSending() {
        descriptor?.shutdownSending()
    }

    func close() {
        descriptor = nil
    }

    /// Closes with a reset instead of an end: see socket(7), SO_LINGER.
    func reset() throws {
        var option = linger(l_onoff: 1, l_linger: 0)
        let number = descriptor?.number ?? -1
        try #require(
            setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size)) == 0)
        close()
    }
}
