import Testing
import TweetModel

@testable import TweetJournal

/// The binary form of entries: this version and all later ones read what this version writes.
struct EntryCodecTests {
    private static let time = Timestamp(milliseconds: 0x0102_0304_0506_0708)
    private static let ana = Name(stored: "Ana")
    private static let bob = Name(stored: "bob")
    private static let text = TweetText(stored: "hé #x")
    private static let id = UploadID("a-1")

    private static let header = "0102030405060708"

    /// Each kind of entry, in the form that version 1 wrote.
    ///
    /// Lines may be added, but never changed.
    private static let version1: [(Entry, String)] = [
        (.sessionOpened(time: time), "01 01 \(header)"),
        (.tweetUploaded(time: time, author: nil, text: text, id: nil), "01 02 \(header) 00 0006 68c3a9202378 00"),
        (
            .tweetUploaded(time: time, author: ana, text: text, id: id),
            "01 02 \(header) 01 0003 416e61 0006 68c3a9202378 01 0003 612d31"
        ),
        (.lastMessageReset(time: Timestamp(milliseconds: -1), id: nil), "01 03 ffffffffffffffff 00"),
        (.lastMessageReset(time: time, id: id), "01 03 \(header) 01 0003 612d31"),
        (
            .accountCreated(time: time, name: ana, password: PasswordHash("$h")),
            "01 04 \(header) 0003 416e61 0002 2468"
        ),
        (
            .passwordChanged(time: time, name: ana, password: PasswordHash("$h")),
            "01 05 \(header) 0003 416e61 0002 2468 00"
        ),
        (
            .passwordChanged(time: time, name: ana, password: PasswordHash("$h"), replacing: PasswordHash("$g")),
            "01 05 \(header) 0003 416e61 0002 2468 01 0002 2467"
        ),
        (.visibilityChanged(time: time, name: ana, isHidden: true), "01 06 \(header) 0003 416e61 01"),
        (.visibilityChanged(time: time, name: ana, isHidden: false), "01 06 \(header) 0003 416e61 00"),
        (.accountRemoved(time: time, name: ana), "01 07 \(header) 0003 416e61"),
        (
            .messageSent(time: time, sender: ana, recipients: [bob, ana], text: text, id: id),
            "01 08 \(header) 0003 416e61 0002 0003 626f62 0003 416e61 0006 68c3a9202378 01 0003 612d31"
        ),
        (
            .messagesRead(time: time, reader: bob, messages: [1, 256]),
            "01 09 \(header) 0003 626f62 0002 0000000000000001 0000000000000100"
        ),
        (.messagesRead(time: time, reader: bob, messages: []), "01 09 \(header) 0003 626f62 0000"),
    ]

    /// The kinds that version 2 added; the others keep their form.
    private static let version2: [(Entry, String)] = [
        (
            .tweetUploaded(time: time, author: ana, text: text, id: nil, isByAccount: true),
            "02 0a \(header) 01 0003 416e61 0006 68c3a9202378 00"
        ),
        (
            .messageSent(time: time, sender: ana, recipients: [bob], text: text, id: id, isByAccount: true),
            "02 0b \(header) 0003 416e61 0001 0003 626f62 0006 68c3a9202378 01 0003 612d31"
        ),
    ]

    /// The kinds that version 3 added.
    private static let version3: [(Entry, String)] = [
        (
            .pruned(time: time, PruningStep(.messages, before: Timestamp(milliseconds: 256), after: 7, work: 2048)),
            "03 0c \(header) 02 0000000000000100 0000000000000007 0800"
        ),
        (.blockChanged(time: time, by: ana, of: bob, isBlocked: true), "03 0d \(header) 0003 416e61 0003 626f62 01"),
        (.blockChanged(time: time, by: bob, of: ana, isBlocked: false), "03 0d \(header) 0003 626f62 0003 416e61 00"),
    ]

    /// The kinds that version 4 added.
    private static let version4: [(Entry, String)] = [
        (
            .tokenCreated(
                time: time, owner: ana, hash: TokenHash("0a"), scope: .send, label: nil, expires: nil),
            "04 0e \(header) 0003 416e61 0002 3061 01 00 00"
        ),
        (
            .tokenCreated(
                time: time, owner: ana, hash: TokenHash([0xAF]), scope: .everything, label: TokenLabel("x y"),
                expires: Timestamp(milliseconds: 256)),
            "04 0e \(header) 0003 416e61 0002 6166 03 01 0003 782079 01 0000000000000100"
        ),
        (.tokenRemoved(time: time, owner: bob, token: 9), "04 0f \(header) 0003 626f62 0000000000000009"),
    ]

    private static let allVersions = version1 + version2 + version3 + version4

