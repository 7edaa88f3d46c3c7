import CSystem
import TweetModel
public import TweetWire

/// Splits a server's bytes into lines and parses each as an answer; keeps only an unfinished line.
public struct AnswerReader: Sendable {
    private var partial: [UInt8] = []
    /// Whether anything has arrived.
    private var hasBegun = false

    public init() {}

    /// Takes the next whole line from the received bytes.
    ///
    /// - Parameter bytes: the received bytes; afterwards the ones after the line.
    /// - Returns: nil if all bytes are taken and the line is still unfinished.
    /// - Throws: `notUnderstood` for a line that is no answer or longer than the wire allows, and at once for a first
    ///   byte that begins no packet: another protocol may have no lines.
    public mutating func next(from bytes: inout UnsafeRawBufferPointer) throws(ClientError) -> Answer? {
        if !hasBegun, let first = bytes.first {
            guard first == UInt8(ascii: "[") else { throw .foreign(bytes) }
            hasBegun = true
        }
        guard let start = bytes.baseAddress, let lineFeed = memchr(start, CInt(UInt8(ascii: "\n")), bytes.count) else {
            try checkLength(partial.count + bytes.count + 1)
            partial.append(contentsOf: bytes)
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return nil
        }
        let count = UnsafeRawPointer(lineFeed) - start
        try checkLength(partial.count + count + 1)
        let line = UnsafeRawBufferPointer(start: start, count: count)
        bytes = UnsafeRawBufferPointer(rebasing: bytes[(count + 1)...])
        if partial.isEmpty { return try Self.answer(line) }
        partial.append(contentsOf: line)
        defer { partial.removeAll(keepingCapacity: true) }
        return try Self.answer(partial)
    }

    private func checkLength(_ count: Int) throws(ClientError) {
        guard count <= WireLimits.lineBytes else {
            throw .notUnderstood("a line is longer than \(WireLimits.lineBytes) bytes")
        }
    }

    private static func answer(_ line: [UInt8]) throws(ClientError) -> Answer {
        try line.withUnsafeBufferPointer { bytes throws(ClientError) in try answer(UnsafeRawBufferPointer(bytes)) }
    }

    private static func answer(_ line: UnsafeRawBufferPointer) throws(ClientError) -> Answer {
        do throws(AnswerError) {
            return try Answer(line: line)
        } catch {
            throw .notUnderstood(error.description)
        }
    }
}
