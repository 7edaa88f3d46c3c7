import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Accounts: the owner of a name, the changes, and the traces that a removal leaves.
struct AccountTests {
    private let directory: TestDirectory
    private let store: TestStore

    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
    }

    // MARK: Creation

    @Test func anAccountIsReadAsItWasCreated() throws {
        #expect(try store.account("Ana") == nil)
        #expect(try store.outcomes(of: upload("one"), signUp("Ana", password: "p")).map(\.word).last == "stored 3")
        let account = try store.known("Ana")
        #expect(account.name.string == "Ana")
        #expect(account.created == 3)
        #expect(account.password == PasswordHash("p"))
        #expect(!account.isHidden)
        #expect(try store.reader.pendingCount(of: account) == 0)
    }

    @Test(arguments: ["ana", "ANA", "Ana", "aNa"])
    func anAccountIsFoundWhateverTheCaseAndShownAsItWasCreated(asked: String) throws {
        _ = try store.outcomes(of: signUp("aNa"))
        #expect(try store.known(asked).name.string == "aNa")
        #expect(try store.account("an") == nil)
        #expect(try store.account("anaa") == nil)
    }

    @Test(arguments: ["ana", "ANA"])
    func ofTwoThatClaimANameInOneBatchTheFirstGetsIt(second: String) throws {
        let outcomes = try store.outcomes(
            of: signUp("Ana", password: "first"), signUp(second, password: "second"), upload("next"))
        #expect(outcomes.map(\.word) == ["stored 2", "taken \(second)", "stored 3"])
        #expect(try store.known("ana").password == PasswordHash("first"))
        #expect(try store.known("ana").name.string == "Ana")
    }

    @Test(arguments: ["ana", "ANA"])
    func aNameThatWasGivenInAnEarlierBatchIsTaken(second: String) throws {
        _ = try store.outcomes(of: signUp("Ana", password: "first"))
        #expect(try store.outcomes(of: signUp(second, password: "second")).map(\.word) == ["taken \(second)"])
        #expect(try store.known("ana").password == PasswordHash("first"))
        #expect(try store.known("ana").created == 2)
    }

    @Test func aNameIsTakenAfterReopeningToo() throws {
        _ = try store.outcomes(of: signUp("Ana"))
        let later = try directory.afterKill().open()
        #expect(try later.outcomes(of: signUp("ANA")).map(\.word) == ["taken ANA"])
        #expect(try later.known("ana").created == 2)
    }

    // MARK: Changes

    @Test func aPasswordIsChangedAndNothingElse() throws {
        _ = try store.outcomes(of: signUp("Ana", password: "old"), signUp("Bob", password: "bobs"))
        #expect(try store.outcomes(of: passwordChange(of: "aNA", to: "new")).map(\.word) == ["stored 4"])
        let account = try store.known("Ana")
        #expect(account.password == PasswordHash("new"))
        #expect(account.created == 2)
        #expect(account.name.string == "Ana")
        #expect(try store.known("Bob").password == PasswordHash("bobs"))
    }

    @Test func aPasswordThatWasReplacedMeanwhileStays() throws {
        _ = try store.outcomes(of: signUp("Ana", password: "old"))
        let name = try store.known("ana").name
        func change(to new: String, from old: String, at time: Int64 = 0) -> Entry {
            .passwordChanged(
                time: Timestamp(milliseconds: time), name: name, password: PasswordHash(new),
                replacing: PasswordHash(old))
        }
        let outcomes = try store.outcomes(
            of: passwordChange(of: "ana", to: "reset"), change(to: "changed", from: "old"), upload("next"))
        #expect(outcomes.map(\.word) == ["stored 3", "replaced Ana", "stored 4"])
        #expect(try store.known("ana").password == PasswordHash("reset"))
        #expect(try store.outcomes(of: change(to: "changed", from: "reset")).map(\.word) == ["stored 5"])
        #expect(try store.known("ana").password == PasswordHash("changed"))
        _ = try store.outcomes(of: .accountRemoved(time: Timestamp(milliseconds: 0), name: name))
        #expect(try store.outcomes(of: change(to: "x", from: "changed")).map(\.word) == ["no account Ana"])
    }

    @Test func visibilityIsKeptUntilItIsChangedAgain() throws {
        _ = try store.outcomes(of: signUp("Ana"), signUp("Bob"), visibility(of: "ANA", isHidden: true))
        #expect(try store.known("Ana").isHidden)
        #expect(try !store.known("Bob").isHidden)
        let later = try directory.afterKill().open()
        #expect(try later.known("Ana").isHidden)
        _ = try later.outcomes(of: visibility(of: "Ana", isHidden: false))
        #expect(try !later.known("Ana").isHidden)
        #expect(try later.known("Ana").created == 2)
    }

    @Test func whoIsNobodyCannotBeChangedOrRemoved() throws {
        _ = try store.outcomes(of: signUp("Bob"))
        let outcomes = try store.outcomes(
            of: passwordChange(of: "Ana", to: "x"), visibility(of: "Ana", isHidden: true), removal(of: "Ana"),
            upload("next"))
        #expect(outcomes.map(\.word) == ["no account Ana", "no account Ana", "no account Ana", "stored 3"])
        #expect(try store.account("Ana") == nil)
    }

    // MARK: Removal

    @Test func aRemovedAccountIsGoneAndItsNameIsFree() throws {
        _ = try store.outcomes(of: signUp("Ana", password: "old"), signUp("Bob"))
        #expect(
            try store.outcomes(of: removal(of: "ana"), removal(of: "ana")).map(\.word) == [
                "stored 4", "no account ana",
            ])
        #expect(try store.account("Ana") == nil)
        #expect(try store.account("Bob") != nil)
        #expect(try store.outcomes(of: signUp("ANA", password: "new")).map(\.word) == ["stored 5"])
        #expect(
            try store.known("ana")
                == Account(
                    name: Name(known: "ANA"), created: 5, password: PasswordHash("new"), isHidden: false))
    }

    /// Makes an earlier account of Ana that has exchanged messages with Bob, some read and some unread.
    private func makeEarlierAna() throws -> Account {
        _ = try store.outcomes(
            of: signUp("Ana"), signUp("Bob"), message("read", from: "Bob", to: "Ana"),
            message("pending", from: "Bob", to: "Ana"), message("both", from: "Bob", to: "Ana", "Bob"),
            message("hers", from: "Ana", to: "Bob"), reading(of: 4, by: "Ana", time: 9))
        #expect(try store.pendingCount(of: "Ana") == 2)
        #expect(try store.archive(of: "Ana").count == 1)
        #expect(try store.sent(by: "Ana").count == 1)
        return try store.known("Ana")
    }

    @Test(arguments: [false, true])
    func aNewAccountOfARemovedNameSeesNothingOfTheOldOne(inOneBatch: Bool) throws {
        _ = try makeEarlierAna()
        if inOneBatch {
            _ = try store.outcomes(of: removal(of: "Ana"), signUp("ana"))
        } else {
            _ = try store.outcomes(of: removal(of: "Ana"))
            _ = try store.outcomes(of: signUp("ana"))
        }
        for store in [store, try directory.afterKill().open()] {
            #expect(try store.pendingCount(of: "ana") == 0)
            #expect(try store.pending(of: "ana") == [])
            #expect(try store.pending(of: "ana", since: 0) == [])
            #expect(try store.archive(of: "ana") == [])
            #expect(try store.archive(of: "ana", since: 0) == [])
            #expect(try store.sent(by: "ana") == [])
            #expect(try store.sent(by: "ana", since: 0) == [])
            // Bob still has the messages that he received, but no longer sees the state of those that he sent to her.
            #expect(try store.pending(of: "Bob") == ["6 Bob to Ana, Bob: both", "7 Ana to Bob: hers"])
            #expect(try store.sent(by: "Bob") == ["6 Bob to Bob: both"])
        }
    }

    @Test func whatNobodyElseWasSentIsErased() throws {
        _ = try makeEarlierAna()
        let words = ["read", "pending", "both", "hers"]
        func texts() throws -> [String] {
            let other = try OtherConnection(directory.storePath)
            return try words.filter { word in
                try other.integers("SELECT count(*) FROM message WHERE text = '\(word)'") == [1]
            }
        }
        #expect(try texts() == words)
        _ = try store.outcomes(of: removal(of: "Ana"))
        #expect(try texts() == ["both", "hers"])
        _ = try store.outcomes(of: removal(of: "Bob"))
        #expect(try texts() == [])
    }

    @Test func anAccountThatWasRemovedSeesNothingOfTheNewOne() throws {
        let earlier = try makeEarlierAna()
        _ = try store.outcomes(
            of: removal(of: "Ana"), signUp("Ana"), message("new", from: "Bob", to: "Ana"),
            message("newer", from: "Bob", to: "Ana"), message("from the new", from: "Ana", to: "Bob"),
            reading(of: 11, by: "Ana"))
        #expect(try store.pendingCount(of: "Ana") == 1)
        #expect(try store.pending(of: "Ana") == ["12 Bob to Ana: newer"])
        #expect(try store.archive(of: "Ana") == ["11 Bob to Ana: new, read 0"])
        #expect(try store.sent(by: "Ana") == ["13 Ana to Bob: from the new"])
        // A holder of the old account has no access any more.
        #expect(try store.reader.pendingCount(of: earlier) == 0)
        #expect(try store.pending(of: earlier) == [])
        #expect(try store.archive(of: earlier) == [])
        #expect(try store.sent(by: earlier) == [])
    }

    @Test func messagesOfAGuestAreNotTheLaterAccounts() throws {
        _ = try store.outcomes(
            of: signUp("Bob"), message("of a guest", from: "Ana", to: "Bob"), signUp("Ana"),
            message("of the account", from: "ANA", to: "Bob"))
        #expect(try store.sent(by: "Ana") == ["5 ANA to Bob: of the account"])
        #expect(try store.pending(of: "Bob").count == 2)
    }

    // MARK: The directory

    private func visible(after name: String? = nil, atMost count: Int = .max) throws -> [String] {
        var names: [String] = []
        try store.reader.readAccounts(after: try name.map { try Name(known: $0) }) {
            names.append($0.name.string)
            return names.count < count
        }
        return names
    }

    @Test func accountsComeByTheirNamesWhateverTheirCase() throws {
        #expect(try visible() == [])
        _ = try store.outcomes(of: ["bob", "Ana", "cy", "Bo", "7up", "ZOE"].map { try signUp($0) })
        #expect(try visible() == ["7up", "Ana", "Bo", "bob", "cy", "ZOE"])
        #expect(try visible(atMost: 2) == ["7up", "Ana"])
        #expect(try visible(after: "ANA", atMost: 2) == ["Bo", "bob"])
        #expect(try visible(after: "bZ") == ["cy", "ZOE"])
        #expect(try visible(after: "zoe") == [])
    }

    @Test func hiddenAccountsAreLeftOut() throws {
        _ = try store.outcomes(of: ["ana", "bob", "cy", "dan"].map { try signUp($0) })
        _ = try store.outcomes(
            of: visibility(of: "ana", isHidden: true), visibility(of: "cy", isHidden: true), removal(of: "dan"))
        #expect(try visible() == ["bob"])
        #expect(try visible(after: "ana") == ["bob"])
        _ = try store.outcomes(of: visibility(of: "cy", isHidden: false), passwordChange(of: "ana", to: "x"))
        #expect(try visible() == ["bob", "cy"])
    }

    @Test func anAccountThatIsReadIsWhole() throws {
        _ = try store.outcomes(of: signUp("Ana", password: "p"))
        var found: [Account] = []
        try store.reader.readAccounts(after: nil) {
            found.append($0)
            return true
        }
        #expect(try found == [store.known("Ana")])
    }
}
