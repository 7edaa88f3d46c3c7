import Testing
import TweetModel

@testable import TweetChat

struct ScreenLayoutTests {
    private static let time = Timestamp(milliseconds: 1_795_237_380_123)  // 2026-11-21T05:03:00.123Z
    private static let sizes = [
        ScreenSize(rows: 5, columns: 20), ScreenSize(rows: 24, columns: 80), ScreenSize(rows: 50, columns: 200),
        ScreenSize(rows: 7, columns: 40), ScreenSize(rows: 3, columns: 5), ScreenSize(rows: 2, columns: 2),
        ScreenSize(rows: 1, columns: 1), ScreenSize(rows: 100, columns: 3),
    ]
    private static let texts = [
        "hello #swift world", "日本語のとても長いメッセージです。日本語のとても長いメッセージです。",
        "a family 👨‍👩‍👧 and flags 🇩🇪🇫🇷 and hands 👍🏽 in a row, again and again 👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧",
        "e\u{301}e\u{301}e\u{301} " + String(repeating: "o\u{308}", count: 140),
        String(repeating: "x", count: 150), "short",
        "z" + String(repeating: "\u{301}", count: 2000), String(repeating: "नमस्ते ", count: 20),
    ]

    private var status: ChatStatus {
        var status = ChatStatus(server: "127.0.0.1:65432")
        status.connection = .connected
        status.name = "ana"
        status.hereCount = 3
        return status
    }

    private func desk(_ size: ScreenSize, _ texts: [String] = Self.texts) -> ChatDesk {
        var desk = ChatDesk(size: size)
        desk.update(status, nil, resets: 0, at: Self.time)
        for text in texts { desk.show(ChatLine(.tweet(author: "bob"), Self.time, text), secondsFromUTC: 0) }
        return desk
    }

    private func press(_ keys: Key..., in desk: inout ChatDesk) {
        for key in keys { _ = desk.press(key, at: Self.time, names: ["bob"], tags: ["swift"]) }
    }

    private func type(_ text: String, in desk: inout ChatDesk) {
        for scalar in text.unicodeScalars { press(.scalar(scalar), in: &desk) }
    }

    private func rows(_ desk: ChatDesk) -> [String] { desk.image(status, now: 0).rows.map(\.text) }

    // MARK: Sizes

    @Test(arguments: sizes)
    func everyRowFitsAndTheCursorIsOnTheScreen(size: ScreenSize) {
        var desk = desk(size)
        type("日本語 typed 👨‍👩‍👧 e\u{301} and more than a row of it, certainly more", in: &desk)
        for _ in 0..<40 {
            let image = desk.image(status, now: 0)
            #expect(image.rows.count == size.rows)
            for row in image.rows { #expect(row.columns <= size.columns, "\(row.text)") }
            #expect((0..<size.rows).contains(image.cursorRow))
            #expect((0..<size.columns).contains(image.cursorColumn))
            press(.left, .pageUp, in: &desk)
        }
    }

    @Test func theScreenOfAChat() {
        var desk = desk(ScreenSize(rows: 8, columns: 60), ["hello #swift, ana!", "日本語"])
        desk.show(ChatLine(.server, Self.time, "eve has joined the server"), secondsFromUTC: 3600)
        desk.show(ChatLine(.message(from: "eve"), Self.time, "psst"), secondsFromUTC: 0)
        type("hi", in: &desk)
        #expect(
            rows(desk) == [
                "", "", "05:03 bob: hello #swift, ana!", "05:03 bob: 日本語",
                "05:03 Server: eve has joined the server", "05:03 eve <Private>: psst",
                " connected | ana | 3 here | 127.0.0.1:65432                 ",
                "> hi" + String(repeating: " ", count: 53) + "148",
            ])
    }

    @Test func theSmallestScreenStillShowsAll() {
        var desk = desk(ScreenSize(rows: 5, columns: 20), ["first", "a message that is longer than a row"])
        type("hello", in: &desk)
        #expect(rows(desk)[0...2] == ["bob: first", "bob: a message that", "is longer than a row"])
        #expect(rows(desk)[4] == "> hello          145")
    }

