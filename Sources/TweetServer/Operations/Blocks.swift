import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// The names that an account blocks.
///
/// Applying a message decides whether it is refused (``TweetJournal/NotTaken``); here are only the list and its changes.
extension ClientHandler {
    func setBlocked(_ name: Name, _ isBlocked: Bool) throws(WireError) -> Response {
        let owner = try ownName()
        if name == owner { throw WireError(.toOneself, "you cannot block yourself") }
        server.propose(
            .blockChanged(time: server.clock(), by: owner, of: name, isBlocked: isBlocked),
            .reply(beginReply()) { outcome throws(WireError) in
                if let error = outcome.failure { throw error }
                return PacketWriter.okDone()
            })
        return .later
    }

    func listBlocked() throws(WireError) -> Response {
        let name = try ownName()
        guard let account = try server.account(name) else { throw .noSuchName(name) }
        return beginList(.blocks(BlockCursor(account: account)))
    }

    /// Sends more of the blocked names.
    ///
    /// - Returns: whether the list is complete.
    func continueBlocks(_ cursor: inout BlockCursor, count: inout Int) throws(SQLiteError) -> Bool {
        var isAtEnd = true
        try server.reader.readBlocks(of: cursor.account, after: cursor.last) { name, time in
            send(PacketWriter.part(WireBlock(name: name.string, time: time)))
            cursor.last = name
            count += 1
            isAtEnd = connection.outputBytes < ServerLimits.listBytes
            return isAtEnd
        }
        return isAtEnd
    }
}

/// A place among the names that an account blocks from which a list continues, in alphabetical order.
struct BlockCursor {
    let account: Account
    /// The last name that was sent; nil at the beginning.
    var last: Name?
}
