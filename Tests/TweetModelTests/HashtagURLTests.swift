import Testing
import TweetModel

/// A URL's fragment is no hashtag: a link to `ops.html#deploy` must not start a deployment.
struct HashtagURLTests {
    @Test(arguments: [
        "see https://wiki.example/ops.html#deploy", "https://wiki.example/ops.html#deploy", "(https://x.y/#a)",
        "http://x.y/#a#b",
        "https://x/#a,#b", "HTTPS://X.Y/#a", "https://x.y/z/?q=1&r=#a", "https://x.y/(#a)", "https://x.y/z.#a",
        "https://x.y/🎉#a", "https://x.y/日本/#a", "https://x.y/Michelson–Morley/#a", "https://[::1]:8080/#a",
        "https://a@b.c/#a",
        "詳しくはhttps://x.y/#a", "s3://bucket/#a", "git+ssh://host/#a", "x-app.v2://open/#a", "#https://x.y/#a",
        "a:https://x.y/#a",
        "[text](https://x.y/#a)", "https://x.y/\u{200B}#a", "https://x.y＃a", "https://x.y/＃a", "ftp://#a",
        "www.wiki.example/#a", "wiki.example/#deploy", "wiki.example/ops/#deploy", "wiki.example/ops.html#deploy",
        "wiki.example#deploy,#b", "(wiki.example/#a)", "wiki.example:8080/#a", "localhost:8080/#a", "10.0.0.1/#a",
        "10.0.0.1:80/#a", "münchen.example/#a", "例え.テスト/#a", "wiki.example?q=#a", "see:wiki.example/#a",
        "//wiki.example/#a",
        "mailto:ops@wiki.example?subject=#a", "ops@wiki.example?subject=#a", "#a-wiki.example/#b",
    ])
    func noHashtagIsInAURL(text: String) throws {
        let expected = text.hasPrefix("#a") ? ["a"] : []
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    /// A URL ends with white space, and where RFC 3986, appendix C, says that it is delimited.
    @Test(
        arguments: [
            ("https://x.y #deploy", ["deploy"]), ("#a https://x.y/#b #c", ["a", "c"]), ("https://x.y\u{3000}#a", ["a"]),
            ("https://x.y/\u{A0}#a", ["a"]), ("<https://x.y/#a>#b", ["b"]), ("\"https://x.y/#a\"#b", ["b"]),
            (##"{"url":"https://x.y/#a","tag":"#b"}"##, ["b"]), ("#a https://x.y", ["a"]), ("https:// #a", ["a"]),
            ("#a:https://x.y/#b", ["a"]), ("#a,https://x.y/#b #c", ["a", "c"]),
        ] as [(String, [String])])
    func aHashtagOutsideOfAURLIsOne(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    @Test(
        arguments: [
            ("ops/#a", ["a"]), ("#dev/#ops", ["dev", "ops"]), ("and/or/#a", ["a"]), ("/etc/#a", ["a"]), ("./#a", ["a"]),
            ("../#a", ["a"]), ("24/7/#a", ["a"]), ("25.11.2026/#a", ["a"]), ("v1.2/#a", ["a"]), ("10:30/#a", ["a"]),
            ("TODO:fix/#a", ["a"]), ("note:#a", ["a"]), ("tags:#a,#b", ["a", "b"]), ("://#a", ["a"]), ("a:/#b", ["b"]),
            ("really?#a", ["a"]), ("e.g./#a", ["a"]), ("...#a", ["a"]), ("done.#a", ["a"]), ("#v1.2/#a", ["v1", "a"]),
            ("1.2.3/#a", ["a"]), ("@ana/#a", ["a"]), (":8080/#a", ["a"]), ("a..b/#c", ["c"]), ("#https://x", []),
            ("#https:/x", ["https"]), ("#ops:", ["ops"]),
        ] as [(String, [String])])
    func whatOnlyLooksALittleLikeAURLIsNone(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }
}
