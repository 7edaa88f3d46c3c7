import Testing
import TweetJournal
import TweetModel

@testable import TweetServer

/// Entries committed by another node have the same effect on clients here as entries proposed here.
struct OtherNodeTests {
    private static let time = Timestamp(milliseconds: 1_000)

    private func tweet(_ text: String, by author: String? = nil) -> Entry {
        .tweetUploaded(
            time: Self.time, author: author.map { Name(stored: $0) }, text: TweetText(stored: text), id: nil)
    }

    @Test func aTweetReachesFollowersAndIsTheLastMessage() throws {
        let fixture = try ServerFixture()
        let all = try fixture.connect()
        let tagged = try fixture.connect()
        let other = try fixture.connect()
        try all.expect(#"["follow",""]"#, "ok")
        try tagged.expect(##"["follow","#ops"]"##, "ok")
        try other.expect(##"["follow","#else"]"##, "ok")
        fixture.journal.proposeElsewhere(tweet("from afar #ops", by: "Ana"))
        for follower in [all, tagged] {
            let line = try #require(try follower.next())
            #expect(line.hasPrefix(#"["tweet",{"seq":2,"#), "\(line)")
            #expect(line.contains(#""author":"Ana""#) && line.contains("from afar #ops"), "\(line)")
        }
        let last = try #require(try other.request(#"["d",""]"#))
        #expect(last.contains("from afar #ops"), "what is not followed is not pushed: \(last)")
        #expect(try #require(try other.request(#"["tags",""]"#)).contains("ops"))
    }

    @Test func aResetLeavesNoLastMessage() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(#"["u","here"]"#, "ok")
        fixture.journal.proposeElsewhere(.lastMessageReset(time: Self.time, id: nil))
        fixture.turn { fixture.server.live.session.floor == 3 }
        let last = try #require(try client.request(#"["d",""]"#))
        #expect(last.hasPrefix(#"["ok""#) && !last.contains("here"), "\(last)")
    }

    /// The sequences follow the order of the journal, whichever node has proposed the entries.
    @Test func tweetsOfBothNodesComeInTheOrderOfTheJournal() throws {
        let fixture = try ServerFixture()
        let follower = try fixture.connect()
        try follower.expect(#"["follow",""]"#, "ok")
        let uploader = try fixture.connect()
        for number in 0..<20 {
            if number.isMultiple(of: 3) { fixture.journal.proposeElsewhere(tweet("\(number) elsewhere")) }
            try uploader.expect("[\"u\",\"\(number) here\"]", "ok")
        }
        let lines = try follower.next(27)
        #expect(lines.sequences("tweet") == Array(2..<29))
        let texts = (0..<20).flatMap { number in
            (number.isMultiple(of: 3) ? ["\(number) elsewhere"] : []) + ["\(number) here"]
        }
        #expect(lines.compactMap { $0.firstMatch(of: /"text":"([^"]*)"/).map { String($0.1) } } == texts)
    }

    /// The duplicate has stored nothing, so followers do not see it again.
    @Test func aDuplicateFromElsewhereIsNotPublished() throws {
        let fixture = try ServerFixture()
        let follower = try fixture.connect()
        try follower.expect(#"["follow",""]"#, "ok")
        for text in ["once", "once", "another"] {
            fixture.journal.proposeElsewhere(
                .tweetUploaded(
                    time: Self.time, author: nil, text: TweetText(stored: text),
                    id: text == "once" ? UploadID("a") : nil))
        }
        #expect(try follower.next(2).sequences("tweet") == [2, 3])
    }

    @Test func aRecipientThatStandsTwiceGetsTheMessageOnce() throws {
        let fixture = try ServerFixture()
        let bob = try fixture.account("bob")
        try bob.expect(#"["join",""]"#, "ok")
        for text in ["first", "second"] {
            fixture.journal.proposeElsewhere(
                .messageSent(
                    time: Self.time, sender: Name(stored: "Ana"), recipients: ["bob", "BOB"].map(Name.init(stored:)),
                    text: TweetText(stored: text), id: nil))
        }
        let lines = try bob.next(2)
        #expect(lines[0].contains("first") && lines[1].contains("second"), "\(lines)")
    }

    @Test func aMessageIsDeliveredWhereItsRecipientIs() throws {
        let fixture = try ServerFixture()
        let bob = try fixture.account("bob")
        try bob.expect(#"["join",""]"#, "ok")
        fixture.journal.proposeElsewhere(
            .messageSent(
                time: Self.time, sender: Name(stored: "Ana"), recipients: [Name(stored: "bob")],
                text: TweetText(stored: "psst"), id: nil))
        let line = try #require(try bob.next())
        #expect(line.hasPrefix(#"["message","#) && line.contains("psst"), "\(line)")
    }

    @Test func aHiddenAccountLeavesTheDirectory() throws {
        let fixture = try ServerFixture()
        let watcher = try fixture.guest("watcher")
        let bob = try fixture.account("bob")
        try bob.expect(#"["join",""]"#, "ok")
        #expect(try #require(try watcher.next()).hasPrefix(#"["joined",{"name":"bob""#))
        let entry = Entry.visibilityChanged(time: Self.time, name: Name(stored: "bob"), isHidden: true)
        fixture.journal.proposeElsewhere(entry)
        #expect(try #require(try watcher.next()).hasPrefix(#"["left",{"name":"bob""#))
    }

    @Test(arguments: [
        (Entry.accountRemoved(time: time, name: Name(stored: "bob")), "the account was removed"),
        (
            .passwordChanged(time: time, name: Name(stored: "bob"), password: PasswordHash("other")),
            "the password was reset"
        ),
    ])
    func aChangedAccountEndsItsConnections(entry: Entry, reason: String) throws {
        let fixture = try ServerFixture()
        let bob = try fixture.account("bob")
        let guest = try fixture.guest("guest")
        fixture.journal.proposeElsewhere(entry)
        #expect(try #require(try bob.next()).contains(reason))
        #expect(try bob.next() == nil)
        try guest.expect(#"["ping",""]"#, "ok")
    }

    /// If two nodes claim a name at the same time, the earlier entry gets it.
    @Test func aNameThatIsTakenElsewhereMeanwhileIsTaken() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.send(#"["signup",{"name":"bob","password":"correct horse"}]"#)
        fixture.turn { fixture.server.live.directory.isHeld(Name(stored: "bob")) }
        fixture.journal.proposeElsewhere(
            .accountCreated(time: Self.time, name: Name(stored: "bob"), password: PasswordHash("hash")))
        #expect(try #require(try client.next()).contains("name_taken"))
    }
}
