import TweetJournal
import TweetWire

/// A request that waits until its entry is settled.
enum Waiter {
    case upload(UploadUnderWay)
    case message(MessageUnderWay)
    case account(AccountRequest)
    /// Any other: makes the answer of the outcome.
    case reply(Reply, (Outcome) throws(WireError) -> [UInt8])

    /// The connection that has asked for the entry.
    var connection: ServerConnection {
        switch self {
        case .upload(let upload): upload.reply.connection
        case .message(let message): message.reply.connection
        case .account(let request): request.connection
        case .reply(let reply, _): reply.connection
        }
    }
}
