import Testing

/// Finding messages by hashtag, from the command line to the store and back.
@Suite(.ownThreads) struct HashtagSearchTests {
    @Test(arguments: [
        ("release #cs#3251 out", "cs", true), ("release #cs#3251 out", "#3251", true),
        ("release #cs#3251", "cs3251", false),
        ("shown as #WrItTeN", "#written", true), ("#Straße", "STRASSE", true), ("#ΣΊΣΥΦΟΣ", "σίσυφος", true),
        ("#caf\u{E9}", "cafe\u{301}", true), ("#cafe\u{301}", "CAF\u{C9}", true), ("#café", "cafe", false),
        ("#東京 tower", "東京", true), ("#_under_score9", "_under_score9", true), ("#one-two", "one", true),
        ("#one-two", "two", false), ("## and # are none", "and", false), ("no#space", "space", false),
        ("see https://wiki.example/ops.html#deploy", "deploy", false), ("wiki.example/#deploy", "deploy", false),
        ("https://wiki.example/ #deploy", "deploy", true), ("＃ＯＰＳ", "ops", true), ("#ops", "＃ｏｐｓ", true),
        ("#می\u{200C}خواهم", "#می\u{200C}خواهم", true), ("#می\u{200C}خواهم", "میخواهم", true), ("#️⃣ 3", "3", false),
    ])
    func aMessageIsFoundByItsHashtags(text: String, tag: String, isFound: Bool) throws {
        let server = try ServerProcess()
        #expect(try server.upload(text).exitCode == 0)
        #expect(try server.upload("a later one").exitCode == 0)
        let output = isFound ? text + "\n" : "Empty Message\n"
        #expect(try server.download(tag, "-q").output == output)
        #expect(try server.download(tag, "-n", "5", "-q").output == output)
    }
}
