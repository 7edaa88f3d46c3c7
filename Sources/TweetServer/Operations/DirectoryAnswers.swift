import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// A place in the directory from which a list continues: first the people who are here, then the other accounts.
struct DirectoryCursor {
    /// The people who were here at the time of the request, ordered by name.
    private let here: [Directory<ClientHandler>.Person]
    private var next = 0
    /// The number of people in ``here`` whose names precede the last name passed to ``hadHere(_:)``.
    private var passed = 0
    /// Whether the list includes accounts that were not here.
    let withAccounts: Bool
    var lastAccount: Name?

    init(here: [Directory<ClientHandler>.Person], withAccounts: Bool) {
        self.here = here
        self.withAccounts = withAccounts
    }

    mutating func popFirst() -> Directory<ClientHandler>.Person? {
        guard next < here.count else { return nil }
        next += 1
        return here[next - 1]
    }

    /// Whether a name was here at the time of the request, and so is already listed, whatever has happened to it since.
    ///
    /// Must be called with names in ascending order, so that both lists are walked once.
    mutating func hadHere(_ name: Name) -> Bool {
        while passed < here.count, here[passed].name < name { passed += 1 }
        return passed < here.count && here[passed].name == name
    }
}

/// Answers to questions about names.
extension ClientHandler {
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

    /// Sends more of the directory: each name once, with its status at the time when its line is made.
    ///
    /// - Returns: whether the list is complete.
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
            if connection.outputBytes >= ServerLimits.listBytes { return false }
        }
        guard cursor.withAccounts else { return true }
        var isAtEnd = true
        try server.reader.readAccounts(after: cursor.lastAccount) { account in
            cursor.lastAccount = account.name
            if !cursor.hadHere(account.name), let person = server.live.directory.person(account) {
                send(PacketWriter.part(person))
                count += 1
            }
            isAtEnd = connection.outputBytes < ServerLimits.listBytes
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
