import TweetModel
public import TweetWire

/// The paging through a download: only the rules, without I/O.
///
/// The tweets after a sequence may be more than one answer holds; every other download is one page. The caller sends
/// ``request``, passes the answer to ``take(_:)``, prints it, and repeats until there is no request.
public struct TweetPages: Sendable {
    private var download: Download?

    public init(_ download: Download) {
        self.download = download
    }

    /// The next request; nil when everything has arrived.
    public var request: Request? { download?.request }

    /// Takes the answer to the request.
    public mutating func take(_ page: [WireTweet]) {
        guard let asked = download?.since, download?.count == nil, page.count == WireLimits.downloadCount,
            // A server that makes no progress would be asked forever.
            let last = page.last?.sequence, last > asked
        else {
            download = nil
            return
        }
        download?.since = last
    }
}
