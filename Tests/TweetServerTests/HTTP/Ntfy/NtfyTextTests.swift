import Testing
import TweetHTTP
import TweetModel

@testable import TweetServer

private func many(_ count: Int, _ text: String = "x") -> String { String(repeating: text, count: count) }

/// The text of a tweet that is made of ntfy's message, its topics, and the times that a follower names.
struct NtfyTextTests {
    @Test(
        arguments: [
            ("", "done", "done #ops"), ("Backup", "done", "Backup: done #ops"), ("Backup", "", "Backup #ops"),
            ("", "", "triggered #ops"), (" \n", "\t", "triggered #ops"), (" Backup ", " done\n", "Backup: done #ops"),
            ("Done!", "all of it", "Done! all of it #ops"), ("Note:", "x", "Note: x #ops"),
            ("Why?", "x", "Why? x #ops"),
            ("", "one\ntwo\r\nthree", "one two three #ops"), ("a\nb", "c", "a b: c #ops"),
            ("", "a\tb\u{7}c\u{202E}", "a bc #ops"), ("", "\u{1B}[31mred\u{1B}[0m", "red #ops"),
            ("\u{7}", "\u{7}", ": #ops"),
            // The hashtag is there, in any case.
            ("", "done #ops", "done #ops"), ("#Ops", "done", "#Ops: done"), ("", "#OPS done", "#OPS done"),
            ("", "done #opsx", "done #opsx #ops"),
            ("", "see https://x.example/#ops", "see https://x.example/#ops #ops"),
            ("", "a#ops", "a#ops #ops"),
        ])
    func aTitleAMessageAndAHashtagAreAText(title: String, message: String, expected: String) throws {
        let topic = try #require(Hashtag("ops"))
        let text = try NtfyText.make(title: title, message: message, topic: topic)
        #expect(text.string == expected)
        #expect(text.hashtags.contains(topic))
    }

    @Test(
        arguments: [
            (many(145), many(145) + " #ops"), (many(146), many(144) + "… #ops"), (many(8000), many(144) + "… #ops"),
            (many(200, "é"), many(144, "é") + "… #ops"), (many(160, "👩‍👩‍👧‍👦"), many(144, "👩‍👩‍👧‍👦") + "… #ops"),
            (many(145) + " #ops", many(145) + " #ops"), (many(146) + " #ops", many(144) + "… #ops"),
            ("#ops " + many(200), "#ops " + many(144) + "…"), (many(139) + " #deploy x", many(139) + " … #ops"),
        ])
    func aTextThatIsTooLongIsCutBeforeTheHashtag(message: String, expected: String) throws {
        let topic = try #require(Hashtag("ops"))
        let text = try NtfyText.make(title: "", message: message, topic: topic)
        #expect(text.string == expected)
        #expect(text.hashtags.contains(topic))
    }

    /// No text is refused: its sender could do nothing about it.
    @Test func eachTextFits() throws {
        let topics = [many(64), many(64, "漢"), many(64, "ﬃ"), many(32, "e\u{301}")].map { Hashtag($0) }
        for topic in topics {
            let topic = try #require(topic)
            for count in stride(from: 0, through: 4200, by: 150) {
                for piece in ["x", "\u{301}", " #a", "ﷺ", "#" + many(100, "漢"), "👩‍👩‍👧‍👦"] {
                    let text = try NtfyText.make(
                        title: "t", message: many(count / piece.utf8.count, piece), topic: topic)
                    #expect(text.hashtags.contains(topic))
                }
            }
        }
    }

    @Test(
        arguments: [
            ("ops", ["ops"]), ("a,b", ["a", "b"]), ("Ops,ops,OPS,b", ["Ops", "b"]), ("#ops", ["#ops"]),
            (",a,,b,", ["a", "b"]),
            ("größe,漢字", ["größe", "漢字"]), (many(64), [many(64)]), ("x_1", ["x_1"]),
        ])
    func topicsAreHashtags(text: String, expected: [String]) throws {
        #expect(try NtfyTopic.list(text).map(\.written) == expected)
    }

    @Test(
        arguments: [
            ("", 40009), (",", 40009), ("disk-alerts", 40009), ("a b", 40009), ("a,b-c", 40009), (many(65), 40009),
            ("##a", 40009), ("a/b", 40009), ("tag", 40010), ("TAGS", 40010), ("v1", 40010), ("a,who", 40010),
            ("ｌｉｖｅ", 40010),
        ])
    func anythingElseIsNoTopic(text: String, code: Int) {
        let problem = #expect(throws: HTTPProblem.self) { try NtfyTopic.list(text) }
        #expect(problem?.ntfyCode == code)
        #expect(problem?.status == .badRequest)
    }

    @Test(
        arguments: [
            (nil, NtfySince.none), ("all", .all), ("none", .none), ("latest", .latest), ("t00000000007", .message(7)),
            ("t99999999999", .message(99_999_999_999)), ("t9223372036854775807", .message(.max)),
            ("0", .time(Timestamp(milliseconds: 0))), ("1795237380", .time(Timestamp(milliseconds: 1_795_237_380_000))),
            ("9223372036854775807", .time(Timestamp(milliseconds: .max))), ("10m", .age(600_000)),
            ("30s", .age(30_000)),
            ("1h30m", .age(5_400_000)), ("1.5h", .age(5_400_000)), ("2d", .age(172_800_000)), ("250ms", .age(250)),
            ("99999999999999999999999h", .age(1_000_000_000_000_000)), ("SLiKI64DOtab", .all), ("tabcdefghijk", .all),
        ] as [(String?, NtfySince)])
    func aFollowerNamesWhereItBegins(text: String?, expected: NtfySince) throws {
        #expect(try NtfySince(text, polls: false) == expected)
        #expect(try NtfySince(text, polls: true) == (text == nil ? .all : expected))
    }

    @Test(
        arguments: [
            "", "x", "-1", "t7", "m", "1y", "10 m", "1..5h", ".h", "h1", "1h30", "t9223372036854775808", "ALL",
            "٣m",
            "99999999999999999999",
        ])
    func anotherBeginningIsRefused(text: String) {
        let problem = #expect(throws: HTTPProblem.self) { try NtfySince(text, polls: false) }
        #expect(problem?.ntfyCode == 40008)
    }
}
