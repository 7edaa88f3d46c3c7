import CSystem

/// A look-up of a host's addresses on its own thread, so that the caller need not wait for the system's resolver.
///
/// getaddrinfo(3) cannot be interrupted, and blocks for 10 seconds or more if a name server does not answer. A caller
/// that has waited long enough drops the look-up, whose thread ends by itself.
public final class HostLookup: Sendable {
    private let host: String
    private let port: UInt16
    private let outcome = Guarded<Result<[SocketAddress], LookupError>?>(nil)
    private let done: WakeUp

    /// Starts the look-up of a host.
    ///
    /// - Throws: the error if no thread or no pipe could be created.
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

    /// The descriptor that becomes readable once there is a ``result``.
    public var descriptorNumber: CInt { done.descriptorNumber }

    /// At least one address, or the reason why there is none; nil while the look-up is under way.
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

/// A failed look-up: the host has no address, or it cannot be found now.
public struct LookupError: Error, Hashable, Sendable, CustomStringConvertible {
    public let host: String
    public let reason: String
    /// Whether the resolver knows that there is no such host; otherwise it could not tell, and a retry may help.
    public let isUnknownHost: Bool

    /// - Parameters:
    ///   - code: an `EAI_` number; see getaddrinfo(3).
    ///   - cause: the value of errno, to which `EAI_SYSTEM` refers.
    init(host: String, code: CInt, cause: Errno) {
        self.host = host
        reason = code == EAI_SYSTEM ? cause.description : String(cString: gai_strerror(code))
        isUnknownHost = csystem_is_unknown_host(code)
    }

    public var description: String { "\(host): \(reason)" }
}
