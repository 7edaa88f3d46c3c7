import CSystem

/// Why a file was not copied: the side that failed, and how.
public enum CopyError: Error, Hashable, Sendable {
    case reading(Errno)
    case writing(Errno)

    public var reason: Errno {
        switch self {
        case .reading(let error), .writing(let error): error
        }
    }
}

extension Descriptor {
    /// Writes the rest of the file to another one.
    ///
    /// - Parameter chunk: the bytes that are held in memory at a time.
    public borrowing func copyRest(to target: borrowing Descriptor, chunk: Int = 1 << 18) throws(CopyError) {
        while true {
            let bytes: [UInt8]
            do throws(Errno) {
                bytes = try Self.readAll(from: number, atMost: chunk)
            } catch {
                throw .reading(error)
            }
            if bytes.isEmpty { return }
            do throws(Errno) {
                try Self.writeAll(bytes, to: target.number)
            } catch {
                throw .writing(error)
            }
        }
    }
}

extension Errno {
    /// Whether the error of link(2) says that the file system has no second names for files.
    public var meansNoLinks: Bool { [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(code) }
}
