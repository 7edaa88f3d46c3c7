import CSystem
import TestSupport
import TweetSystem

/// The test's end as the peer of a connection of the loop: nothing comes before the loop's next turn, so the tests call
/// what does not wait.
extension TestConnection {
    /// The text that each read returned; nothing was taken of it.
    var reads: [String] {
        var rest = bytes[...]
        return readSizes.map { size in
            defer { rest.removeFirst(size) }
            return String(decoding: rest.prefix(size), as: UTF8.self)
        }
    }

    /// Receives to the end of the stream or an error.
    ///
    /// Over TCP what the other side has sent may still be on its way, even on one machine: the kernel hands packets
    /// over to a thread of its own when there are many.
    func receiveToEnd() throws {
        receive()
        while !isAtEnd, error == nil {
            try waitForInput()
            receive()
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
                try sendSome([0])
                poll(nil, 0, 1)
            }
            return false
        } catch {
            return error.code == EPIPE || error.code == ECONNRESET
        }
    }
}
