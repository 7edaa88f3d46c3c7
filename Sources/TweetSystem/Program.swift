import CSystem

/// A program that is run and waited for.
public enum Program {
    /// How a program ended.
    public enum Ending: Hashable, Sendable {
        case exit(CInt)
        case signal(CInt)

        /// The exit code that a shell reports; for a signal, 128 plus its number.
        public var exitCode: CInt {
            switch self {
            case .exit(let code): code
            case .signal(let number): 128 + number
            }
        }
    }

    /// Looks up a program as ``start(_:environment:)`` does, without starting it.
    ///
    /// An executable file can still fail to start, for example a script without an interpreter line.
    ///
    /// - Parameters:
    ///   - name: a path, or a name that is looked up in `PATH`.
    ///   - path: the value of `PATH`, nil if it is not set.
    /// - Throws: `ENOENT` if there is no such program, or the reason why it cannot be executed.
    public static func find(_ name: [UInt8], in path: [UInt8]?) throws(Errno) {
        guard !name.contains(UInt8(ascii: "/")) else { return try checkExecutable(name) }
        var failure = Errno(code: ENOENT)
        guard !name.isEmpty else { throw failure }
        // If it is not set, the C library searches these; see posix_spawnp(3).
        let path = path ?? Array("/bin:/usr/bin".utf8)
        for folder in path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            do throws(Errno) {
                // An empty entry means the current directory.
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

    /// The process's environment, each entry `NAME=VALUE`, perhaps invalid UTF-8.
    public static var environment: [[UInt8]] {
        var variables: [[UInt8]] = []
        var next = csystem_environment()
        while let variable = next?.pointee {
            variables.append(Array(UnsafeRawBufferPointer(start: variable, count: strlen(variable))))
            next = next?.advanced(by: 1)
        }
        return variables
    }

    /// Starts a program without a shell, in a process group of its own; see posix_spawnp(3).
    ///
    /// Its standard input is empty, it shares this process's standard output and error, and it inherits no other
    /// descriptor, not even one that this process inherited. Signal handling is reset to what a program expects.
    ///
    /// - Parameters:
    ///   - words: a path, or a name that is looked up in `PATH`, and the program's arguments.
    ///   - environment: its complete environment, each entry `NAME=VALUE`.
    /// - Throws: the error if it cannot be started.
    public static func start(_ words: [[UInt8]], environment: [[UInt8]]) throws(Errno) -> RunningProgram {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        var flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        try check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        // An empty pipe instead of /dev/null, which may be missing in a chroot.
        let nothing = try Pipe().closingWritingEnd()
        try check(posix_spawn_file_actions_adddup2(&actions, nothing.number, StandardStream.input.rawValue))
        try check(csystem_inherit_standard_streams(&actions, &flags))
        try check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        // Ignored signals stay ignored in the new program; handled ones are reset by themselves.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        try check(posix_spawnattr_setsigdefault(&attributes, &signals))
        try check(posix_spawnattr_setpgroup(&attributes, 0))
        try check(posix_spawnattr_setflags(&attributes, flags))

        var id: pid_t = 0
        try withCStrings(words) { arguments throws(Errno) in
            try withCStrings(environment) { environment throws(Errno) in
                // An empty list names no program, like an empty name.
                guard let name = arguments[0] else { throw Errno(code: ENOENT) }
                try check(posix_spawnp(&id, name, &actions, &attributes, arguments, environment))
            }
        }
        return RunningProgram(id: id)
    }

    /// Throws the error of a function that returns it instead of setting errno.
    private static func check(_ code: CInt) throws(Errno) {
        if code != 0 { throw Errno(code: code) }
    }

    /// Calls the body with the strings as a C array: each string ends with a zero byte, the array with a null pointer.
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
