import CSystem

/// A look-up of a host's addresses on a thread of its own, so that nobody has to wait for the system's resolver.
///
/// getaddrinfo(3) cannot be interrupted, and a name server that does not answer holds it for 10 seconds and more. Whoever
/// has waited long enough forgets the look-up, and its thread ends by itself.
public final class HostLookup: Sendable {
    private let host: String
    private let port: UInt16
    private let outcome = Guarded<Result<[SocketAddress], LookupError>?>(nil)
    private let done: WakeUp

    /// Starts to look a host up.
    ///
    /// - Throws: why there is no thread or no pipe for it.
    public init(host: String, port: UInt16) throws(Errno) {
        self.host = host
        self.port = port
        done = try WakeUp()
        let lookup = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = csystem_start_thread(
            &thread,
            { lookup in
                guard let lookup else { return nil }
                Unmanaged<HostLookup>.fromOpaque(lookup).takeRetainedValue().run()
                return nil
            }, lookup.toOpaque())
        guard code == 0 else {
            lookup.release()
            throw Errno(code: code)
        }
        pthread_detach(thread)
    }

    /// Readable once there is a ``result``.
    public var descriptorNumber: CInt { done.descriptorNumber }

    /// At least one address, or why there is none; nil while the look-up is under way.
    public var result: Result<[SocketAddress], LookupError>? { outcome.withLock { $0 } }

    private func run() {
        let found: Result<[SocketAddress], LookupError>
        do throws(LookupError) {
            found = .success(try SocketAddress.lookup(host: host, port: port))
        } catch {
            found = .failure(error)
        }
        outcome.withLock { $0 = found }
        done.signal()
    }
}

/// A host that has no address, or whose address cannot be found out now.
public struct LookupError: Error, Hashable, Sendable, CustomStringConvertible {
    public let host: String
    public let reason: String
    /// Whether the resolver knows that there is no such host; else it could not say, and another try may help.
    public let isUnknownHost: Bool

    /// - Parameters:
    ///   - code: an `EAI_` number; see getaddrinfo(3).
    ///   - cause: what errno was, which `EAI_SYSTEM` refers to.
    init(host: String, code: CInt, cause: Errno) {
        self.host = host
        reason = code == EAI_SYSTEM ? cause.description : String(cString: gai_strerror(code))
        isUnknownHost = csystem_is_unknown_host(code)
    }

    public var description: String { "\(host): \(reason)" }
}
