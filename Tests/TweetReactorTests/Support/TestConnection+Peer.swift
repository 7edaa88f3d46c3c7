import CSystem
import TestSupport
import TweetSystem

/// The peer of a connection in the loop: no bytes arrive before the loop's next turn, so tests use only calls that do
/// not wait.
extension TestConnection {
    /// The text that each read returned; tests see it without removing it.
    var reads: [String] {
        var rest = bytes[...]
        return readSizes.map { size in
            defer { rest.removeFirst(size) }
            return String(decoding: rest.prefix(size), as: UTF8.self)
        }
    }

    /// Receives up to the end of the stream or an error.
    ///
    /// Bytes over TCP may still be on their way after the other side has sent them, even on one machine: under load the
    /// kernel hands packets to a thread of its own.
    func receiveToEnd() throws {
        receive()
        while !isAtEnd, error == nil {
            try waitForInput()
            receive()
        }
    }

    /// Whether sending fails with EPIPE or ECONNRESET, once the connection is due to be closed.
    ///
    /// This may take a moment: a child process that another test is just starting shares the other end until it
    /// executes its program.
    var sendingFails: Bool {
        let deadline = Instant.now + .seconds(10)
        do throws(Errno) {
            while Instant.now < deadline {
                try sendSome([0])
                poll(nil, 0, 1)
            }
            return false
        } catch {
            return error.code == EPIPE || error.code == ECONNRESET
        }
    }
}
