public import CSystem

/// An error number of a system call; see errno(3).
public struct Errno: Error, Hashable, Sendable {
    public let code: CInt

    public init(code: CInt) {
        self.code = code
    }

    /// The error of the system call that has just failed.
    public static var current: Errno { Errno(code: csystem_errno()) }

    public var wouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }

    /// Whether a device or a remote file system has failed, rather than refused.
    public var isInputOutput: Bool { [EIO, ENXIO, ESTALE, EREMOTEIO, EBADMSG, EUCLEAN].contains(code) }

    /// Whether the process or the machine has run out of what a new descriptor needs.
    public var isExhaustion: Bool { code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM }
}

extension Errno: CustomStringConvertible {
    /// The system's message, such as `No such file or directory`.
    public var description: String { String(cString: strerror(code)) }
}

/// Returns the result of a system call, or throws errno if the result is negative.
///
/// - Parameter call: the call; retried as long as a signal interrupts it (EINTR).
@inlinable
@discardableResult
public func valueOrErrno<Value: SignedInteger>(_ call: () -> Value) throws(Errno) -> Value {
    while true {
        let value = call()
        if value >= 0 { return value }
        let error = Errno.current
        if error.code != EINTR { throw error }
    }
}
