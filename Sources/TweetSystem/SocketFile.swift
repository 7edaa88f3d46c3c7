import CSystem

extension SocketAddress {
    /// The address of a Unix-domain stream socket, a file on this machine; see unix(7).
    ///
    /// The system's address has room for about 100 bytes of a path; a longer path is reached through its directory.
    ///
    /// - Throws: ENAMETOOLONG if the name within the directory does not fit, ENOENT if it is empty, EINVAL if the path
    ///   has a zero byte.
    public static func unix(path: String) throws(Errno) -> SocketAddress {
        guard !path.utf8.contains(0) else { throw Errno(code: EINVAL) }
        var storage = sockaddr_storage()
        if !path.isEmpty, csystem_set_unix_path(&storage, path) { return SocketAddress(storage: storage) }
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        guard !name.isEmpty else { throw Errno(code: ENOENT) }
        guard let slash, csystem_set_unix_path(&storage, String(name)) else { throw Errno(code: ENAMETOOLONG) }
        return SocketAddress(storage: storage, directory: String(path[..<slash]))
    }

    /// The address of a peer on a Unix-domain socket.
    static var unnamed: SocketAddress {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_UNIX)
        return SocketAddress(storage: storage)
    }

    /// Whether it is a Unix-domain socket; such a peer is the operator.
    public var isUnix: Bool { family == AF_UNIX }

    /// The path of a Unix-domain listener; nil for all other addresses.
    public var path: String? {
        guard isUnix else { return nil }
        let path = withUnsafePointer(to: storage) { String(cString: csystem_unix_path($0)) }
        if let directory { return "\(directory)/\(path)" }
        return path.isEmpty ? nil : path
    }

    /// Binds a socket to the address; see bind(2).
    func bind(_ socket: borrowing Descriptor) throws(Errno) { try reach(socket, binds: true) }

    /// Connects a socket to the address; see connect(2).
    func connect(_ socket: borrowing Descriptor) throws(Errno) { try reach(socket, binds: false) }

    private func reach(_ socket: borrowing Descriptor, binds: Bool) throws(Errno) {
        let number = socket.number
        guard let directory else {
            let code = withSocketAddress { binds ? CSystem.bind(number, $0, $1) : CSystem.connect(number, $0, $1) }
            guard code == 0 else { throw Errno.current }
            return
        }
        let opened = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
        let code = withUnsafePointer(to: storage) { csystem_reach_within(opened.number, number, $0, binds) }
        guard code == 0 else { throw Errno.current }
    }
}

/// The owner of a listening Unix-domain socket's file, which it removes in the end.
public struct SocketFile: ~Copyable, Sendable {
    private let path: String
    /// The file's device, which with ``inode`` distinguishes it from a file that has replaced it.
    private let device: dev_t
    private let inode: ino_t

    /// Takes ownership of a listener's file.
    public init(owning path: String) throws(Errno) {
        var status = stat()
        try valueOrErrno { lstat(path, &status) }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    deinit {
        var status = stat()
        // While the listener is open, no other file can have its inode.
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        unlink(path)
    }

    /// Removes a stale socket; a file of another kind stays.
    static func removeStale(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, csystem_is_socket(status.st_mode) { unlink(path) }
    }
}