    @Test func resizingKeepsEverything() {
        var desk = desk(ScreenSize(rows: 24, columns: 80))
        type("typed", in: &desk)
        let before = rows(desk)
        for size in Self.sizes {
            desk.size = size
            _ = desk.image(status, now: 0)
        }
        desk.size = ScreenSize(rows: 24, columns: 80)
        #expect(rows(desk) == before)
    }

    // MARK: Styles

    private func styles(_ text: String, own: String? = "ana", tags: Set<String> = []) -> [String: Style] {
        let style = LineStyle(ownName: own, followedTags: tags)
        let row = style.rows(ChatLine(.tweet(author: "bob"), Self.time, text), width: 200)[0]
        return Dictionary(row.pieces.map { ($0.text, $0.style) }) { first, _ in first }
    }

    @Test func hashtagsAndOnesOwnNameStandOut() {
        let found = styles("hi Ana, anabel: #swift, #Äpfel! # ana", tags: ["äpfel"])
        #expect(found["Ana"] == .ownName)
        #expect(found["#swift"] == .hashtag)
        #expect(found["#Äpfel"] == .followedTag)
        #expect(found[", anabel: "] == .plain)
        #expect(found["ana"] == .ownName)
        #expect(found["bob: "] == .author(named: "bob"))
        let other = styles("https://x.y/#a ＃Äpfel", tags: ["äpfel"])
        #expect(other["https://x.y/#a "] == .plain)
        #expect(other["＃Äpfel"] == .followedTag)
    }

    @Test func anAuthorHasOneColour() {
        #expect(Style.author(named: "bob") == Style.author(named: "BOB"))
        #expect(Set(["ana", "bob", "eve", "kim", "joe"].map { Style.author(named: $0) }).count > 1)
    }

    // MARK: The status line

