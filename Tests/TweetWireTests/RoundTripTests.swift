import Testing
import TweetModel
import TweetWire

/// Values that one side writes and the other reads back unchanged.
struct RoundTripTests {
    static let texts = [
        "hello #swift", " ", #"""#, #"\"#, #"\u0041 \n"#, "žluťoučký kůň", "👨‍👩‍👧‍👦 🇨🇿 👍🏽", "e\u{301}", "#ที่นี่ #日本 #Ä #ä",
        "\u{A0}\u{FEFF}\u{10FFFF}",
        "'/<>&", String(repeating: "a", count: 150),
    ]

    @Test(arguments: texts)
    func anUploadIsReadBack(text: String) throws {
        for id in [nil, UploadID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")] {
            let sent = Request.upload(Upload(text: try TweetText(text), id: id))
            let line = PacketWriter.request(sent)
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(!line.dropLast().contains(UInt8(ascii: "\n")))
            #expect(request(line.withoutLineFeed) == .success(sent))
        }
    }

    @Test(arguments: [nil, UploadID("a:1_2.3")])
    func aResetIsReadBack(id: UploadID?) {
        let sent = Request.upload(Upload(text: nil, id: id))
        #expect(request(PacketWriter.request(sent).withoutLineFeed) == .success(sent))
    }

    @Test(arguments: [nil, Hashtag("ops"), Hashtag("ที่นี่"), Hashtag("Ä")], [nil, 1, 1000])
    func aDownloadIsReadBack(tag: Hashtag?, count: Int?) {
        for since in [nil, 0, Int64.max] {
            for maxAge in [nil, 0, 90_000, Int64.max] {
                let download = Download(tag: tag, count: count, since: since, maxAge: maxAge)
                if since != nil, maxAge != nil { continue }
                let sent = Request.download(download)
                // A download without any options is the download of the last message.
                let expected = download == Download() ? .lastMessage : sent
                #expect(request(PacketWriter.request(sent).withoutLineFeed) == .success(expected))
            }
        }
        #expect(request(PacketWriter.request(.lastMessage).withoutLineFeed) == .success(.lastMessage))
    }

    @Test func severalHashtagsAreReadBack() {
        let tags = ["ops", "Ä", "x_1"].compactMap { Hashtag($0) }
        for sent in [Request.download(Download(tags: tags, count: 3)), .follow(Follow(tags: tags, since: 4))] {
            #expect(request(PacketWriter.request(sent).withoutLineFeed) == .success(sent))
        }
    }

    @Test func tokensAreReadBack() throws {
        let tag = try #require(Hashtag("ที่นี่"))
        let secret = try #require(TokenSecret("ttw_0123456789abcdef0123456789abcdef"))
        let label = TokenLabel("a \"wall\"")
        let requests: [Request] = [
            .makeToken(NewToken(.send)), .makeToken(NewToken(.read(tag), label: label, lifetime: 1)),
            .makeToken(NewToken(.everything, lifetime: 7_776_000)), .tokens, .removeToken(.max),
            .logInByToken(secret),
        ]
        for sent in requests {
            #expect(request(PacketWriter.request(sent).withoutLineFeed) == .success(sent))
        }
        for scope in [TokenScope.send, .read(tag), .everything] {
            for expires in [nil, Timestamp(milliseconds: 7)] {
                let token = AccessToken(
                    id: 9, owner: Name(stored: "ana"), scope: scope, label: label, created: Timestamp(milliseconds: 0),
                    expires: expires)
                let listed = WireToken(token)
                #expect(answer(PacketWriter.part(listed).withoutLineFeed) == .success(.part(.token(listed))))
                let made = WireToken(token, secret: secret)
                #expect(answer(PacketWriter.ok(made).withoutLineFeed) == .success(.one(.token(made))))
            }
        }
    }

    @Test func aClaimOfANameIsReadBack() {
        var generator = SystemRandomNumberGenerator()
        for secret in [nil, ResumeSecret(using: &generator)] {
            let sent = Request.takeName(Name(stored: "ana"), resume: secret)
            #expect(request(PacketWriter.request(sent).withoutLineFeed) == .success(sent))
        }
    }

    @Test(arguments: [nil, 1, 1000])
    func aListOfHashtagsIsAskedForAndReadBack(count: Int?) {
        #expect(request(PacketWriter.request(.tags(count: count)).withoutLineFeed) == .success(.tags(count: count)))
        for time in [nil, Timestamp(milliseconds: -1)] {
            for tag in [
                WireTag(tag: "ที่นี่", count: 0, time: time), WireTag(tag: "\"\\", count: .max, sequence: .max, time: time),
            ] {
                #expect(answer(PacketWriter.part(tag).withoutLineFeed) == .success(.part(.tag(tag))))
            }
        }
    }

    @Test(arguments: [
        #"["part",{"tag":"ops","count":-1}]"#, #"["part",{"tag":"ops"}]"#, #"["part",{"tag":7,"count":1}]"#,
        #"["part",{"tag":"ops","count":"many"}]"#,
    ])
    func aHashtagOfAListThatIsWrongIsNotUnderstood(line: String) {
        #expect(throws: AnswerError.self) { try answer(line).get() }
    }

    @Test(arguments: texts)
    func aTweetIsReadBack(text: String) throws {
        for author in [nil, Name("anna")] {
            let tweet = Tweet(
                sequence: 7, time: Timestamp(milliseconds: -1), author: author, text: try TweetText(text))
            #expect(answer(PacketWriter.ok(tweet).withoutLineFeed) == .success(.one(.tweet(WireTweet(tweet)))))
            guard case .part(.tweet(let part)) = try answer(PacketWriter.part(tweet).withoutLineFeed).get() else {
                Issue.record("no part")
                return
            }
            #expect(Array(part.text.utf8) == Array(text.utf8))
            #expect(part.author == author?.string)
            #expect(part.tags == tweet.text.hashtags.map(\.written))
        }
    }

    @Test func anEmptyLastMessageAndTheEndOfAListAreReadBack() {
        #expect(
            answer(PacketWriter.okEmpty().withoutLineFeed) == .success(.one(.tweet(WireTweet(text: "Empty Message")))))
        for count in [0, 1, 1000] {
            #expect(answer(PacketWriter.okCount(count).withoutLineFeed) == .success(.end(count: count)))
        }
    }

    @Test func aTextOfAllThatJSONEscapesIsReadBack() {
        let text = String(String.UnicodeScalarView((0...0x2FF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)))
        let tweet = WireTweet(author: text, text: text, tags: [text, "", text])
        var line = Array(#"["part","#.utf8)
        line.appendJSON(tweet)
        line.append(UInt8(ascii: "]"))
        #expect(answer(line) == .success(.part(.tweet(tweet))))
    }
}
