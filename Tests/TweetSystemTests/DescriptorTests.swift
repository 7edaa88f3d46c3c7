import CSystem
import Testing
import TweetSystem

/// The owner of a descriptor closes it exactly once, and its calls throw the system's error.
struct DescriptorTests {
    /// Whether a number is an open descriptor.
    private func isOpen(_ number: CInt) -> Bool {
        var status = stat()
        return fstat(number, &status) == 0
    }

    /// One of the highest descriptor numbers; nothing else in the process gets it, since the kernel gives the lowest
    /// free one.
    private func lastNumber(but count: CInt) -> CInt {
        CInt(clamping: min(csystem_raise_descriptor_limit(), 65_536)) - count
    }

    /// Opens a file with a given descriptor number.
    private func occupy(_ number: CInt) throws {
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        try #require(dup2(null.number, number) == number)
    }

    private func pass(_ descriptor: consuming Descriptor) -> Descriptor { descriptor }

    private func failOwning(_ number: CInt) throws(Errno) {
        let owner = Descriptor(owning: number)
        _ = try Descriptor.open("/no/such/file", O_RDONLY)
        Issue.record("descriptor \(owner.number) is still owned")
    }

    @Test func aCopyThatFailsTellsWhichSideHasFailed() throws {
        let unreadable = try Descriptor.open("/dev/null", O_WRONLY)
        let unwritable = try Descriptor.open("/dev/null", O_RDONLY)
        #expect(throws: CopyError.reading(Errno(code: EBADF))) { try unreadable.copyRest(to: unreadable) }
        let source = try Descriptor.open("/proc/self/stat", O_RDONLY)
        #expect(throws: CopyError.writing(Errno(code: EBADF))) { try source.copyRest(to: unwritable) }
    }

    @Test func aDescriptorIsClosedWhenItsOwnerGoes() throws {
        let number = lastNumber(but: 1)
        try occupy(number)
        do {
            let owner = Descriptor(owning: number)
            #expect(isOpen(owner.number))
        }
        #expect(!isOpen(number))
    }

    @Test func aDescriptorThatIsPassedOnIsClosedOnce() throws {
        let number = lastNumber(but: 2)
        try occupy(number)
        do {
            let owner = pass(pass(Descriptor(owning: number)))
            #expect(isOpen(owner.number))
        }
        #expect(!isOpen(number))
        // The close of a second owner would hit this descriptor.
        try occupy(number)
        #expect(isOpen(number))
        close(number)
    }

    @Test func aDescriptorIsClosedWhenAnErrorIsThrown() throws {
        let number = lastNumber(but: 3)
        try occupy(number)
        #expect(throws: Errno(code: ENOENT)) { try self.failOwning(number) }
        #expect(!isOpen(number))
    }

    @Test(arguments: [("/no/such/file", O_RDONLY, ENOENT), ("/", O_WRONLY, EISDIR), ("/dev/null/x", O_RDONLY, ENOTDIR)])
    func openingThrowsWhatTheSystemSays(path: String, flags: CInt, code: CInt) {
        #expect(throws: Errno(code: code)) { _ = try Descriptor.open(path, flags) }
    }

    @Test func bytesAreWrittenAndReadToTheEnd() throws {
        let ends = try Ends.ofPipe()
        #expect(try Array("hello".utf8).withUnsafeBytes { try ends.writing.write($0) } == 5)
        #expect(try ends.reading.text(atMost: 3) == "hel")
        #expect(try ends.reading.text(atMost: 64) == "lo")
        let reading = ends.closeWriting()
        #expect(try reading.text(atMost: 64) == "")
    }

    @Test(arguments: [(0, ""), (1, "h"), (5, "hello"), (6, "hello\n"), (7, "hello\n"), (4096, "hello\n")])
    func aStreamIsReadToItsEndOrALimit(limit: Int, expected: String) throws {
        let ends = try Ends.ofPipe()
        for part in ["hel", "lo\n"] {
            try #require(try Array(part.utf8).withUnsafeBytes { try ends.writing.write($0) } == part.utf8.count)
        }
        let reading = ends.closeWriting()
        let bytes = try Descriptor.readAll(from: reading.number, atMost: limit)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        // Text beyond the limit stays in the pipe.
        #expect(try reading.text(atMost: 64) == "hello\n".dropFirst(limit))
    }

    @Test func aDirectoryCannotBeReadToItsEnd() throws {
        let directory = try Descriptor.open("/", O_RDONLY)
        #expect(throws: Errno(code: EISDIR)) { try Descriptor.readAll(from: directory.number, atMost: 1) }
    }

    @Test func readingWhatIsNotThereYetWouldBlock() throws {
        let ends = try Ends.ofPipe()
        try #require(csystem_set_nonblocking(ends.reading.number) == 0)
        let error = #expect(throws: Errno.self) { try ends.reading.text(atMost: 1) }
        #expect(error?.wouldBlock == true)
    }

    @Test func sendingToAPeerThatHasGoneIsAnErrorAndNoSignal() throws {
        let writing = try Ends.ofSocketPair().closeReading()
        #expect(throws: Errno(code: EPIPE)) { try Array("hello".utf8).withUnsafeBytes { try writing.send($0) } }
    }

    @Test func whatWasSentIsReadAfterTheSendingSideEnds() throws {
        let ends = try Ends.ofSocketPair()
        #expect(try Array("hello".utf8).withUnsafeBytes { try ends.writing.send($0) } == 5)
        ends.writing.shutdownSending()
        #expect(try ends.reading.text(atMost: 64) == "hello")
        #expect(try ends.reading.text(atMost: 64) == "")
        // The other direction is still open.
        #expect(try Array("bye".utf8).withUnsafeBytes { try ends.reading.send($0) } == 3)
        #expect(try ends.writing.text(atMost: 64) == "bye")
    }

    @Test func aFileCanBeCreatedWithItsPermissions() throws {
        let path = "/tmp/ttweet-test-\(getpid())-permissions"
        defer { unlink(path) }
        let file = try Descriptor.open(path, O_CREAT | O_EXCL | O_WRONLY, mode: 0o600)
        var status = stat()
        try #require(fstat(file.number, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(throws: Errno(code: EEXIST)) { _ = try Descriptor.open(path, O_CREAT | O_EXCL | O_WRONLY) }
    }

    #if os(Linux)
        @Test func aFileIsNotInheritedByProgramsThatAreStarted() throws {
            let file = try Descriptor.open("/dev/null", O_RDONLY)
            // A line of fdinfo in proc(5) is `flags:  02100000`, in octal.
            let info = try Descriptor.open("/proc/self/fdinfo/\(file.number)", O_RDONLY)
            let lines = try info.text(atMost: 4096).split(separator: "\n")
            let flags = try #require(lines.first { $0.hasPrefix("flags:") }?.split(separator: "\t").last)
            let value = try #require(CInt(flags, radix: 8))
            #expect(value & O_CLOEXEC != 0)
        }
    #endif
}
