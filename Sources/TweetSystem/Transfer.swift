/// The outcome of a read from a non-blocking stream, or of a write to it.
public enum Transfer: Hashable, Sendable {
    /// The readiness of the descriptor that a transfer needs.
    public enum Readiness: Sendable {
        case readable, writable
    }

    /// The number of bytes that were transferred, at least 1.
    case bytes(Int)
    /// The peer will send no more; only for reads.
    case ended
    /// Nothing was transferred: retry once the descriptor is ready. An encrypted stream may have to write before it can
    /// read, or read before it can write.
    case blocked(until: Readiness)
}
