import Testing

@testable import TweetServer

/// An id that a client uses again: the same bytes are the same upload, and any others are another one.
struct ReusedIDTests {
    /// `é` as one scalar and as two: Swift's strings of them are equal, their bytes are not.
    private static let forms = ("caf\u{E9}", "cafe\u{301}")

    @Test func anotherNormalFormOfAnUploadIsAnotherUpload() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(#"["u",{"text":"\#(Self.forms.0)","id":"a"}]"#, "ok")
        try client.expect(#"["u",{"text":"\#(Self.forms.1)","id":"a"}]"#, "id_reused")
        try client.expect(#"["u",{"text":"\#(Self.forms.0)","id":"a"}]"#, "ok")
    }

    @Test func anotherNormalFormOfAMessageIsAnotherMessage() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("bob")
        let ana = try fixture.account("ana")
        try ana.expect(#"["message",{"to":"bob","text":"\#(Self.forms.0)","id":"a"}]"#, "ok")
        try ana.expect(#"["message",{"to":"bob","text":"\#(Self.forms.1)","id":"a"}]"#, "id_reused")
        try ana.expect(#"["message",{"to":"bob","text":"\#(Self.forms.0)","id":"a"}]"#, "ok")
    }

    /// A key that is not written in ASCII is no known one, and each of its forms is a key of its own.
    @Test func twoNormalFormsOfAKeyAreTwoKeys() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let answer = try client.request(#"["u",{"\#(Self.forms.0)":"a","\#(Self.forms.1)":"b"}]"#)
        #expect(answer?.contains("twice") == false)
    }
}
