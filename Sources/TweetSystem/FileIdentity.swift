import CSystem

/// The identity of a file, independent of its name; see stat(2).
public struct FileIdentity: Hashable, Sendable {
    private let device: dev_t
    private let number: ino_t

    /// Reads the identity of the file at a path, of a link itself; nil if it cannot be read, for whatever reason.
    public init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }

    /// Reads the identity of the file at a path, of a link itself.
    ///
    /// - Returns: nil if there is no file; see lstat(2).
    /// - Throws: any other error, which does not tell whether there is one.
    public static func find(_ path: String) throws(Errno) -> FileIdentity? {
        if let found = FileIdentity(path) { return found }
        let error = Errno.current
        guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
        return nil
    }

    /// Reads the identity of an open file.
    public init?(of descriptor: borrowing Descriptor) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}
