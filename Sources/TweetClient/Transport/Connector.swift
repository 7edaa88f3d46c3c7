public import CSystem
public import TweetSystem
public import TweetTLS

/// Connects to a server without blocking: looks up the host's name and tries its addresses.
///
/// The name is looked up for each connection, on a separate thread; an address needs neither. The caller calls
/// ``start(at:until:)``, then ``step(at:)`` whenever one of ``pollEntries`` is ready or ``wakeAt`` has come, until it
/// returns an outcome.
public final class Connector {
    public enum Outcome: ~Copyable {
        case connected(Transport, to: SocketAddress)
        case failed(ConnectFailure)
    }

    /// The maximum number of addresses of a host to try: a resolver may return any number, and each takes a descriptor.
    private static let mostAddresses = 16

    private final class Attempt {
        let address: SocketAddress
        var socket: Descriptor?

        init(_ address: SocketAddress, _ socket: consuming Descriptor) {
            self.address = address
            self.socket = consume socket
        }

        var number: CInt { socket?.number ?? -1 }
    }

    public let server: ServerName
    /// The certificates to trust; nil for streams without TLS.
    private let trust: TLSTrust?
    /// Made for the first connection, since it takes as long as all the rest.
    private var context: TLSClientContext?
    /// The addresses of a host that needs no look-up.
    private let fixed: [SocketAddress]?
    /// The address of the last connection, which is tried first as long as the host has it.
    private var known: SocketAddress?
    /// The look-up in progress, kept from one start to the next: a slow resolver gets another attempt to answer.
    private var lookup: HostLookup?

    private var deadline = Instant.never
    private var addresses: [SocketAddress] = []
    private var race: AddressRace?
    private var attempts: [Attempt] = []
    private var reasons: [String] = []

    /// - Parameter trust: the certificates to trust; nil for streams without TLS.
    public init(to server: ServerName, trust: TLSTrust? = nil) {
        self.server = server
        self.trust = trust
        fixed = SocketAddress.numeric(host: server.host, port: server.port)
    }

    /// Creates a connector to a host with known addresses.
    init(to server: ServerName, at addresses: [SocketAddress], trust: TLSTrust? = nil) {
        self.server = server
        self.trust = trust
        fixed = addresses
    }

    /// Begins to connect; drops any attempts in progress.
    ///
    /// - Parameter moment: when to give up.
    public func start(at now: Instant, until moment: Instant) {
        stop()
        deadline = moment
        if let fixed { beginRace(fixed, at: now) }
    }

    /// Drops the attempts in progress.
    public func stop() {
        race = nil
        attempts = []
        reasons = []
    }

    /// The descriptors to poll; see poll(2).
    public var pollEntries: [pollfd] {
        if race == nil { return [pollfd(fd: lookup?.descriptorNumber ?? -1, events: Int16(POLLIN), revents: 0)] }
        return attempts.map { pollfd(fd: $0.number, events: Int16(POLLOUT), revents: 0) }
    }

    /// The time for the next step even if no descriptor is ready.
    public var wakeAt: Instant { min(race?.nextStart ?? .never, deadline) }

    /// Does everything that is possible now.
    ///
    /// - Returns: nil while connecting continues.
    public func step(at now: Instant) -> Outcome? {
        if race == nil, let failure = findAddresses(at: now) { return .failed(failure) }
        if let outcome = takeConnected(at: now) { return outcome }
        if let outcome = tryNext(at: now) { return outcome }
        if race?.isLost == true { return .failed(lost()) }
        return now >= deadline ? .failed(outOfTime()) : nil
    }

    // MARK: Addresses

    private func findAddresses(at now: Instant) -> ConnectFailure? {
        do throws(Errno) {
            if lookup == nil { lookup = try HostLookup(host: server.host, port: server.port) }
        } catch {
            return ConnectFailure(.lookUp, "cannot look up \(server.host): \(error)")
        }
        switch lookup?.result {
        case .success(let found):
            lookup = nil
            beginRace(found, at: now)
        case .failure(let error):
            lookup = nil
            return ConnectFailure(error)
        case nil: break
        }
        return nil
    }

    private func beginRace(_ found: [SocketAddress], at now: Instant) {
        addresses = Self.interleaved(found)
        let place = known.flatMap { known in addresses.firstIndex { $0.isSame(as: known) } }
        if let place { addresses.insert(addresses.remove(at: place), at: 0) }
        if addresses.count > Self.mostAddresses { addresses.removeLast(addresses.count - Self.mostAddresses) }
        race = AddressRace(count: addresses.count, startsWithKnown: place != nil, at: now, until: deadline)
    }

    /// Alternates the families, each in the resolver's order, so that a family that does not work costs one head start:
    /// RFC 8305, section 4.
    static func interleaved(_ found: [SocketAddress]) -> [SocketAddress] {
        guard found.count > 2, let family = found.first?.family else { return found }
        var first = found.filter { $0.family == family }[...]
        var second = found.filter { $0.family != family }[...]
        var mixed: [SocketAddress] = []
        while let one = first.popFirst() {
            mixed.append(one)
            if let other = second.popFirst() { mixed.append(other) }
        }
        return mixed + second
    }

    // MARK: Attempts

    /// Starts the attempts that are due.
    private func tryNext(at now: Instant) -> Outcome? {
        while let index = race?.next(at: now) {
            let address = addresses[index]
            do throws(Errno) {
                let opened = try Descriptor.connecting(to: address)
                if opened.isConnected { return won(address, opened.descriptor) }
                attempts.append(Attempt(address, opened.descriptor))
            } catch {
                note(address, error, at: now)
            }
        }
        return nil
    }

    /// Takes the first attempt that has succeeded, and drops the failed ones.
    private func takeConnected(at now: Instant) -> Outcome? {
        guard !attempts.isEmpty else { return nil }
        var entries = pollEntries
        // It fails only for lack of memory: the next step polls again.
        try? Poll.wait(forAnyOf: &entries, until: now)
        for attempt in zip(attempts, entries).filter({ $0.1.revents != 0 }).map(\.0) {
            attempts.removeAll { $0 === attempt }
            guard let socket = attempt.socket.take() else { continue }
            do throws(Errno) {
                try socket.checkConnected()
                return won(attempt.address, socket)
            } catch {
                note(attempt.address, error, at: now)
            }
        }
        return nil
    }

    private func note(_ address: SocketAddress, _ error: Errno, at now: Instant) {
        reasons.append("\(address) (\(error))")
        race?.failed(at: now)
    }

    private func won(_ address: SocketAddress, _ socket: consuming Descriptor) -> Outcome {
        stop()
        known = address
        guard let trust else { return .connected(.plain(socket), to: address) }
        do throws(TLSSetupError) {
            let context: TLSClientContext
            if let made = self.context { context = made } else { context = try TLSClientContext(trust) }
            self.context = context
            return .connected(.tls(TLSStream(socket, connecting: context, to: server.host)), to: address)
        } catch {
            return .failed(ConnectFailure(.trust, error.description))
        }
    }

    // MARK: Failing

    private func lost() -> ConnectFailure {
        defer { stop() }
        return ConnectFailure(to: server, reasons)
    }

    private func outOfTime() -> ConnectFailure {
        guard race != nil else {
            return ConnectFailure(.lookUp, "cannot look up \(server.host): no answer from the resolver")
        }
        reasons += attempts.map { "\($0.address) (\(Errno(code: ETIMEDOUT)))" }
        return lost()
    }
}
