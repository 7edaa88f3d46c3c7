extension String {
    /// Whether it is what Kubernetes puts into `NAME_PORT` for a service called NAME: `tcp://10.0.0.1:65432`.
    ///
    /// Nobody has set it for the program, and nobody can be asked to take it away.
    public var isServiceLink: Bool {
        ["tcp://", "udp://", "sctp://"].contains { utf8.starts(with: $0.utf8) }
    }
}
