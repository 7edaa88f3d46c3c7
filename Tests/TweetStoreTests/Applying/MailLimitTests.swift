import TestSupport
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// The bounds of pending messages: decided while an entry is applied, for all recipients or for none.
struct MailLimitTests {
    private let directory: TestDirectory
    private let store: TestStore
    private static let count = MailLimits.pendingOfSender

    /// Makes Ana with sequence 2, Bob with 3 and Eve with 4.
    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: signUp("Ana"), signUp("Bob"), signUp("Eve"))
    }

    /// The outcome of a message, without the sequence of a stored one.
    private func word(from sender: String, to recipient: String, byAccount: Bool = true) throws -> String {
        let word = try store.outcomes(of: message("hi", from: sender, to: recipient, byAccount: byAccount))[0].word
        return word.hasPrefix("stored") ? "stored" : word
    }

    private func send(_ count: Int, from sender: String, to recipient: String, byAccount: Bool = true) throws {
        let entry = try message("hi", from: sender, to: recipient, byAccount: byAccount)
        let words = try store.outcomes(of: Array(repeating: entry, count: count)).map(\.word)
        try #require(words.allSatisfy { $0.hasPrefix("stored") }, "\(words.last ?? "")")
    }

    @Test func oneSenderHasABoundOfPendingMessagesForEachRecipient() throws {
        // In one batch, so that no earlier message is committed when the bound is reached.
        let entry = try message("hi", from: "Ana", to: "bob", byAccount: true)
        let words = try store.outcomes(of: Array(repeating: entry, count: Self.count + 2)).map(\.word)
        #expect(words.count { $0.hasPrefix("stored") } == Self.count)
        #expect(words.suffix(2) == ["not taken by bob: tooManyOfSender", "not taken by bob: tooManyOfSender"])
        #expect(try store.pendingCount(of: "Bob") == Self.count)
        // Others, and other recipients, are not concerned.
        #expect(try word(from: "Eve", to: "Bob") == "stored")
        #expect(try word(from: "Ana", to: "Eve") == "stored")
        #expect(
            try word(from: "Ana", to: "Bob", byAccount: false) == "stored", "a guest of that name is another sender")
    }

    @Test func guestsCountTogetherWhateverTheirNames() throws {
        try send(Self.count - 1, from: "guest1", to: "Bob", byAccount: false)
        #expect(try word(from: "guest2", to: "Bob", byAccount: false) == "stored")
        for name in ["guest1", "guest2", "guest3"] {
            #expect(try word(from: name, to: "Bob", byAccount: false) == "not taken by Bob: tooManyOfGuests")
        }
        #expect(try word(from: "Ana", to: "Bob") == "stored")
        #expect(try word(from: "guest1", to: "Eve", byAccount: false) == "stored")
    }

    @Test func aMessageThatIsReadMakesRoom() throws {
        try send(Self.count, from: "Ana", to: "Bob")
        #expect(try store.outcomes(of: reading(of: 5, 6, by: "Bob")).map(\.word).first?.hasPrefix("read 2") == true)
        let words = try (0..<3).map { _ in try word(from: "Ana", to: "Bob") }
        #expect(words == ["stored", "stored", "not taken by Bob: tooManyOfSender"])
        // Another process counts the same.
        let later = try directory.afterKill().open()
        #expect(
            try later.outcomes(of: message("hi", from: "Ana", to: "Bob", byAccount: true)).map(\.word) == [words[2]])
    }

    private func setPending(_ count: Int) throws {
        let other = try OtherConnection(directory.storePath)
        try other.execute("UPDATE account SET pending = \(count) WHERE key = 'bob'")
    }

    /// One stranger may have many accounts, and each sends as much as it may.
    @Test func manySendersLeaveRoomForOthers() throws {
        for number in 0..<40 {
            let entry = try message("hi", from: "stranger\(number)", to: "bob", byAccount: true)
            while try store.outcomes(of: Array(repeating: entry, count: 300)).last?.word.hasPrefix("stored") == true {}
        }
        let pending = try store.pendingCount(of: "Bob")
        #expect(pending > MailLimits.pending / 2 && pending < MailLimits.pending)
        for _ in 0..<3 { #expect(try word(from: "Ana", to: "Bob") == "stored") }
    }

    @Test(arguments: [
        (0, 1_000, 1_000), (2_000, 1_000, 889), (2_008, 999, 888), (9_984, 2, 1), (9_992, 1, 1), (9_999, 1, 1),
    ]) func theFullerTheInboxTheFewerMessagesOfOneSender(pending: Int, most: Int, stored: Int) throws {
        #expect(MailLimits.pendingOfSender(whenPending: Int64(pending)) == Int64(most))
        try setPending(pending)
        // Each message adds to those that are pending.
        let entry = try message("hi", from: "Ana", to: "bob", byAccount: true)
        let words = try store.outcomes(of: Array(repeating: entry, count: most + 1)).map(\.word)
        #expect(words.count { $0.hasPrefix("stored") } == stored)
        #expect(words.last?.hasPrefix("stored") == false)
    }

    @Test(arguments: [(.min, 1_000), (-1, 1_000), (.max, 1)] as [(Int64, Int64)])
    func aDamagedCountTrapsNothing(pending: Int64, most: Int64) {
        #expect(MailLimits.pendingOfSender(whenPending: pending) == most)
    }

    @Test func aFullInboxTakesNothingOfAnybody() throws {
        try setPending(MailLimits.pending - 1)
        #expect(try word(from: "Ana", to: "Bob") == "stored")
        #expect(try word(from: "Ana", to: "Bob") == "not taken by Bob: inboxFull")
        #expect(try word(from: "guest", to: "Bob", byAccount: false) == "not taken by Bob: inboxFull")
        #expect(try word(from: "Bob", to: "Ana") == "stored")
        _ = try store.outcomes(of: reading(of: 5, by: "Bob"))
        #expect(try word(from: "Eve", to: "Bob") == "stored")
    }

    @Test func ifOneRecipientDoesNotTakeItNobodyGetsIt() throws {
        try send(Self.count, from: "Ana", to: "Eve")
        let last = try store.reader.lastSequence()
        let outcomes = try store.outcomes(
            of: message("hi", from: "Ana", to: "Bob", "Eve", byAccount: true), upload("next"))
        #expect(outcomes.map(\.word) == ["not taken by Eve: tooManyOfSender", "stored \(last + 1)"])
        #expect(try store.pendingCount(of: "Bob") == 0)
        #expect(try store.pending(of: "Bob") == [])
    }

    /// Its answer was lost, and it is the last one that was taken.
    @Test func aMessageThatIsSentAgainIsStillADuplicate() throws {
        try send(Self.count - 1, from: "Ana", to: "Bob")
        let last = Entry.messageSent(
            time: Timestamp(milliseconds: 0), sender: try Name(known: "Ana"), recipients: [try Name(known: "Bob")],
            text: try TweetText("last"), id: UploadID("m"), isByAccount: true)
        let words = try store.outcomes(of: last, last, blocking("Ana", by: "Bob"), last).map(\.word)
        #expect(words[1].hasPrefix("duplicate message") && words[3] == words[1], "\(words)")
    }

    /// Messages to a removed account are erased step by step, and do not count for a later one of its name.
    @Test func aLaterAccountOfTheNameStartsWithNothing() throws {
        try send(Self.count, from: "Ana", to: "Bob")
        let words = try store.outcomes(
            of: removal(of: "Bob"), signUp("Bob"), message("hi", from: "Ana", to: "Bob", byAccount: true),
            message("hi", from: "Ana", to: "Bob", byAccount: true)
        ).map(\.word)
        #expect(words.allSatisfy { $0.hasPrefix("stored") }, "\(words)")
        #expect(try store.pendingCount(of: "Bob") == 2)
    }

    /// The counts of each origin must follow from the messages, whatever happened to them.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func theCountsAreThoseOfTheUnreadMessages(seed: UInt64) throws {
        let people = ["Ana", "Bob", "Eve"]
        var numbers = LinearCongruentialGenerator(seed: seed)
        for _ in 0..<30 {
            let last = try store.reader.lastSequence()
            let entries: [Entry] = try (0..<20).map { _ in
                let one = try #require(people.randomElement(using: &numbers))
                let other = try #require(people.randomElement(using: &numbers))
                func sequence() -> SequenceNumber { .random(in: 1...last, using: &numbers) }
                return switch Int.random(in: 0..<12, using: &numbers) {
                case 0: try removal(of: one)
                case 1, 2: try signUp(one)
                case 3, 4, 5: try reading(of: sequence(), sequence(), sequence(), by: one)
                case 6: try blocking(one, by: other, isBlocked: .random(using: &numbers))
                default: try message("hi", from: one, to: other, "Eve", byAccount: .random(using: &numbers))
                }
            }
            _ = try store.outcomes(of: entries)
            let other = try OtherConnection(directory.storePath)
            let wrong = try other.integers(
                """
                WITH found AS (
                    SELECT a.key AS recipient, CASE WHEN m.by_account THEN d.sender ELSE '' END AS origin, count(*) AS n
                    FROM account AS a JOIN delivery AS d ON d.recipient = a.key AND d.message > a.created
                    JOIN message AS m ON m.sequence = d.message WHERE d.reading IS NULL GROUP BY 1, 2)
                SELECT (SELECT count(*) FROM (SELECT * FROM found EXCEPT SELECT * FROM pending_from)),
                    (SELECT count(*) FROM (SELECT * FROM pending_from EXCEPT SELECT * FROM found)),
                    (SELECT count(*) FROM account WHERE pending <>
                        (SELECT coalesce(sum(count), 0) FROM pending_from WHERE recipient = key))
                """)
            #expect(wrong == [0, 0, 0], "\(entries)")
        }
    }

    // MARK: Blocks

    private func blocked(by owner: String) throws -> [String] {
        var names: [String] = []
        try store.reader.readBlocks(of: store.known(owner), after: nil) { name, time in
            names.append("\(name.string) \(time.milliseconds)")
            return true
        }
        return names
    }

    @Test func aBlockedNameSendsNothingWhoeverHasIt() throws {
        _ = try store.outcomes(of: blocking("ANA", by: "Bob", time: 7))
        for byAccount in [true, false] {
            #expect(try word(from: "Ana", to: "Bob", byAccount: byAccount) == "not taken by Bob: blocked")
        }
        #expect(try word(from: "Bob", to: "Ana") == "stored", "a block has one direction")
        #expect(try word(from: "Eve", to: "Bob") == "stored")
        #expect(try word(from: "Ana", to: "Eve") == "stored")
        #expect(try blocked(by: "Bob") == ["ANA 7"])
        _ = try store.outcomes(of: removal(of: "Ana"), signUp("Ana"))
        #expect(try word(from: "Ana", to: "Bob") == "not taken by Bob: blocked", "also whoever has the name later")
        _ = try store.outcomes(of: blocking("ana", by: "bob", isBlocked: false))
        #expect(try word(from: "Ana", to: "Bob") == "stored")
        #expect(try blocked(by: "Bob") == [])
    }

    @Test func whatWasSentBeforeABlockStaysPending() throws {
        _ = try store.outcomes(of: message("hi", from: "Ana", to: "Bob"), blocking("Ana", by: "Bob"))
        #expect(try store.pending(of: "Bob") == ["5 Ana to Bob: hi"])
    }

    @Test func aBlockedSenderLearnsOfNothingElse() throws {
        try send(Self.count, from: "Ana", to: "Bob")
        _ = try store.outcomes(of: blocking("Ana", by: "Bob"))
        #expect(try word(from: "Ana", to: "Bob") == "not taken by Bob: blocked")
    }

    @Test func blockingTwiceIsBlockingOnce() throws {
        let words = try store.outcomes(
            of: blocking("Ana", by: "Bob", time: 1), blocking("ana", by: "Bob", time: 2),
            blocking("Eve", by: "Bob", isBlocked: false)
        ).map(\.word)
        #expect(words == ["stored 5", "stored 6", "stored 7"])
        #expect(try blocked(by: "Bob") == ["Ana 1"])
    }

    @Test func anAccountBlocksABoundOfNames() throws {
        let entries = try (0..<MailLimits.blocked).map { try blocking("n\($0)", by: "Bob") }
        #expect(try store.outcomes(of: entries).allSatisfy { $0.word.hasPrefix("stored") })
        let words = try store.outcomes(
            of: blocking("more", by: "Bob"), blocking("N7", by: "Bob"), blocking("more", by: "Eve"),
            blocking("n7", by: "Bob", isBlocked: false), blocking("more", by: "Bob")
        ).map { $0.word.split(separator: " ")[0] }
        #expect(words == ["too", "stored", "stored", "stored", "stored"])
        #expect(try blocked(by: "Bob").count == MailLimits.blocked)
    }

    @Test func blocksGoWithTheirAccount() throws {
        let words = try store.outcomes(
            of: blocking("Ana", by: "Bob"), removal(of: "Bob"), blocking("Ana", by: "Bob"), signUp("Bob"),
            message("hi", from: "Ana", to: "Bob")
        ).map(\.word)
        #expect(words == ["stored 5", "stored 6", "no account Bob", "stored 7", "stored 8"])
        #expect(try blocked(by: "Bob") == [])
    }

    @Test func blocksAreDurable() throws {
        _ = try store.outcomes(of: blocking("Ana", by: "Bob"))
        let later = try directory.afterKill().open()
        #expect(
            try later.outcomes(of: message("hi", from: "Ana", to: "Bob")).map(\.word) == ["not taken by Bob: blocked"])
    }
}
