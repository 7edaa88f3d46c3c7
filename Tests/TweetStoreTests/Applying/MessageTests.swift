import CSystem
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Private messages: stored for all recipients or for none, read once, and by nobody else.
struct MessageTests {
    private let directory: TestDirectory
    private let store: TestStore

    /// Makes Ana with sequence 2, Bob with 3 and Eve with 4.
    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: signUp("Ana"), signUp("Bob"), signUp("Eve"))
    }

    // MARK: Sending

    @Test func aMessageIsPendingForItsRecipientAndSentByItsSender() throws {
        #expect(try store.outcomes(of: message("hello", from: "Ana", to: "Bob", time: 7)).map(\.word) == ["stored 5"])
        for store in [store, try directory.afterKill().open()] {
            var cursor = try store.reader.inboxCursor(of: store.known("Bob"), isArchive: false, count: 1, since: nil)
            var found: [PrivateMessage] = []
            try store.reader.read(&cursor) {
                found.append($0)
                return true
            }
            #expect(
                try found == [
                    PrivateMessage(
                        sequence: 5, time: Timestamp(milliseconds: 7), sender: Name(known: "Ana"),
                        recipients: [Name(known: "Bob")], text: TweetText("hello"), readAt: nil)
                ])
            #expect(try store.pendingCount(of: "Bob") == 1)
            #expect(try store.sent(by: "Ana") == ["5 Ana to Bob: hello"])
        }
    }

    @Test func nobodyElseHasAMessage() throws {
        _ = try store.outcomes(of: message("hello", from: "Ana", to: "Bob"), reading(of: 5, by: "Bob"))
        _ = try store.outcomes(of: message("again", from: "Ana", to: "Bob"))
        for (name, isSender) in [("Ana", true), ("Eve", false)] {
            #expect(try store.pendingCount(of: name) == 0)
            #expect(try store.pending(of: name) == [])
            #expect(try store.archive(of: name) == [])
            #expect(try store.sent(by: name).isEmpty == !isSender)
        }
        #expect(try store.sent(by: "Bob") == [])
        #expect(try store.tweets() == [])
        #expect(try store.reader.newest(of: [#require(Hashtag("hello"))]) == nil)
    }

    @Test func aMessageIsNoTweetWhateverIsInIt() throws {
        _ = try store.outcomes(of: message("hello #ops", from: "Ana", to: "Bob"))
        #expect(try store.tweets() == [])
        #expect(try store.tweets(of: Hashtag("ops")) == [])
        #expect(try store.reader.newestTweetSequence() == 0)
        #expect(try store.reader.newest(after: 0) == nil)
    }

    @Test func aMessageToSeveralIsPendingForEach() throws {
        #expect(
            try store.outcomes(of: message("hi", from: "Ana", to: "Eve", "bob", "Ana")).map(\.word) == ["stored 5"])
        for name in ["Ana", "Bob", "Eve"] {
            #expect(try store.pending(of: name) == ["5 Ana to Eve, bob, Ana: hi"])
            #expect(try store.pendingCount(of: name) == 1)
        }
        #expect(try store.sent(by: "Ana") == ["5 Ana to Ana: hi", "5 Ana to bob: hi", "5 Ana to Eve: hi"])
    }

    @Test func aRecipientThatStandsTwiceGetsItOnce() throws {
        _ = try store.outcomes(of: message("hi", from: "Ana", to: "Bob", "BOB", "Eve", "bob"))
        #expect(try store.pending(of: "Bob") == ["5 Ana to Bob, Eve: hi"])
        #expect(try store.pendingCount(of: "Bob") == 1)
        #expect(try store.sent(by: "Ana") == ["5 Ana to Bob: hi", "5 Ana to Eve: hi"])
    }

    @Test(arguments: [["Zed", "Bob", "Eve"], ["Bob", "Zed", "Eve"], ["Bob", "Eve", "Zed"]])
    func ifOneRecipientDoesNotExistNobodyGetsIt(names: [String]) throws {
        let outcomes = try store.outcomes(
            of: message("hi", from: "Ana", to: names[0], names[1], names[2], id: "m"), upload("next"))
        #expect(outcomes.map(\.word) == ["no account Zed", "stored 5"])
        for name in ["Bob", "Eve"] {
            #expect(try store.pending(of: name) == [])
            #expect(try store.pendingCount(of: name) == 0)
        }
        #expect(try store.sent(by: "Ana") == [])
        // The refused message has not used its id, so it can be sent again once the account exists.
        let again = try store.outcomes(
            of: signUp("zed"), message("hi", from: "Ana", to: names[0], names[1], names[2], id: "m"))
        #expect(again.map(\.word) == ["stored 6", "stored 7"])
        #expect(try store.pending(of: "Zed").count == 1)
    }

    @Test func ofARecipientThatIsCreatedOrRemovedInTheSameBatchTheOrderDecides() throws {
        let outcomes = try store.outcomes(
            of: message("early", from: "Ana", to: "Zed"), signUp("Zed"), message("there", from: "Ana", to: "Zed"),
            removal(of: "Bob"), message("late", from: "Ana", to: "Bob"))
        #expect(outcomes.map(\.word) == ["no account Zed", "stored 5", "stored 6", "stored 7", "no account Bob"])
        #expect(try store.pending(of: "Zed") == ["6 Ana to Zed: there"])
    }

    @Test func aRecipientThatIsRemovedLaterIsStillNamed() throws {
        _ = try store.outcomes(of: message("hi", from: "Ana", to: "Eve", "Bob", id: "m"), removal(of: "Eve"))
        #expect(try store.pending(of: "Bob") == ["5 Ana to Eve, Bob: hi"])
        #expect(try store.sent(by: "Ana") == ["5 Ana to Bob: hi"])
        // The message was sent, whatever happens to the account later.
        #expect(
            try store.outcomes(of: message("hi", from: "Ana", to: "Eve", "Bob", id: "m")).map(\.word) == [
                "duplicate message 5"
            ])
    }

    // MARK: Ids

    /// The outcomes of entries in one batch, or in a batch for each.
    private func outcomes(together: Bool, _ entries: [Entry]) throws -> [String] {
        if together { return try store.outcomes(of: entries).map(\.word) }
        return try entries.flatMap { try store.outcomes(of: $0).map(\.word) }
    }

    @Test(arguments: [false, true])
    func aMessageThatIsSentAgainIsStoredOnce(together: Bool) throws {
        let first = try message("first #x", from: "Ana", to: "Bob", "Eve", id: "m", time: 3)
        let again = try message("again", from: "Eve", to: "Ana", id: "m", time: 4)
        #expect(
            try outcomes(together: together, [first, again, upload("next")]) == [
                "stored 5", "duplicate message 5", "stored 6",
            ])
        #expect(try store.pendingCount(of: "Bob") == 1)
        #expect(try store.pendingCount(of: "Ana") == 0)
        guard case .duplicateMessage(let known)? = try directory.afterKill().open().outcomes(of: again).first else {
            Issue.record("it was not known")
            return
        }
        #expect(known.line == "5 Ana to Bob, Eve: first #x")
        #expect(known.time == Timestamp(milliseconds: 3))
    }

    @Test func messagesWithoutAnIdAreNeverTheSame() throws {
        let entry = try message("hi", from: "Ana", to: "Bob")
        #expect(try store.outcomes(of: entry, entry).map(\.word) == ["stored 5", "stored 6"])
        #expect(try store.pendingCount(of: "Bob") == 2)
    }

    @Test(arguments: [0, 1, 2], [false, true])
    func anIdIsUsedOnceAmongTweetsResetsAndMessages(first: Int, together: Bool) throws {
        let entries = [
            try upload("tweet", id: "same"), reset(id: "same"), try message("hi", from: "Ana", to: "Bob", id: "same"),
        ]
        let expected = ["duplicate of 5", "duplicate reset", "duplicate message 5"][first]
        let order = [entries[first]] + entries
        #expect(
            try outcomes(together: together, order + [reset()]) == [
                "stored 5", expected, expected, expected, "stored 6",
            ])
        #expect(try store.tweets() == (first == 0 ? ["5 tweet"] : []))
        #expect(try store.pendingCount(of: "Bob") == (first == 2 ? 1 : 0))
        let later = try directory.afterKill().open()
        #expect(try later.outcomes(of: entries).map(\.word) == [expected, expected, expected])
    }

    // MARK: Reading

    @Test func whatIsReadLeavesTheInboxForTheArchive() throws {
        _ = try store.outcomes(
            of: message("one", from: "Ana", to: "Bob"), message("two", from: "Ana", to: "Bob", "Eve"),
            message("three", from: "Eve", to: "Bob"))
        #expect(try store.outcomes(of: reading(of: 7, 5, by: "BOB", time: 20)).map(\.word) == ["read 2 8"])
        for store in [store, try directory.afterKill().open()] {
            #expect(try store.pending(of: "Bob") == ["6 Ana to Bob, Eve: two"])
            #expect(try store.pendingCount(of: "Bob") == 1)
            #expect(try store.archive(of: "Bob") == ["5 Ana to Bob: one, read 20", "7 Eve to Bob: three, read 20"])
        }
    }

    @Test func theSenderSeesWhoHasRead() throws {
        _ = try store.outcomes(of: message("hi", from: "Ana", to: "Bob", "Eve"), reading(of: 5, by: "Eve", time: 30))
        #expect(try store.sent(by: "Ana") == ["5 Ana to Bob: hi", "5 Ana to Eve: hi, read 30"])
        #expect(try store.pending(of: "Bob") == ["5 Ana to Bob, Eve: hi"])
        #expect(try store.archive(of: "Eve") == ["5 Ana to Bob, Eve: hi, read 30"])
    }

    @Test(arguments: [false, true])
    func whatWasReadIsNotReadAgain(together: Bool) throws {
        _ = try store.outcomes(of: message("hi", from: "Ana", to: "Bob"), message("ho", from: "Ana", to: "Bob"))
        let words = try outcomes(
            together: together,
            [
                reading(of: 5, 5, by: "Bob", time: 1), reading(of: 5, by: "Bob", time: 2),
                reading(of: 5, 6, 6, by: "Bob", time: 3),
            ])
        #expect(words == ["read 1 7", "read 0 8", "read 1 9"])
        #expect(try store.archive(of: "Bob") == ["5 Ana to Bob: hi, read 1", "6 Ana to Bob: ho, read 3"])
        #expect(try store.pendingCount(of: "Bob") == 0)
    }

    @Test func messagesOfOthersCannotBeRead() throws {
        _ = try store.outcomes(of: upload("a tweet"), message("hi", from: "Ana", to: "Bob"))
        let outcomes = try store.outcomes(
            of: reading(of: 6, by: "Eve"), reading(of: 6, by: "Ana"), reading(of: 5, 2, 1, 99, 0, -1, .max, by: "Bob"),
            reading(by: "Bob"), reading(of: 6, by: "Nobody"))
        #expect(outcomes.map(\.word) == ["read 0 7", "read 0 8", "read 0 9", "read 0 10", "read 0 11"])
        #expect(try store.pending(of: "Bob") == ["6 Ana to Bob: hi"])
        #expect(try store.pendingCount(of: "Bob") == 1)
        #expect(try store.archive(of: "Eve") == [])
        #expect(try store.archive(of: "Ana") == [])
        #expect(try store.sent(by: "Ana") == ["6 Ana to Bob: hi"])
    }

    // MARK: Faults

    /// However far a batch gets before the disk is full, a message is stored for all its recipients or for none.
    @Test func aDiskMayFillUpAtAnyPlace() throws {
        let people = (0..<8).map { "reader\($0)" }
        let long = String(repeating: "x", count: 150)
        var refused = 0
        for room in stride(from: 0, to: 90_000, by: 4_001) {
            let directory = try TestDirectory()
            let store = try directory.open()
            _ = try store.outcomes(of: people.map { try signUp($0) })
            let entries: [Entry] = try (0..<40).map { number in
                .messageSent(
                    time: Timestamp(milliseconds: 0), sender: try Name(known: "ana"),
                    recipients: try people.map { try Name(known: $0) }, text: try TweetText(long),
                    id: UploadID("id\(number)"))
            }
            directory.disk.fill(leaving: room)
            let words = try Set(store.outcomes(of: entries).map(\.word.first))
            directory.disk.repair()
            let expected = words == ["s"] ? 40 : 0
            #expect(words == ["s"] || words == ["u"])
            refused += expected == 0 ? 1 : 0
            for store in [store, try directory.afterKill().open()] {
                for name in people {
                    #expect(try store.pendingCount(of: name) == expected)
                    #expect(try store.pending(of: name).count == expected)
                }
            }
        }
        #expect(refused > 5 && refused < 23)
    }
}
