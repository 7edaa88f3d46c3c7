import CSystem
import TweetReactor
import TweetServer
import TweetSystem

/// The addresses to listen on, each with the host name it was looked up from.
struct Listening {
    /// The number of attempts to find a port that is free at all addresses.
    private static let picks = 16

    private let hosts: [String]
    private let port: UInt16
    private let addresses: [(host: String, address: SocketAddress)]

    /// Looks the hosts up; `*` is every address of the machine.
    init(_ hosts: [String], port: UInt16) throws(StartFailure) {
        self.hosts = hosts
        self.port = port
        var found: [(host: String, address: SocketAddress)] = []
        for host in hosts {
            do throws(LookupError) {
                for name in host == "*" ? ["0.0.0.0", "::"] : [host] {
                    found += try SocketAddress.lookup(host: name, port: port).map { (host, $0) }
                }
            } catch {
                throw StartFailure(exitCode: .unavailable, text: "cannot listen at \(error)")
            }
        }
        addresses = found
    }

    /// Binds each address that this machine has, all with the same port; clients are refused until ``begin(_:)``.
    func bind() throws(StartFailure) -> [Listener] {
        for _ in 1..<Self.picks {
            do throws(StartFailure) {
                return try bindAll()
            } catch {
                // A port that is free at the first address may be in use at another.
                guard port == 0, addresses.count > 1, error.isPortInUse else { throw error }
            }
        }
        return try bindAll()
    }

    /// Lets clients connect.
    static func begin(_ listeners: [Listener]) throws(StartFailure) {
        for listener in listeners {
            do throws(Errno) {
                try listener.listen()
            } catch {
                throw Self.failure(listener.address, error)
            }
        }
    }

    private static func failure(_ address: SocketAddress, _ error: Errno) -> StartFailure {
        StartFailure(
            exitCode: .unavailable, text: "cannot listen at \(address): \(error)",
            isPortInUse: error.code == EADDRINUSE)
    }

    private func bindAll() throws(StartFailure) -> [Listener] {
        var listeners: [Listener] = []
        var served: Set<String> = []
        var failures: [String: StartFailure] = [:]
        // Wildcards come first: only once they are bound is it known whether they cover another address.
        let ordered = addresses.filter(\.address.isWildcard) + addresses.filter { !$0.address.isWildcard }
        for (host, address) in ordered {
            // The port that the system picked for the first address is used for all.
            let address = address.with(port: listeners.first?.address.port ?? address.port)
            if isCovered(address, by: listeners) {
                served.insert(host)
                continue
            }
            do throws(Errno) {
                listeners.append(try Listener(at: address, isIPv6Only: hasIPv4, waits: true))
                served.insert(host)
            } catch {
                let reason = Self.failure(address, error)
                // An address family that this machine lacks is not an error if the host has another address; a port in
                // use is.
                guard error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT else { throw reason }
                failures[host] = reason
            }
        }
        for host in hosts where !served.contains(host) {
            if let failure = failures[host] { throw failure }
        }
        return listeners
    }

    private var hasIPv4: Bool { addresses.contains { $0.address.family == AF_INET } }

    /// Whether one of the listeners has the address, or is the wildcard of its family.
    private func isCovered(_ address: SocketAddress, by listeners: [Listener]) -> Bool {
        if listeners.contains(where: { $0.address.description == address.description }) { return true }
        return listeners.contains { $0.address.isWildcard && $0.address.family == address.family }
    }
}
