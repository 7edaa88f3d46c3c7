import TweetJournal

/// A request that waits until its entry is settled.
enum Waiter {
    case upload(UploadUnderWay)
    case message(MessageUnderWay)
    /// Calls a closure on the loop.
    case other(ServerConnection, (Outcome) -> Void)

    /// The connection that has asked for the entry.
    var connection: ServerConnection {
        switch self {
        case .upload(let upload): upload.connection
        case .message(let message): message.connection
        case .other(let connection, _): connection
        }
    }
}
