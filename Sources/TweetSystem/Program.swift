import CSystem

/// A program that is run and waited for.
public enum Program {
    /// How a program ended.
    public enum Ending: Hashable, Sendable {
        case exit(CInt)
        case signal(CInt)
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
        try check(posix_spawn_file_actions_addopen(&actions, StandardStream.input.rawValue, "/dev/null", O_RDONLY, 0))
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
