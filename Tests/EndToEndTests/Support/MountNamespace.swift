import Foundation
import TestSupport

/// A disk for one test: a small file system in a mount namespace that ends with the server.
enum MountNamespace {
    /// Whether this user may make a mount namespace; in most containers only root may.
    static let isPermitted: Bool = {
        guard let directory = try? TemporaryDirectory() else { return false }
        let script = "mount -t tmpfs -o size=64k none \(directory.path)"
        return (try? run(["unshare", "-m", "sh", "-c", script]))?.exitCode == 0
    }()

    /// A command that mounts a disk at `disk` and runs the server.
    ///
    /// It also runs each line of its standard input as a command there, and reports on standard error when it is done.
    ///
    /// - Parameter size: the size as mount(8) takes it for tmpfs, such as `2m`.
    static func wrapper(size: String) -> [String] {
        let script = """
            mkdir -p disk && mount -t tmpfs -o size=\(size) none disk || exit 99
            exec 3<&0
            (while read -r command <&3; do eval "$command"; echo "done: $command" >&2; done) > /dev/null &
            exec "$@" 3<&-
            """
        return ["unshare", "-m", "sh", "-c", script, "-"]
    }
}

extension ServerProcess {
    /// Runs a command on the server's disk; see ``MountNamespace/wrapper(size:)``.
    func onDisk(_ command: String) throws {
        let done = { (output: inout ChildProcess.Output) in
            String(decoding: output.bytes, as: UTF8.self).components(separatedBy: "done: \(command)\n").count - 1
        }
        let before = process.standardError.access(done)
        process.write(Array((command + "\n").utf8))
        guard process.standardError.wait(for: { done(&$0) > before ? true : nil }) != nil else {
            throw HarnessError("not done: \(command)")
        }
    }
}
