import CSystem

/// The identity of a file, independent of its name; see stat(2).
public struct FileIdentity: Hashable, Sendable {
    private let device: dev_t
    private let number: ino_t

    /// Reads the identity of the file at a path, of a link itself; nil if there is no file.
    public init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }

    /// Reads the identity of an open file.
    public init?(of descriptor: borrowing Descriptor) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}
