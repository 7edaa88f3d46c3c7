import CSystem

/// A program that is run and waited for.
public enum Program {
    /// How a program ended.
    public enum Ending: Hashable, Sendable {
        case exit(CInt)
        case signal(CInt)

        /// The exit code that a shell tells of it: 128 and the number for a signal.
        public var exitCode: CInt {
            switch self {
            case .exit(let code): code
            case .signal(let number): 128 + number
            }
        }
    }

    /// Looks a program up as ``run(_:environment:)`` does, without starting it.
    ///
    /// A file that is executable can still fail to start: a script without an interpreter line.
    ///
    /// - Parameters:
    ///   - name: a path, or a name that is looked up in `PATH`.
    ///   - path: the value of `PATH`, nil where it is not set.
    /// - Throws: `ENOENT` where there is none, or why the one that is there cannot be executed.
    public static func find(_ name: [UInt8], in path: [UInt8]?) throws(Errno) {
        guard !name.contains(UInt8(ascii: "/")) else { return try checkExecutable(name) }
        var failure = Errno(code: ENOENT)
        guard !name.isEmpty else { throw failure }
        // Where it is not set the C library looks there; see posix_spawnp(3).
        let path = path ?? Array("/bin:/usr/bin".utf8)
        for folder in path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            do throws(Errno) {
                // An empty one is the current directory.
                return try checkExecutable(folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name)
            } catch {
                if error.code == EACCES { failure = error }
            }
        }
        throw failure
    }

    private static func checkExecutable(_ path: [UInt8]) throws(Errno) {
        let code = (path + [0]).withUnsafeBytes { bytes -> CInt in
            guard let path = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return ENOENT }
            var status = stat()
            if stat(path, &status) != 0 || access(path, X_OK) != 0 { return Errno.current.code }
            return csystem_is_regular_file(status.st_mode) != 0 ? 0 : EACCES
        }
        try check(code)
    }

    /// The process's environment, `NAME=VALUE` each, in UTF-8 or not.
    public static var environment: [[UInt8]] {
        var variables: [[UInt8]] = []
        var next = csystem_environment()
        while let variable = next?.pointee {
            variables.append(Array(UnsafeRawBufferPointer(start: variable, count: strlen(variable))))
            next = next?.advanced(by: 1)
        }
        return variables
    }

    /// Runs a program, never by a shell, and waits for its end; see posix_spawnp(3) and waitpid(2).
    ///
    /// Its standard input is empty, standard output and error are the process's own, and no other descriptor is
    /// inherited, not even one that the process was started with. Signals are as a program expects them.
    ///
    /// - Parameters:
    ///   - words: a path, or a name that is looked up in `PATH`, and the program's arguments.
    ///   - environment: all that it gets to see, `NAME=VALUE` each.
    /// - Throws: why it cannot be started.
    public static func run(_ words: [[UInt8]], environment: [[UInt8]]) throws(Errno) -> Ending {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        var flags = Int16(POSIX_SPAWN_SETSIGDEF)
        try check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Not /dev/null, which a root of one's own may lack: nobody writes to this.
        let nothing = try Pipe().closingWritingEnd()
        try check(posix_spawn_file_actions_adddup2(&actions, nothing.number, StandardStream.input.rawValue))
        try check(csystem_inherit_standard_streams(&actions, &flags))
        try check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        // What is ignored stays ignored in another program; what is handled does not.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        try check(posix_spawnattr_setsigdefault(&attributes, &signals))
        try check(posix_spawnattr_setflags(&attributes, flags))

        // Whoever started the process may have had it ignored: then there would be nothing to wait for.
        csystem_default_signal(SIGCHLD)
        var id: pid_t = 0
        try withCStrings(words) { arguments throws(Errno) in
            try withCStrings(environment) { environment throws(Errno) in
                // An empty list names no program, as an empty name does.
                guard let name = arguments[0] else { throw Errno(code: ENOENT) }
                try check(posix_spawnp(&id, name, &actions, &attributes, arguments, environment))
            }
        }
        var status: CInt = 0
        try valueOrErrno { waitpid(id, &status, 0) }
        // The bits of a status are the same wherever there is a waitpid; its macros are no functions.
        return status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }

    /// Throws the error that a function has returned instead of setting errno.
    private static func check(_ code: CInt) throws(Errno) {
        if code != 0 { throw Errno(code: code) }
    }

    /// Calls with the strings as C takes a list of them: each ended by a zero, the list by a null.
    private static func withCStrings(
        _ strings: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws(Errno) -> Void
    ) throws(Errno) {
        let copies = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        copies.initialize(repeating: nil)
        defer {
            for copy in copies { free(copy) }
            copies.deallocate()
        }
        for (index, string) in strings.enumerated() {
            copies[index] = (string + [0]).withUnsafeBytes { bytes in
                bytes.baseAddress.flatMap { strdup($0.assumingMemoryBound(to: CChar.self)) }
            }
        }
        guard let base = copies.baseAddress else { return }
        try body(base)
    }
}
