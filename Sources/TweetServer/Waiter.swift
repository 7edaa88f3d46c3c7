import TweetJournal
import TweetWire

/// A request that waits for the outcome of its entry.
enum Waiter {
    case upload(UploadUnderWay)
    case message(MessageUnderWay)
    case account(AccountRequest)
    /// Any other request, with a function that turns the outcome into the answer.
    case reply(Reply, (Outcome) throws(WireError) -> [UInt8])
    /// The server itself, which prunes.
    case pruning

    /// The client that made the request; nil if it was the server itself.
    var client: ClientHandler? {
        switch self {
        case .upload(let upload): upload.reply.client
        case .message(let message): message.reply.client
        case .account(let request): request.client
        case .reply(let reply, _): reply.client
        case .pruning: nil
        }
    }
}
