import TestSupport

/// Two machines for one test, joined by a cable: network namespaces that end with the test.
///
/// `near` is 10.9.0.4; `far` is 10.9.0.6 and 10.9.0.8. The far machine silently drops packets to 10.9.0.5, like a
/// firewall. The near machine has its own names and resolvers: its `hosts`, `resolv.conf` and `nsswitch.conf` lie in
/// ``directory``. A resolver prefers the address that shares the most leading bits with 10.9.0.4: 10.9.0.5, then .6,
/// then .8.
final class TestNetwork: Sendable {
    /// Whether this user may make such a network; in most containers only root may.
    static let isPermitted = (try? TestNetwork()) != nil

    let directory: TemporaryDirectory
    private let holder: ChildProcess

    private static let script = """
        for file in hosts resolv.conf nsswitch.conf; do touch $file && mount --bind $file /etc/$file || exit; done
        mount -t tmpfs none /run && mkdir /run/netns && ip netns add far || exit
        ip link add name near0 type veth peer name far0 && ip link set far0 netns far || exit
        ip link set lo up && ip address add 10.9.0.4/24 dev near0 && ip link set near0 up || exit
        ip -n far link set lo up && ip -n far link set far0 up || exit
        for host in 6 8; do ip -n far address add 10.9.0.$host/24 dev far0 || exit; done
        mac=$(ip -n far -o link show far0 | sed 's/.*link.ether \\([^ ]*\\).*/\\1/')
        ip neighbour add 10.9.0.5 lladdr $mac dev near0 nud permanent || exit
        echo ready
        while read -r command; do eval "$command" && echo "done: $command"; done
        """

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("hosts: files dns\n", to: "nsswitch.conf")
        holder = try ChildProcess(
            ["unshare", "-m", "-n", "sh", "-c", Self.script].map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path)
        try awaitWord("ready")
    }

    private func awaitWord(_ word: String, count: Int = 1) throws {
        let isThere = holder.standardOutput.wait { output -> Bool? in
            let words = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n")
            if words.count(where: { $0 == word }) >= count { return true }
            return output.isAtEnd ? false : nil
        }
        guard isThere == true else {
            throw HarnessError("\(word): \(String(decoding: holder.standardError.access { $0.bytes }, as: UTF8.self))")
        }
    }

    /// Runs a command as root of the near machine.
    private func order(_ command: String) throws {
        let line = "done: \(command)"
        let before = holder.standardOutput.access { output in
            String(decoding: output.bytes, as: UTF8.self).split(separator: "\n").count { $0 == line }
        }
        holder.write(Array((command + "\n").utf8))
        try awaitWord(line, count: before + 1)
    }

    // MARK: Names

    /// Sets the near machine's hosts file: lines such as `10.9.0.8 home`.
    func setHosts(_ lines: String...) throws {
        try directory.write(lines.map { $0 + "\n" }.joined(), to: "hosts")
    }

    /// Sets the name server of the near machine; an address without a name server refuses queries.
    ///
    /// - Parameter options: `timeout:1 attempts:1` keeps the wait short if a refusal is lost. The kernel limits the
    ///   number of refusals in a second, and on a busy machine other tests may use them up.
    func setResolver(_ address: String, options: String = "") throws {
        try directory.write("nameserver \(address)\noptions \(options)\n", to: "resolv.conf")
    }

    /// Makes the near machine ask no name server.
    func removeResolver() throws {
        try directory.write("hosts: files\n", to: "nsswitch.conf")
    }

    // MARK: The cable

    /// Pulls the cable out at one end; packets from the other end are lost.
    func pull(nearEnd: Bool) throws {
        try order(nearEnd ? "ip link set near0 down" : "ip -n far link set far0 down")
    }

    // MARK: Programs

    /// A command that runs a program on the near machine, in the directory.
    var near: [String] {
        ["nsenter", "--target", String(holder.id), "--mount", "--net", "env", "-C", directory.path]
    }

    /// A command that runs a program on the far machine, in the directory.
    var far: [String] { near + ["ip", "netns", "exec", "far", "env", "-C", directory.path] }

    /// Starts a server on the far machine.
    func server(at host: String, _ arguments: [String] = [], port: UInt16? = 0) throws -> ServerProcess {
        try ServerProcess(["--host", host] + arguments, port: port, in: directory, wrapper: far)
    }

    /// Runs a program on the near machine to its end.
    func run(_ program: Program, _ arguments: [String]) throws -> Completed {
        try EndToEndTests.run(near + [program.path] + arguments, in: directory)
    }

    /// Starts a program on the near machine.
    func start(_ program: Program, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            (near + [program.path] + arguments).map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path)
    }

    /// Waits until a file in the directory has the given number of lines that contain a text.
    func awaitLine(_ text: String, in name: String, count: Int = 1) throws {
        let found = Patience.look { () -> Bool? in
            let lines = (directory.content(name) ?? "").split(separator: "\n")
            return lines.count { $0.contains(text) } >= count ? true : nil
        }
        if found == nil { throw HarnessError("no \(text) in \(directory.content(name) ?? name)") }
    }
}

extension ChildProcess {
    /// Waits until standard output or standard error has the given number of lines that contain a text.
    func awaitLine(_ text: String, onError: Bool = false, count: Int = 1) throws {
        let found = (onError ? standardError : standardOutput).wait { output -> Bool? in
            let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n")
            return lines.count { $0.contains(text) } >= count ? true : nil
        }
        if found == nil { throw HarnessError("\(text) is not said") }
    }
}
