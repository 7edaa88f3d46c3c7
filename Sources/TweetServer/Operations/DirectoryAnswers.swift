import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// A place in the directory from which it is read on: first who is here, then the accounts that are not.
struct DirectoryCursor {
    /// Who was here when it was asked, in order.
    private let here: [Directory<ServerConnection>.Person]
    private var next = 0
    /// Those before this one stand before the account that was asked for last.
    private var passed = 0
    /// Whether the accounts that were not here follow.
    let withAccounts: Bool
    var lastAccount: Name?

    init(here: [Directory<ServerConnection>.Person], withAccounts: Bool) {
        self.here = here
        self.withAccounts = withAccounts
    }

    mutating func popFirst() -> Directory<ServerConnection>.Person? {
        guard next < here.count else { return nil }
        next += 1
        return here[next - 1]
    }

    /// Whether a name was here when it was asked, and so was told of, whatever has become of it since.
    ///
    /// Asked of names in their order, so that both lists are walked once.
    mutating func hadHere(_ name: Name) -> Bool {
        while passed < here.count, here[passed].name < name { passed += 1 }
        return passed < here.count && here[passed].name == name
    }
}

/// What one may know of names.
extension ServerConnection {
    func answer(_ query: DirectoryQuery) throws(WireError) -> Response {
        let here = server.live.directory.visible
        switch query {
        case .everybody: return beginList(.directory(DirectoryCursor(here: here, withAccounts: true)))
        case .here: return beginList(.directory(DirectoryCursor(here: here, withAccounts: false)))
        case .one(let name):
            let found = try server.readingStore { () throws(SQLiteError) in try server.person(name) }
            guard let person = found else { throw .noSuchName(name) }
            return .line(PacketWriter.ok(person))
        }
    }

    /// Sends more of the directory: each name once, as it is when its line is made.
    ///
    /// - Returns: whether that was all.
    func continueDirectory(_ cursor: inout DirectoryCursor, count: inout Int) throws(SQLiteError) -> Bool {
        while let person = cursor.popFirst() {
            if person.isVisible {
                send(person.line)
            } else if let again = server.live.directory.person(visible: person.name) {
                send(again.line)
            } else if cursor.withAccounts, let left = try server.person(person.name) {
                send(PacketWriter.part(left))
            } else {
                continue
            }
            count += 1
            if outputBytes >= Limits.listBytes { return false }
        }
        guard cursor.withAccounts else { return true }
        var isAtEnd = true
        try server.reader.readAccounts(after: cursor.lastAccount) { account in
            cursor.lastAccount = account.name
            if !cursor.hadHere(account.name), let person = server.live.directory.person(account) {
                send(PacketWriter.part(person))
                count += 1
            }
            isAtEnd = outputBytes < Limits.listBytes
            return isAtEnd
        }
        return isAtEnd
    }
}

extension Server {
    /// What one may know of a name; nil as well for one that is hidden.
    func person(_ name: Name) throws(SQLiteError) -> WirePerson? {
        if let person = live.directory[name] { return person.isHidden ? nil : WirePerson(person) }
        return try reader.account(name).flatMap { live.directory.person($0) }
    }
}

extension Directory {
    /// What one may know of an account, here or not.
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
