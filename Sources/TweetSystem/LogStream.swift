import CSystem

/// An inherited stream, given as the path of a log: `-`, `/dev/stdout`, `/dev/stderr`, `/dev/fd/3`.
///
/// The descriptor itself is used and the name not opened again: a file would be written from its start, a socket (such
/// as a service's standard output) cannot be opened at all, and the name needs /proc.
public enum LogStream {
    /// The descriptor's number; nil if the path names a file.
    ///
    /// - Throws: EBADF if the process did not inherit it, or cannot write to it.
    public static func number(of path: String) throws(Errno) -> CInt? {
        guard let number = named(path) else { return nil }
        guard csystem_is_given_to_write(number) else { throw Errno(code: EBADF) }
        return number
    }

    private static func named(_ path: String) -> CInt? {
        switch path {
        case "-", "/dev/stdout": return StandardStream.output.rawValue
        case "/dev/stderr": return StandardStream.error.rawValue
        default: break
        }
        for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
            return CInt(path.dropFirst(folder.utf8.count))
        }
        return nil
    }

    /// Whether two descriptors refer to the same file, pipe or terminal; see stat(2).
    public static func isSame(_ first: CInt, _ second: CInt) -> Bool {
        guard let one = FileIdentity(ofNumber: first), let other = FileIdentity(ofNumber: second) else { return false }
        return one == other
    }
}
