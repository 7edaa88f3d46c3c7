import TweetJournal
import TweetWire

/// A request that waits until its entry is settled.
enum Waiter {
    case upload(UploadUnderWay)
    case message(MessageUnderWay)
    case account(AccountRequest)
    /// Any other: makes the answer of the outcome.
    case reply(Reply, (Outcome) throws(WireError) -> [UInt8])

    /// The client that has asked for the entry.
    var client: ClientHandler {
        switch self {
        case .upload(let upload): upload.reply.client
        case .message(let message): message.reply.client
        case .account(let request): request.client
        case .reply(let reply, _): reply.client
        }
    }
}
