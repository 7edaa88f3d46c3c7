extension String {
    /// Whether it is a value that Kubernetes puts into `NAME_PORT` for a service called NAME: `tcp://10.0.0.1:65432`.
    ///
    /// It was not meant for this program, and the user cannot easily remove it.
    public var isServiceLink: Bool {
        ["tcp://", "udp://", "sctp://"].contains { utf8.starts(with: $0.utf8) }
    }
}
