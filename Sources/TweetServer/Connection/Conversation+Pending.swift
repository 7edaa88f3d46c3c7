extension Conversation {
    /// A request that is not yet answered, and the bytes it counts for until then.
    public enum Pending: Sendable {
        case request
        /// A request whose answer has many lines.
        case list
        /// An upload of this many bytes, in a packet of the current protocol or of the original's.
        case upload(bytes: Int)
        case original(bytes: Int)

        var isUpload: Bool {
            switch self {
            case .upload, .original: true
            case .request, .list: false
            }
        }
    }
}
