import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// A place in the directory from which a list continues: first the people who are here, then the other accounts, both in
/// alphabetical order.
///
/// It holds no more than names: a list of ten thousand people for a client that reads slowly must cost no memory.
struct DirectoryCursor {
    /// Whether the list includes accounts that are not here.
    let withAccounts: Bool
    /// The value of ``Directory/appearances`` at the time of the request; people who come later are not among those who
    /// are here.
    let appearances: Int
    /// The last name of those who are here that the list has passed; nil at the beginning.
    fileprivate var lastHere: Name?
    fileprivate var hasPassedHere = false
    /// The last account that the list has passed.
    fileprivate var lastAccount: Name?

    init(withAccounts: Bool, appearances: Int) {
        self.withAccounts = withAccounts
        self.appearances = appearances
    }

    /// Whether a person is listed among those who are here.
    func isHere(_ person: Directory<ClientHandler>.Person) -> Bool {
        person.isVisible && person.appearance <= appearances
    }
}

/// Answers to questions about names.
extension ClientHandler {
    func answer(_ query: DirectoryQuery) throws(WireError) -> Response {
        switch query {
        case .everybody, .here:
            return beginList(
                .directory(
                    DirectoryCursor(
                        withAccounts: query == .everybody, appearances: server.live.directory.appearances)))
        case .one(let name):
            let found = try server.readingStore { () throws(SQLiteError) in try server.person(name) }
            guard let person = found else { throw .noSuchName(name) }
            return .line(PacketWriter.ok(person))
        }
    }

    /// Sends more of the directory, each name with its status at the time when its line is made.
    ///
    /// A name comes twice if its person leaves in between: first as here, and then as an account that is not.
    ///
    /// - Returns: whether the list is complete.
    func continueDirectory(_ cursor: inout DirectoryCursor, count: inout Int) throws(SQLiteError) -> Bool {
        var lookUps = 0
        var isShort: Bool { lookUps < ServerLimits.listLookUps && connection.outputBytes < ServerLimits.listBytes }
        if !cursor.hasPassedHere {
            for person in server.live.directory.visible(after: cursor.lastHere) {
                guard isShort else { return false }
                cursor.lastHere = person.name
                lookUps += 1
                guard cursor.isHere(person) else { continue }
                send(person.line)
                count += 1
            }
            cursor.hasPassedHere = true
        }
        guard cursor.withAccounts else { return true }
        var isAtEnd = true
        try server.reader.readAccounts(after: cursor.lastAccount) { account in
            cursor.lastAccount = account.name
            let here = server.live.directory[account.name]
            if here.map({ cursor.isHere($0) }) != true, let person = server.live.directory.person(account) {
                send(PacketWriter.part(person))
                count += 1
            }
            lookUps += 1
            isAtEnd = isShort
            return isAtEnd
        }
        return isAtEnd
    }
}

extension Server {
    /// The public status of a name; nil if it does not exist or is hidden.
    func person(_ name: Name) throws(SQLiteError) -> WirePerson? {
        if let person = live.directory[name] { return person.isHidden ? nil : WirePerson(person) }
        return try reader.account(name).flatMap { live.directory.person($0) }
    }
}

extension Directory {
    /// The public status of an account, here or not; nil if it is hidden.
    fileprivate func person(_ account: Account) -> WirePerson? {
        if let person = self[account.name] { return person.isHidden ? nil : WirePerson(person) }
        return account.isHidden ? nil : WirePerson(account.name, .offline, since: nil, hasAccount: true)
    }
}

extension WirePerson {
    init<Place>(_ person: Directory<Place>.Person) {
        self.init(person.name, person.status, since: person.since, hasAccount: person.hasAccount)
    }
}
