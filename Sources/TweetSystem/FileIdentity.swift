import CSystem

/// The identity of a file, independent of its name; see stat(2).
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// Reads the identity of the file at a path, of a link itself; nil if it cannot be read, for whatever reason.
    public init?(_ path: String) {
        // An empty path would stand for the working directory.
        guard !path.isEmpty else { return nil }
        self.init(AT_FDCWD, path)
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
    public init?(of descriptor: borrowing Descriptor) { self.init(ofNumber: descriptor.number) }

    /// Reads the identity of the file, pipe or terminal of an inherited descriptor.
    public init?(ofNumber descriptor: CInt) { self.init(descriptor, "") }

    private init?(_ descriptor: CInt, _ path: String) {
        var file = csystem_file()
        guard csystem_look(descriptor, path, &file) == 0 else { return nil }
        (device, number) = (file.device, file.number)
    }
}

extension Descriptor {
    /// The size of a regular file in bytes; nil for anything else.
    public var fileBytes: Int? {
        var file = csystem_file()
        guard csystem_look(number, "", &file) == 0, file.bytes >= 0 else { return nil }
        return Int(file.bytes)
    }

    /// Whether its file has no name any more.
    public var isRemoved: Bool {
        var file = csystem_file()
        return csystem_look(number, "", &file) == 0 && file.names == 0
    }
}
