import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Tokens of accounts in the store: found by their hashes alone, bounded, and gone with what they belong to.
struct TokenStoreTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func ids(_ store: TestStore, of owner: String = "ana") throws -> [SequenceNumber] {
        try store.reader.tokens(of: try Name(known: owner)).map(\.id)
    }

    @Test func aTokenIsFoundByItsHashWithAllThatItIs() throws {
        let tag = try #require(Hashtag("#Ops"))
        var store: TestStore? = try directory.open()
        _ = try store?.outcomes(of: [
            signUp("Ana"), token("h1", .read(tag), label: "wall", time: 7, expires: 9), token("h2", .everything),
        ])
        for _ in 0..<2 {
            let reader = try #require(store?.reader)
            let first = try #require(try reader.token(TokenHash("h1")))
            #expect(first.owner.string == "Ana")
            #expect(first.scope == .read(tag))
            #expect(first.label?.string == "wall")
            #expect(first.created.milliseconds == 7)
            #expect(first.expires?.milliseconds == 9)
            #expect([8, 9].map { first.isExpired(at: Timestamp(milliseconds: $0)) } == [false, true])
            #expect(try reader.token(TokenHash("h2"))?.scope == .everything)
            #expect(try reader.token(TokenHash("H1")) == nil)
            #expect(try reader.tokens(of: try Name(known: "ANA")).map(\.id) == [3, 4])
            store = nil
            store = try directory.open(resume: true)
        }
    }

    @Test func anAccountHasABoundedNumberAndExpiredOnesMakeRoom() throws {
        let store = try directory.open()
        let most = TokenLimits.ofAccount
        let entries = try (0..<most).map { try token("h\($0)", expires: $0 < 2 ? 10 : nil) }
        let words = try store.outcomes(
            of: [signUp("ana"), signUp("bob")] + entries + [
                token("one too many", time: 9), token("of bob", of: "bob"), token("of nobody", of: "eve"),
                token("room", time: 10),
            ]
        ).map(\.word)
        #expect(words.suffix(4).map { $0.split(separator: " ")[0] } == ["too", "stored", "no", "stored"])
        #expect(try ids(store).count == most - 1, "both expired ones are gone")
        #expect(try store.reader.token(TokenHash("h1")) == nil)
        #expect(try ids(store, of: "bob").count == 1)
    }

    @Test func aTokenIsRemovedByItsOwnerOnly() throws {
        let store = try directory.open()
        let words = try store.outcomes(of: [
            signUp("ana"), signUp("bob"), token("h"), tokenRemoval(of: 4, by: "bob"), tokenRemoval(of: 4),
            tokenRemoval(of: 4),
        ]).map(\.word)
        #expect(words.suffix(3) == ["no token 4", "stored 5", "no token 4"])
        #expect(try store.reader.token(TokenHash("h")) == nil)
    }

    @Test func aNewPasswordRemovesSessionsAndKeepsScripts() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: [
            signUp("ana"), signUp("bob"), token("session", .everything), token("script"),
            token("bobs", of: "bob", .everything),
        ])
        // A change that does not come about removes nothing.
        _ = try store.outcomes(of: [
            .passwordChanged(
                time: Timestamp(milliseconds: 0), name: try Name(known: "ana"), password: PasswordHash("new"),
                replacing: PasswordHash("another"))
        ])
        #expect(try ids(store) == [4, 5])
        _ = try store.outcomes(of: [passwordChange(of: "Ana", to: "new")])
        #expect(try ids(store) == [5])
        #expect(try ids(store, of: "bob") == [6])
    }

    @Test func tokensEndWithTheirAccount() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: [
            signUp("ana"), token("h"), removal(of: "ana"), signUp("ana"),
        ])
        #expect(try store.reader.token(TokenHash("h")) == nil)
        #expect(try ids(store) == [])
    }

    /// The numbers of an entry that has no row of its own any more are not used again.
    @Test func aRemovedTokensNumberIsNotUsedAgain() throws {
        var store: TestStore? = try directory.open()
        _ = try store?.outcomes(of: [signUp("ana"), token("h"), tokenRemoval(of: 3)])
        store = nil
        store = try directory.open(resume: true)
        #expect(try store?.outcomes(of: [token("again")]).map(\.word) == ["stored 5"])
    }
}
