import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

// MARK: Entries

func signUp(_ name: String, password: String = "hash", time: Int64 = 0) throws -> Entry {
    .accountCreated(time: Timestamp(milliseconds: time), name: try Name(known: name), password: PasswordHash(password))
}

func passwordChange(of name: String, to password: String) throws -> Entry {
    .passwordChanged(
        time: Timestamp(milliseconds: 0), name: try Name(known: name), password: PasswordHash(password))
}

func visibility(of name: String, isHidden: Bool) throws -> Entry {
    .visibilityChanged(time: Timestamp(milliseconds: 0), name: try Name(known: name), isHidden: isHidden)
}

func removal(of name: String) throws -> Entry {
    .accountRemoved(time: Timestamp(milliseconds: 0), name: try Name(known: name))
}

func message(
    _ text: String, from sender: String, to recipients: String..., id: String? = nil, time: Int64 = 0,
    byAccount: Bool = false
) throws -> Entry {
    .messageSent(
        time: Timestamp(milliseconds: time), sender: try Name(known: sender),
        recipients: try recipients.map { try Name(known: $0) }, text: try TweetText(text),
        id: id.flatMap(UploadID.init),
        isByAccount: byAccount)
}

func reading(of sequences: SequenceNumber..., by reader: String, time: Int64 = 0) throws -> Entry {
    .messagesRead(
        time: Timestamp(milliseconds: time), reader: try Name(known: reader), messages: sequences)
}

func blocking(_ name: String, by owner: String, isBlocked: Bool = true, time: Int64 = 0) throws -> Entry {
    .blockChanged(
        time: Timestamp(milliseconds: time), by: try Name(known: owner), of: try Name(known: name),
        isBlocked: isBlocked)
}

func token(
    _ hash: String, of owner: String = "ana", _ scope: TokenScope = .send, label: String? = nil, time: Int64 = 0,
    expires: Int64? = nil
) throws -> Entry {
    .tokenCreated(
        time: Timestamp(milliseconds: time), owner: try Name(known: owner), hash: TokenHash(hash), scope: scope,
        label: label.map(TokenLabel.init(stored:)), expires: expires.map(Timestamp.init(milliseconds:)))
}

func tokenRemoval(of id: SequenceNumber, by owner: String = "ana") throws -> Entry {
    .tokenRemoved(time: Timestamp(milliseconds: 0), owner: try Name(known: owner), token: id)
}

extension Name {
    /// Makes a name that the test knows to be valid.
    init(known string: String) throws {
        self = try #require(Name(string))
    }
}

// MARK: Accounts and messages of the store

extension TestStore {
    func account(_ name: String) throws -> Account? { try reader.account(try Name(known: name)) }

    /// An account that the test knows to exist.
    func known(_ name: String) throws -> Account { try #require(try account(name)) }

    func pendingCount(of name: String) throws -> Int { try reader.pendingCount(of: known(name)) }

    func pending(of name: String, count: Int = 1000, since: SequenceNumber? = nil) throws -> [String] {
        try pending(of: known(name), count: count, since: since)
    }

    func pending(of account: Account, count: Int = 1000, since: SequenceNumber? = nil) throws -> [String] {
        try lines(reader.inboxCursor(of: account, isArchive: false, count: count, since: since))
    }

    func archive(of name: String, count: Int = 1000, since: SequenceNumber? = nil) throws -> [String] {
        try archive(of: known(name), count: count, since: since)
    }

    func archive(of account: Account, count: Int = 1000, since: SequenceNumber? = nil) throws -> [String] {
        try lines(reader.inboxCursor(of: account, isArchive: true, count: count, since: since))
    }

    func sent(by name: String, count: Int = 1000, since: SequenceNumber? = nil) throws -> [String] {
        try sent(by: known(name), count: count, since: since)
    }

    func sent(by account: Account, count: Int = 1000, since: SequenceNumber? = nil) throws -> [String] {
        try lines(reader.sentCursor(of: account, count: count, since: since))
    }

    private func lines(_ cursor: MessageCursor) throws -> [String] { try pages(cursor).flatMap { $0 } }

    /// Reads to the cursor's end in pages of at most `size` messages; each is written as `4 ana to bob: hello`.
    func pages(_ cursor: MessageCursor, of size: Int = .max) throws -> [[String]] {
        var cursor = cursor
        var pages: [[String]] = []
        while !cursor.isAtEnd {
            var page: [String] = []
            try reader.read(&cursor) {
                page.append($0.line)
                return page.count < size
            }
            pages.append(page)
        }
        return pages
    }
}

extension PrivateMessage {
    /// The message as `4 Ana to Bob, Eve: hello`, and the time at which it was read.
    var line: String {
        let names = recipients.map(\.string).joined(separator: ", ")
        let reading = readAt.map { ", read \($0.milliseconds)" } ?? ""
        return "\(sequence.map(String.init) ?? "-") \(sender.string) to \(names): \(text.string)\(reading)"
    }
}