    @Test func theStatusLineTellsWhatMattersMostFirst() {
        var status = status
        status.pending = 2
        status.isAway = true
        status.tags = ["swift"]
        let wide = ScreenLayout.statusRow(status, newBelow: nil, columns: 100, now: 0).text
        #expect(wide.hasPrefix(" connected | ana (away) | 2 pending | 3 here | 127.0.0.1:65432 | #swift"))
        #expect(
            ScreenLayout.statusRow(status, newBelow: nil, columns: 26, now: 0).text == " ana (away) | 2 pending   ")
        status.connection = .pausing(until: 2500)
        let narrow = ScreenLayout.statusRow(status, newBelow: nil, columns: 20, now: 1000).text
        #expect(narrow == " no connection, retr")
        let row = ScreenLayout.statusRow(status, newBelow: nil, columns: 100, now: 1000)
        #expect(row.text.hasPrefix(" no connection, retry in 2 s | ana (away)"))
        #expect(row.pieces.contains { $0.style == .statusAlert && $0.text.hasPrefix("no connection") })
    }

    @Test func aReaderWhoScrolledUpIsToldOfWhatIsNew() {
        let texts = (0..<20).map { "message \($0)" }
        var desk = desk(ScreenSize(rows: 6, columns: 60), texts)
        press(.pageUp, .pageUp, in: &desk)
        let before = rows(desk)[0..<4]
        #expect(rows(desk)[4].contains("scrolled back"))
        for text in ["new", "newer"] { desk.show(ChatLine(.server, Self.time, text), secondsFromUTC: 0) }
        #expect(rows(desk)[0..<4] == before)
        #expect(rows(desk)[4].contains("2 new below"))
        // Messages that the user has seen no longer count as new.
        press(.pageDown, .pageDown, .pageDown, .pageUp, in: &desk)
        #expect(!rows(desk)[4].contains("below"))
        press(.pageDown, in: &desk)
        #expect(rows(desk)[3].contains("newer"))
    }

    @Test func aMessageForOneselfIsMarked() {
        var desk = desk(ScreenSize(rows: 6, columns: 60), [])
        desk.show(ChatLine(.tweet(author: "bob"), Self.time, "hi ana", isForYou: true), secondsFromUTC: 0)
        #expect(rows(desk)[3] == "05:03 » bob: hi ana")
        #expect(rows(desk)[4].contains("1 for you"))
        press(.left, in: &desk)
        #expect(!rows(desk)[4].contains("for you"))
    }

    // MARK: The people beside the messages

    @Test(arguments: [
        (3, 3, ["│ 3 here", "│ n0", "│ n1", "│ n2", "│ "]), (4, 4, ["│ 4 here", "│ n0", "│ n1", "│ n2", "│ n3"]),
        (5, 4, ["│ 5 here", "│ n0", "│ n1", "│ n2", "│ and 2 more"]),
        (9000, 4, ["│ 9000 here", "│ n0", "│ n1", "│ n2", "│ and 8997 more"]),
        (0, 0, ["│ 0 here", "│ ", "│ ", "│ ", "│ "]),
    ])
    func aWideTerminalListsThePeople(count: Int, names: Int, expected: [String]) {
        let desk = desk(ScreenSize(rows: 7, columns: 100), [String(repeating: "word ", count: 29)])
        var status = status
        status.hereCount = count
        let people = (0..<names).map { "n\($0)" }
        let image = desk.image(status, people: people, now: 0)
        for (row, entry) in zip(image.rows, expected) {
            #expect(row.columns <= 100)
            #expect(row.text.hasSuffix(entry), "\(row.text)")
        }
        #expect(image.rows[4].text.prefix(77).contains("word word"))
    }

    @Test func aNarrowTerminalListsNobody() {
        let desk = desk(ScreenSize(rows: 7, columns: 99), [])
        #expect(!desk.image(status, people: ["ana"], now: 0).rows.contains { $0.text.contains("│") })
        #expect(ScreenSize(rows: 7, columns: 99).listedPeople == 0)
    }

    // MARK: The input line

    @Test func theCounterWarnsAndTheLineIsKept() {
        var desk = desk(ScreenSize(rows: 5, columns: 40), [])
        type(String(repeating: "x", count: 151), in: &desk)
        let row = desk.image(status, now: 0).rows[4]
        #expect(row.pieces.last == StyledRow.Piece(text: "-1", style: .counterAlert))
        #expect(desk.press(.enter, at: Self.time, names: [], tags: []) == .nothing)
        #expect(desk.input.text.count == 151)
        #expect(rows(desk)[1...2] == ["05:03 ! the message is 1 character too", "      long"])
        press(.backspace, in: &desk)
        #expect(
            desk.press(.enter, at: Self.time, names: [], tags: []) == .submit(String(repeating: "x", count: 150)))
        #expect(desk.input.isEmpty)
    }

    @Test func aMessageThatArrivesLeavesTheLineAlone() {
        var desk = desk(ScreenSize(rows: 6, columns: 40), [])
        type("typ", in: &desk)
        let before = desk.image(status, now: 0)
        desk.show(ChatLine(.tweet(author: "bob"), Self.time, "hello"), secondsFromUTC: 0)
        let after = desk.image(status, now: 0)
        #expect(after.rows[5] == before.rows[5])
        #expect(after.cursorColumn == before.cursorColumn)
        #expect(after.rows != before.rows)
    }

    @Test func aQuestionHidesAPassword() throws {
        var desk = desk(ScreenSize(rows: 6, columns: 40), [])
        type("half a message", in: &desk)
        let question = Question.password(try #require(Name("ana")))
        desk.update(status, question, resets: 0, at: Self.time)
        type("secret", in: &desk)
        #expect(rows(desk)[5] == "Password of ana: ******")
        press(.tab, .up, in: &desk)
        #expect(desk.press(.enter, at: Self.time, names: [], tags: []) == .submit("secret"))
        desk.update(status, nil, resets: 0, at: Self.time)
        press(.up, in: &desk)
        #expect(rows(desk)[5].hasPrefix(">  "))
    }

    @Test func controlDEndsAnEmptyLineOnly() {
        var desk = desk(ScreenSize(rows: 6, columns: 40), [])
        type("x", in: &desk)
        #expect(desk.press(.endOfInput, at: Self.time, names: [], tags: []) == .nothing)
        press(.backspace, in: &desk)
        #expect(desk.press(.endOfInput, at: Self.time, names: [], tags: []) == .end)
    }
}
