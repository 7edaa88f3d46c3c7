import Testing
import TweetModel

/// The fragment of a URL is not a hashtag: a link to `ops.html#deploy` must not start a deployment.
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

    /// White space ends a URL, and so do the delimiters of RFC 3986, appendix C.
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

    /// A closing bracket ends a URL if its opening bracket stands before the URL, but not if it stands within.
    @Test(
        arguments: [
            ("(https://x.y/z)#ops", ["ops"]), ("(wiki.example/z)#ops", ["ops"]), ("[https://x.y/z]#ops", ["ops"]),
            ("{url:https://x.y/z}#ops", ["ops"]), ("(wiki/#a)#ops", ["ops"]), ("(https://x.y#a),#ops", ["ops"]),
            ("[x](https://x.y/Foo_(bar)#History)#ops", ["ops"]), ("https://x.y/Foo_(bar)#History", []),
            ("(https://x.y/Foo_(bar)#History)", []), ("https://x.y/((a)#b)#c", []), ("https://[::1]/#a", []),
            ("https://x.y/${a}#b", []), ("(https://x.y/a) https://x.y/(b)#c", []),
            ("https://x.y/(a https://x.y/b)#c", ["c"]),
        ] as [(String, [String])])
    func aBracketThatWasOpenedBeforeAURLEndsIt(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    @Test(
        arguments: [
            (##"C:\logs\#deploy"##, []), (##"\\host\share\#deploy"##, []), (##"..\#a"##, ["a"]), (##"\#a"##, ["a"]),
            (##"see \#a"##, ["a"]), (##"a\\#b"##, []), (##"C:\logs,#a"##, ["a"]),
        ] as [(String, [String])])
    func aSignBehindABackslashOfAPathBeginsNoHashtag(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    /// East Asian punctuation has no spaces around it, so a hashtag behind it would belong to every URL before it.
    @Test(arguments: [
        "、", "。", "，", "．", "：", "；", "！", "？", "（", "）", "「", "」", "『", "』", "【", "】", "《", "》", "〈", "〉", "〔", "〕",
        "［", "］", "｛", "｝", "“", "”", "〝", "〟", "｡", "､", "｢", "｣", "／", "｜", "～", "〜", "﹐", "﹑", "﹒", "︐", "︒", "︵",
        "﹁",
    ])
    func eastAsianPunctuationEndsAURL(punctuation: String) throws {
        for url in ["https://例え.jp/x", "https://x.example/", "wiki.example/a.html#b", "例え.テスト:80/", "ops/?q=1"] {
            let found = try TweetText("\(url)\(punctuation)#タグ\(punctuation)＃标签").hashtags.map(\.written)
            #expect(found == ["タグ", "标签"], "\(url)")
        }
    }

    @Test(arguments: [
        "https://x.y/a・b/#c", "https://x.y/a＿b-#c", "https://x.y/々〆〇-#c", "https://x.y/Ａ１ｱ-#c", "https://x.y/’-#c",
        "https://x.y/a…-#c", "https://x.y/한글-#c", "https://x.y＃c", "https://x.y/﹟c", "https://x.y/﹏-#c",
        "https://例え。jp/#c", "https://例え．jp/x/#c", "https://x.y/《a》/#c",
    ])
    func lettersAndSignsOfEastAsianTextsEndNoURL(text: String) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == [])
    }

    /// A host without a dot, a variable and a path look like a word before `/`; a hashtag does not.
    @Test(
        arguments: [
            ("[::1]:8080/#a", []), ("[2001:db8::1]/#a", []), ("wiki.example./#a", []), ("$URL/#a", []),
            ("${url}/#a", []), ("wiki/#a", []), ("wiki/ops/#a,#b", []), ("ops/#a", []), ("/etc/#a", []), ("/#a", []),
            ("./#a", []), ("../#a", []), ("~/#a", []), ("file:/etc/#a", []), ("://#a", []), ("(wiki/#a)", []),
            ("wiki#/ops/#a", []), ("wiki/#!/#a", []), ("/\u{200B}#a", []), ("/\u{301}＃a", []), ("例え/#a", []),
            ("24/7/#a", []), ("25.11.2026/#a", []), ("v1.2/#a", []), ("10:30/#a", []), ("e.g./#a", []), ("@ana/#a", []),
            (":8080/#a", []), ("a..b/#c", []), ("a#b/#c", []), ("C#/#a", []), ("#v1.2/#a", ["v1"]),
            ("#dev/#ops", ["dev", "ops"]), ("#a/#b/#c", ["a", "b", "c"]), ("#a\u{200D}/\u{200B}#b", ["a", "b"]),
            ("#dev/ops/#a", ["dev"]), ("#dev//#a", ["dev"]), ("#dev/#ops/wiki/#a", ["dev", "ops"]), ("a / #b", ["b"]),
            ("東京／#大阪", ["大阪"]),
        ] as [(String, [String])])
    func aSignBehindASlashIsAFragmentUnlessAHashtagStandsBefore(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    @Test(
        arguments: [
            ("$URL?q=#a", []), ("wiki/search?q=#a", []), ("?q=#a", []), ("mailto:ops@loghost?subject=#a", []),
            ("mailto:ops@loghost?subject=a,#b", []), ("magnet:?xt=urn:#a", []), ("[::1]:8080?a.b=(#c", []),
            ("a?é=#a", []), ("data:text/html,#a", []), ("(DATA:image/svg+xml;#a", []), ("#a,data:a/b,#c", ["a"]),
            ("channel=#a", ["a"]), ("path=/var,tag=#a", ["a"]), ("?=#a", ["a"]), ("why?#a=#b", ["a", "b"]),
            ("a?b c=#d", ["d"]), ("why?(a=#b", ["b"]), ("data:#a", ["a"]), ("data:1,#a", ["a"]), ("data:/#a", []),
            ("xdata:a/b,#c", ["c"]), ("metadata:/a,#c", ["c"]),
        ] as [(String, [String])])
    func aQueryAndADataURLHaveNoHashtags(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    @Test(
        arguments: [
            ("and/or #a", ["a"]), ("and/or,#a", ["a"]), ("(and/or)#a", ["a"]), ("24/7:#a", ["a"]), ("w/o(#a)", ["a"]),
            ("/etc/passwd:#a", ["a"]), ("done,#a", ["a"]), ("re:#a", ["a"]), ("TODO:fix/it,#a", ["a"]),
            ("note:#a", ["a"]), ("tags:#a,#b", ["a", "b"]), ("really?#a", ["a"]), ("...#a", ["a"]), ("done.#a", ["a"]),
            ("[x]#a", ["a"]), ("loghost:/var,#a", ["a"]), ("\\#a", ["a"]), ("#https://x", []), ("#https:/x", ["https"]),
            ("#ops:", ["ops"]),
        ] as [(String, [String])])
    func whatOnlyLooksALittleLikeAURLIsNone(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }
}
