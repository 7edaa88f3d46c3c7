import CSystem
import Testing
import TweetSystem

/// Errors of system calls.
struct ErrnoTests {
    @Test(arguments: [
        (ENOENT, "No such file or directory"), (EACCES, "Permission denied"), (EADDRINUSE, "Address already in use"),
        (ECONNREFUSED, "Connection refused"), (ENOSPC, "No space left on device"), (EMFILE, "Too many open files"),
    ])
    func anErrorIsTheSystemsSentence(code: CInt, sentence: String) {
        #expect(Errno(code: code).description == sentence)
        #expect("\(Errno(code: code))" == sentence)
    }

    @Test(arguments: [(EAGAIN, true), (EWOULDBLOCK, true), (EINTR, false), (EPIPE, false), (EINPROGRESS, false)])
    func onlyEAGAINWouldBlock(code: CInt, wouldBlock: Bool) {
        #expect(Errno(code: code).wouldBlock == wouldBlock)
    }

    @Test(arguments: [
        (EMFILE, true), (ENFILE, true), (ENOBUFS, true), (ENOMEM, true), (ECONNABORTED, false), (EAGAIN, false),
        (ENOSPC, false),
    ])
    func whatADescriptorNeedsCanBeExhausted(code: CInt, isExhaustion: Bool) {
        #expect(Errno(code: code).isExhaustion == isExhaustion)
    }

    @Test(arguments: [0, 1, Int32.max])
    func aResultThatIsNotNegativeIsGiven(value: Int32) throws {
        #expect(try valueOrErrno { value } == value)
    }

    @Test func aFailedCallThrowsItsError() {
        #expect(throws: Errno(code: EBADF)) { try valueOrErrno { close(-1) } }
        #expect(throws: Errno(code: ENOENT)) { try valueOrErrno { unlink("/no/such/file") } }
    }

    private func setErrno(_ code: CInt) {
        #if os(Linux)
            __errno_location().pointee = code
        #else
            __error().pointee = code
        #endif
    }

    @Test func anInterruptedCallIsMadeAgain() throws {
        var calls = 0
        let value = try valueOrErrno { () -> Int in
            calls += 1
            // A signal makes read(2) fail like this.
            guard calls > 3 else {
                setErrno(EINTR)
                return -1
            }
            return 7
        }
        #expect(value == 7)
        #expect(calls == 4)
    }
}
