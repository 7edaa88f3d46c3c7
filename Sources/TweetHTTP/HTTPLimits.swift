/// Bounds of what a client may send, in one place.
public enum HTTPLimits {
    /// The most bytes of a request's head, from the request line to the empty line.
    ///
    /// Twice what a browser with many cookies sends here; a connection keeps an incomplete head in memory.
    public static let headBytes = 8192
    /// The most bytes of a request's target: a search of 150 characters, each of four bytes that are escaped, fits.
    public static let targetBytes = 2048
    /// The most header fields of a request; browsers behind proxies send about 30.
    public static let fields = 64
    /// The most bytes of a method: no registered one that a client of ours needs is longer.
    public static let methodBytes = 16
    /// The most bytes of a host's name (RFC 1035, 2.3.4), without port.
    public static let hostBytes = 253
    /// The most bytes of a part of a host's name between dots (RFC 1035, 2.3.4).
    static let hostLabelBytes = 63
    /// The most bytes of a control frame's payload (RFC 6455, 5.5).
    public static let controlPayloadBytes = 125

    /// The longest request line without its line end: method, target and version.
    static let requestLineBytes = methodBytes + 1 + targetBytes + 1 + "HTTP/1.1".utf8.count
}
