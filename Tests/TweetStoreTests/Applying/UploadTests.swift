import CSystem
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// The application of entries: their sequences, and uploads that are stored once.
struct UploadTests {
    @Test func entriesGetSequencesInTheirOrder() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        let first = try store.outcomes(of: upload("one"), reset(), upload("two"))
        #expect(first.map(\.word) == ["stored 2", "stored 3", "stored 4"])
        #expect(try store.outcomes(of: upload("three")).map(\.word) == ["stored 5"])
        #expect(try store.tweets() == ["2 one", "4 two", "5 three"])
    }

    @Test func sequencesGoOnAfterReopening() throws {
        let directory = try TestDirectory()
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("one"), reset())
            store.journal.close()
        }
        // Sequence 1 opened the first session, 2 and 3 are the uploads above, and 4 opens the second session.
        #expect(try directory.open().outcomes(of: upload("two")).map(\.word) == ["stored 5"])
    }

    @Test func aTweetIsStoredWithItsTimeAuthorAndText() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        let text = try TweetText("ünï#Cödé 👩‍👩‍👧 \"q\" \\ ' ; --")
        let name = try #require(Name("alice"))
        _ = try store.outcomes(
            of: .tweetUploaded(time: Timestamp(milliseconds: 1_234), author: name, text: text, id: nil),
            upload("next", time: -5))
        var cursor = TweetCursor(after: 0, of: [], atMost: 2)
        var found: [Tweet] = []
        try store.reader.read(&cursor, atMost: .max) {
            found.append($0)
            return true
        }
        #expect(
            found == [
                Tweet(sequence: 2, time: Timestamp(milliseconds: 1_234), author: name, text: text),
                Tweet(sequence: 3, time: Timestamp(milliseconds: -5), author: nil, text: try TweetText("next")),
            ])
    }

    // MARK: Ids

    @Test func anUploadThatIsSentTwiceInOneBatchIsStoredOnce() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        let outcomes = try store.outcomes(
            of: upload("one", id: "a"), upload("between"), upload("one", id: "a"), upload("after"))
        #expect(outcomes.map(\.word) == ["stored 2", "stored 3", "duplicate of 2", "stored 4"])
        #expect(try store.tweets() == ["2 one", "3 between", "4 after"])
    }

    @Test func anUploadThatIsSentAgainLaterIsStoredOnce() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one", id: "a"))
        #expect(try store.outcomes(of: upload("one", id: "a")).map(\.word) == ["duplicate of 2"])
        #expect(try store.tweets() == ["2 one"])
    }

    @Test(arguments: [false, true])
    func anUploadThatIsSentAgainAfterReopeningIsStoredOnce(resume: Bool) throws {
        let directory = try TestDirectory()
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("one", id: "a", time: 7))
            store.journal.close()
        }
        let store = try directory.open(resume: resume)
        guard case .duplicate(let tweet)? = try store.outcomes(of: upload("one", id: "a", time: 8)).first else {
            Issue.record("it was not known")
            return
        }
        #expect(tweet.sequence == 2)
        #expect(tweet.time == Timestamp(milliseconds: 7))
        #expect(try store.tweets() == ["2 one"])
    }

    @Test func aDuplicateIsTheTweetThatWasStoredWhateverItSaysNow() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one #first", id: "a"))
        guard case .duplicate(let tweet)? = try store.outcomes(of: upload("two #second", id: "a")).first else {
            Issue.record("it was not known")
            return
        }
        #expect(tweet.text.string == "one #first")
        #expect(try store.tweets(of: Hashtag("second")) == [])
    }

    @Test func aResetThatIsSentAgainIsStoredOnce() throws {
        let directory = try TestDirectory()
        do {
            let store = try directory.open()
            let outcomes = try store.outcomes(of: reset(id: "r"), reset(id: "r"), reset(), reset(), reset(id: "s"))
            #expect(outcomes.map(\.word) == ["stored 2", "duplicate reset", "stored 3", "stored 4", "stored 5"])
            store.journal.close()
        }
        #expect(
            try directory.open().outcomes(of: reset(id: "r"), reset(id: "s")).map(\.word) == [
                "duplicate reset", "duplicate reset",
            ])
    }

    @Test func uploadsWithoutAnIdAreNeverTheSame() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        #expect(try store.outcomes(of: upload("one"), upload("one")).map(\.word) == ["stored 2", "stored 3"])
    }

    @Test func idsDifferInCase() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        let outcomes = try store.outcomes(of: upload("one", id: "abc"), upload("one", id: "ABC"))
        #expect(outcomes.map(\.word) == ["stored 2", "stored 3"])
    }

    // MARK: Hashtags

    @Test(arguments: ["ops", "OPS", "#Ops"])
    func aHashtagIsFoundWhateverItsCase(asked: String) throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("a #Ops"), upload("b"), upload("c #oPs#other"), upload("d #opsy"))
        #expect(try store.tweets(of: Hashtag(asked)) == ["2 a #Ops", "4 c #oPs#other"])
        #expect(try store.reader.newest(of: [#require(Hashtag(asked))])?.sequence == 4)
    }

    @Test(arguments: [("STRASSE", "#straße"), ("É", "#e\u{301}"), ("ΣΊΣΥΦΟΣ", "#σίσυφος")])
    func aHashtagIsFoundInAnyFormOfItsLetters(asked: String, written: String) throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload(written))
        #expect(try store.tweets(of: Hashtag(asked)) == ["2 \(written)"])
    }

    @Test func hashtagsOfEarlierSessionsAreFound() throws {
        let directory = try TestDirectory()
        for number in 1...3 {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("\(number) #t"), upload("\(number)"))
            store.journal.close()
        }
        #expect(try directory.open().tweets(of: Hashtag("t")) == ["2 1 #t", "5 2 #t", "8 3 #t"])
    }

    @Test func aHashtagThatNobodyUsedHasNoTweet() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("#a"))
        #expect(try store.reader.newest(of: [#require(Hashtag("b"))]) == nil)
        #expect(try store.tweets(of: Hashtag("b")) == [])
    }
}
