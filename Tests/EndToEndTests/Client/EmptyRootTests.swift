import CSystem
import Foundation
import TestSupport
import Testing

/// The programs in an almost empty root directory, or after a preloaded library.
@Suite(.ownThreads) struct EmptyRootTests {
    private static let programs: [Program] = [.client, .chat, .server]

    /// Whether the build has a sanitizer, which needs /proc to start.
    private static let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil
    }

    private static let hasCompiler = (try? run(["cc", "--version"]))?.exitCode == 0

    /// A library that calls setenv(3) before `main`, which moves the environment.
    ///
    /// A program that looks for its arguments in front of the environment then finds something else.
    private static let preloaded = """
        #include <stdlib.h>
        __attribute__((constructor)) static void set(void) { setenv("PRELOADED", "yes", 1); }
        """

    private func preload(in directory: TemporaryDirectory) throws -> [String: String] {
        try directory.write(Self.preloaded, to: "preload.c")
        let made = try run(["cc", "-shared", "-fPIC", "-o", "preload.so", "preload.c"], in: directory)
        guard made.exitCode == 0 else { throw HarnessError("no library: \(made.errors)") }
        return ["LD_PRELOAD": directory.file("preload.so")]
    }

    @Test(.enabled(if: hasCompiler, "there is no C compiler"))
    func argumentsArriveWhateverWasLoadedBefore() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let environment = try preload(in: directory)
        for program in Self.programs {
            let version = try run(program, ["--version"], environment: environment, in: directory)
            #expect(version.output.hasPrefix("\(program.rawValue) "), "\(version.errors)")
        }
        let upload = try run(.client, ["-u", "127.0.0.1", String(server.port), "hello"], environment: environment)
        #expect(upload.exitCode == 0)
        #expect(try server.download("-q").output == "hello\n")
        let other = try ServerProcess(environment: environment, in: directory)
        #expect(directory.names.contains("data"))
        #expect(try other.stop() == .exit(0))
    }

    /// Without /proc, no runtime can look up its arguments a second time.
    @Test(.enabled(if: MountNamespace.isPermitted && hasCompiler && !isSanitized, "not permitted here"))
    func argumentsArriveWithoutProc() throws {
        let directory = try TemporaryDirectory()
        let variables = try preload(in: directory)
        for program in Self.programs {
            for environment in [[:], variables] {
                let script = "mount -t tmpfs none /proc && exec \"$@\""
                let version = try run(
                    ["unshare", "-m", "sh", "-c", script, "-", program.path, "--version"], environment: environment,
                    in: directory)
                #expect(version.exitCode == 0)
                #expect(version.output.hasPrefix("\(program.rawValue) "), "\(version.errors)")
            }
        }
    }

    /// A directory with the client and the libraries that it is linked with; a static client has none.
    private func emptyRoot() throws -> TemporaryDirectory {
        let root = try TemporaryDirectory()
        let script = """
            cp "$1" ttweetcl
            for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
                mkdir -p ".${library%/*}" && cp "$library" ".$library" || exit 1
            done
            """
        let made = try run(["sh", "-c", script, "-", Program.client.path], in: root)
        guard made.exitCode == 0 else { throw HarnessError("no root: \(made.errors)") }
        return root
    }

    @Test(.enabled(if: MountNamespace.isPermitted && !isSanitized, "not permitted here"))
    func theClientNeedsNothingAroundIt() throws {
        let server = try ServerProcess()
        let root = try emptyRoot()
        func inside(_ arguments: String..., input: String = "") throws -> Completed {
            try run(["chroot", root.path, "/ttweetcl"] + arguments, input: Array(input.utf8))
        }
        let port = String(server.port)
        #expect(try inside("--version").output.hasPrefix("ttweetcl "))
        let upload = try inside("-u", "127.0.0.1", port, "from nowhere #x")
        #expect(upload.output == "Transmission Successfull...\n", "\(upload.errors)")
        #expect(upload.exitCode == 0)
        #expect(try inside("-d", "127.0.0.1:\(port)", "x", "-q").output == "from nowhere #x\n")
        #expect(try inside("-u", "127.0.0.1", port, "-", input: "from a pipe\n").exitCode == 0)
        #expect(try inside("-d", "127.0.0.1", port, "--wait", "--since", "2", "-q").output == "from a pipe\n")
        // The directory has no /dev/null either.
        let command = ["--wait", "--since", "2", "--exec", "/ttweetcl", "--version"]
        let words = ["chroot", root.path, "/ttweetcl", "-d", "127.0.0.1", port] + command
        #expect(try run(words).output.hasPrefix("ttweetcl "))
        // Without a file that names a resolver, the client cannot look up a host.
        let unknown = try inside("-d", "host.invalid", port, "--timeout", "100")
        #expect(unknown.exitCode == 68 || unknown.exitCode == 69)
        #expect(unknown.output == "")
        #expect(
            unknown.errors.wholeMatch(of: /CLIENT \[ERROR\] \S{24} .*host\.invalid.*\n/) != nil, "\(unknown.errors)")
    }
}