    /// The hashtag keeps its spelling.
    @Test func aTokenThatReadsHasItsHashtag() throws {
        let tag = try #require(Hashtag("#Ops"))
        let entry = Entry.tokenCreated(
            time: Self.time, owner: Self.ana, hash: TokenHash("0a"), scope: .read(tag), label: nil, expires: nil)
        let form = Self.bytes("04 0e \(Self.header) 0003 416e61 0002 3061 02 0003 4f7073 00 00")
        #expect(EntryCodec.encode(entry) == form)
        #expect(try EntryCodec.decode(form) == entry)
    }

    @Test(arguments: [
        ("an invalid hashtag", "02 0004 234f7073 00 00"), ("an invalid hashtag", "02 0000 00 00"),
        ("a token of kind 4", "04 00 00"), ("a label of 0 bytes", "01 01 0000 00"),
    ])
    func aTokenOfAnotherFormIsRefused(reason: String, rest: String) {
        let bytes = Self.bytes("04 0e \(Self.header) 0003 416e61 0002 3061 \(rest)")
        #expect(throws: EntryRefusal.malformed(reason)) { try EntryCodec.decode(bytes) }
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.filter { $0 != " " }.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    @Test(arguments: allVersions)
    func anEntryHasTheFormOfItsVersion(entry: Entry, form: String) throws {
        #expect(EntryCodec.encode(entry) == Self.bytes(form))
        #expect(try EntryCodec.decode(Self.bytes(form)) == entry)
    }

    @Test func everyKindIsAmongThem() {
        #expect(
            Set(Self.allVersions.map { Self.bytes($0.1)[1] })
                == Set(EntryCodec.Kind.allCases.map(\.rawValue)))
    }

    /// Names compare without case, but keep the case in which they were written.
    @Test func namesKeepTheirCase() throws {
        let entry = Entry.accountRemoved(time: Self.time, name: Self.ana)
        guard case .accountRemoved(_, let name) = try EntryCodec.decode(EntryCodec.encode(entry)) else {
            Issue.record("another kind")
            return
        }
        #expect(name.string == "Ana")
    }

    @Test(arguments: allVersions)
    func aFormThatIsCutShortOrGoesOnIsRefused(entry: Entry, form: String) {
        let whole = Self.bytes(form)
        for count in 0..<whole.count {
            #expect(throws: EntryRefusal.malformed("cut short")) { try EntryCodec.decode(Array(whole[..<count])) }
        }
        #expect(throws: EntryRefusal.malformed("1 bytes too many")) { try EntryCodec.decode(whole + [0]) }
    }

    @Test func aLaterVersionOrKindIsRefused() {
        #expect(throws: EntryRefusal.unknownVersion(5)) { try EntryCodec.decode(Self.bytes("05 01 \(Self.header)")) }
        #expect(throws: EntryRefusal.unknownVersion(0)) { try EntryCodec.decode(Self.bytes("00 01 \(Self.header)")) }
        #expect(throws: EntryRefusal.unknownKind(10)) { try EntryCodec.decode(Self.bytes("01 0a \(Self.header)")) }
        #expect(throws: EntryRefusal.unknownKind(12)) { try EntryCodec.decode(Self.bytes("02 0c \(Self.header)")) }
        #expect(throws: EntryRefusal.unknownKind(13)) { try EntryCodec.decode(Self.bytes("02 0d \(Self.header)")) }
        #expect(throws: EntryRefusal.unknownKind(14)) { try EntryCodec.decode(Self.bytes("03 0e \(Self.header)")) }
    }

    @Test(arguments: [
        ("01 07 \(header) 0000", "an invalid name"), ("02 01 \(header)", "kind 1 in version 2"),
        ("01 07 \(header) 0002 2d2d", "an invalid name"),
        ("01 07 \(header) 0001 ff", "invalid UTF-8"),
        ("01 06 \(header) 0003 416e61 02", "2 is neither 0 nor 1"),
        ("01 02 \(header) 00 0000 00", "a text of 0 bytes"),
        ("01 03 \(header) 01 0001 20", "an invalid id"),
        ("01 08 \(header) 0003 416e61 0000 0001 78 00", "a message without a recipient"),
        ("01 09 \(header) 0003 416e61 ffff 0000000000000001", "cut short"),
        ("03 0c \(header) 00 0000000000000100 0000000000000007 0800", "rows of kind 0"),
        ("03 0c \(header) 01 0000000000000100 0000000000000007 0000", "a step without work"),
    ])
    func valuesThatBreakTheirRuleAreRefused(form: String, reason: String) {
        #expect(throws: EntryRefusal.malformed(reason)) { try EntryCodec.decode(Self.bytes(form)) }
    }

    @Test func aTextOfMoreBytesThanATweetHasIsRefused() {
        let entry = Entry.tweetUploaded(
            time: Self.time, author: nil,
            text: TweetText(stored: String(repeating: "x", count: TextLimits.textBytes + 1)),
            id: nil)
        #expect(throws: EntryRefusal.malformed("a text of 4097 bytes")) {
            try EntryCodec.decode(EntryCodec.encode(entry))
        }
    }
}
