import CSystem

/// The reason why a file was not copied: the side that failed, and its error.
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
    /// Copies the rest of the file to another one.
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
    /// Whether the error of link(2) means that the file system does not support hard links.
    public var meansNoLinks: Bool { [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(code) }
}
