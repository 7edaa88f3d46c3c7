import CSystem
import Testing
import TweetSystem

/// Two connected descriptors: the first reads the bytes that are written to the second.
///
/// The pairs of `TestSupport` are of no use here, since they depend on `TweetSystem`, which these tests check.
struct Ends: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    private init(_ numbers: [CInt]) {
        reading = Descriptor(owning: numbers[0])
        writing = Descriptor(owning: numbers[1])
    }

    /// A pipe that blocks; see pipe(2).
    static func ofPipe() throws -> Ends {
        var numbers: [CInt] = [-1, -1]
        try #require(pipe(&numbers) == 0)
        return Ends(numbers)
    }

    /// A pair of stream sockets that block; see socketpair(2).
    static func ofSocketPair() throws -> Ends {
        var numbers: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers) == 0)
        return Ends(numbers)
    }

    /// Closes the writing end.
    consuming func closeWriting() -> Descriptor { reading }

    /// Closes the reading end.
    consuming func closeReading() -> Descriptor { writing }
}

extension Descriptor {
    /// Reads once, at most `count` bytes; "" at the end.
    borrowing func text(atMost count: Int) throws(Errno) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        let taken = try read(into: buffer)
        return String(decoding: buffer[..<taken], as: UTF8.self)
    }
}
