import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// The session that a start opens, and its last message.
struct SessionTests {
    /// Opens the store, applies entries and closes it.
    private func run(_ directory: TestDirectory, resume: Bool = false, _ entries: Entry...) throws -> Session {
        let store = try directory.open(resume: resume)
        if !entries.isEmpty { _ = try store.outcomes(of: entries) }
        store.journal.close()
        return store.session
    }

    @Test(arguments: [false, true])
    func theFirstSessionIsNumberOneAndEmpty(resume: Bool) throws {
        let session = try run(try TestDirectory(), resume: resume)
        #expect(session.number == 1)
        #expect(session.floor == 1)
        #expect(session.text == nil)
    }

    @Test func aNewSessionIsEmptyWhateverTheOneBeforeHeld() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("one"))
        let session = try run(directory)
        #expect(session.number == 2)
        #expect(session.floor == 3)
        #expect(session.text == nil)
    }

    @Test func resumingGoesOnWithTheNewestSession() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("of the first"))
        _ = try run(directory, upload("older"), upload("newer"))
        let session = try run(directory, resume: true)
        #expect(session.number == 2)
        #expect(session.floor == 3)
        #expect(session.text == "newer")
    }

    /// A clock that is set back does not change the order of the messages.
    @Test func theNewestSessionAndItsLastMessageDoNotGoByTheirTimes() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("of the first", time: 1_000_000))
        _ = try run(directory, upload("older", time: 500), upload("newer", time: -1_000_000))
        let session = try run(directory, resume: true)
        #expect(session.number == 2)
        #expect(session.text == "newer")
    }

    @Test func resumingAnEmptySessionShowsNoneOfTheTweetsBeforeIt() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("of the first"))
        _ = try run(directory)
        #expect(try run(directory, resume: true).text == nil)
    }

    @Test func resumingKeepsAReset() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("one"), reset())
        let session = try run(directory, resume: true)
        #expect(session.floor == 3)
        #expect(session.text == nil)
    }

    @Test func whatWasUploadedAfterAResetIsTheLastMessage() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("one"), reset(), upload("two"))
        let session = try run(directory, resume: true)
        #expect(session.floor == 3)
        #expect(session.text == "two")
    }

    @Test func aResetOfAnEarlierSessionDoesNotCount() throws {
        let directory = try TestDirectory()
        _ = try run(directory, reset())
        _ = try run(directory, upload("two"))
        let session = try run(directory, resume: true)
        #expect(session.floor == 3)
        #expect(session.text == "two")
    }

    @Test func resumingTwiceChangesNothing() throws {
        let directory = try TestDirectory()
        _ = try run(directory, upload("one"))
        _ = try run(directory, resume: true)
        let session = try run(directory, resume: true, upload("two"))
        #expect(session.number == 1)
        #expect(try run(directory, resume: true).text == "two")
    }
}

extension Session {
    /// The text of the last message; nil if that is empty.
    fileprivate var text: String? {
        if case .tweet(let tweet) = lastMessage { tweet.text.string } else { nil }
    }
}
