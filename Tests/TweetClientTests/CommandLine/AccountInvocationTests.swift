import Testing
import TweetModel
import TweetWire

@testable import TweetClient

/// Command lines about accounts and people, and the invocations parsed from them.
struct AccountInvocationTests {
    typealias Options = [(option: Invocation.Option, value: String)]

    private static let user: Options = [(.user, "ana")]

    private func invocation(_ options: Options, _ operands: [String]) throws -> Invocation {
        try Invocation(options: options, operands: operands.map { Array($0.utf8) })
    }

    @Test func anUploadMayHaveAUser() throws {
        let upload = try invocation([(.upload, "")] + Self.user, ["h", "1", "hello"])
        #expect(upload.operation == .upload(.given(Array("hello".utf8))))
        #expect(upload.user == Name("ana"))
        let request = try Invocation.Message.given([0x78]).upload(as: upload.user)
        #expect(String(decoding: PacketWriter.request(request), as: UTF8.self).hasSuffix(#","author":"ana"}]"# + "\n"))
    }

    @Test func aPrivateMessageHasRecipientsAndAnID() throws {
        let options: Options = [(.upload, ""), (.recipients, "bob,Carl,BOB")] + Self.user
        let message = try invocation(options, ["h", "1", "-"])
        let names = try ["bob", "Carl", "BOB"].map { try #require(Name($0)) }
        #expect(message.operation == .message(.standardInput, to: names))
        let packets = try (0..<2).map { _ in
            let request = try Invocation.Message.given([0x78]).privateMessage(to: names)
            return String(decoding: PacketWriter.request(request), as: UTF8.self)
        }
        #expect(packets[0].hasPrefix(#"["message",{"to":["bob","Carl"],"text":"x","id":"0"#))
        #expect(packets[0] != packets[1])
    }

    @Test(
        arguments: [
            ("everything", nil, "--new-token everything needs --expires, at most 90 days"),
            ("everything", "91d", "--expires must be at most 90 days for --new-token everything"),
            ("everything", "90d", nil), ("send", nil, nil), ("read:ops", "3650d", nil),
        ] as [(String, String?, String?)])
    func aTokensTimeDependsOnWhatItPermits(may: String, expires: String?, refusal: String?) {
        let options: Options = [(.newToken, may)] + (expires.map { [(.expires, $0)] } ?? []) + Self.user
        do {
            let token = try invocation(options, ["h", "1"])
            #expect(refusal == nil, "\(token.operation)")
        } catch {
            #expect(error as? ClientError == refusal.map { ClientError(.usage, $0) })
        }
    }

    @Test func aPrivateMessageIsNotEmpty() throws {
        let bob = try #require(Name("bob"))
        let error = #expect(throws: ClientError.self) { try Invocation.Message.given([]).privateMessage(to: [bob]) }
        #expect(error == ClientError(.refused, "the message is empty"))
    }

    @Test(
        arguments: [
            ([(.download, ""), (.inbox, "")] + user, .list(MessageList(.pending(marksRead: true)))),
            ([(.keep, ""), (.inbox, ""), (.download, "")] + user, .list(MessageList(.pending(marksRead: false)))),
            (
                [(.download, ""), (.inbox, ""), (.archive, ""), (.count, "5")] + user,
                .list(MessageList(.archive, count: 5))
            ),
            ([(.download, ""), (.sent, ""), (.json, "")] + user, .list(MessageList(.sent))),
            ([(.download, ""), (.inbox, ""), (.pendingCount, "")] + user, .pendingCount),
            ([(.signUp, "")] + user, .signUp),
            ([(.changePassword, ""), (.newPasswordFile, "new"), (.passwordFile, "old")] + user, .changePassword),
            ([(.directory, "")], .directory(.everybody)),
            ([(.block, "bob")] + user, .setBlocked(Name(stored: "bob"), true)),
            ([(.unblock, "bob")] + user, .setBlocked(Name(stored: "bob"), false)),
            ([(.blocked, ""), (.json, "")] + user, .blocked),
        ] as [(Options, Invocation.Operation)])
    func whatIsAskedForIsUnderstood(options: Options, expected: Invocation.Operation) throws {
        #expect(try invocation(options, ["h", "1"]).operation == expected)
    }

    @Test func oneNameIsAskedFor() throws {
        let ana = try #require(Name("ana"))
        #expect(try invocation([(.directory, "")], ["h", "1", "ana"]).operation == .directory(.one(ana)))
    }

    @Test(
        arguments: [
            ([(.upload, ""), (.recipients, "bob")], ["x"], "--to needs --user or a token"),
            ([(.download, ""), (.recipients, "bob")], [], "--to goes with -u only"),
            (
                [(.upload, ""), (.recipients, "")] + user, ["x"],
                "each name of --to must be 1 to 20 ASCII letters and digits, not empty"
            ),
            (
                [(.upload, ""), (.recipients, "bob,c d")] + user, ["x"],
                "each name of --to must be 1 to 20 ASCII letters and digits, not c d"
            ),
            (
                [(.upload, ""), (.recipients, Array(repeating: "a", count: 17).joined(separator: ","))] + user, ["x"],
                "--to takes at most 16 names"
            ),
            ([(.upload, ""), (.user, "a b")], ["x"], "--user must be 1 to 20 ASCII letters and digits, not a b"),
            ([(.download, ""), (.inbox, "")], [], "--inbox needs --user or a token"),
            ([(.download, ""), (.sent, "")], [], "--sent needs --user or a token"),
            ([(.download, ""), (.inbox, ""), (.pendingCount, "")], [], "--count needs --user or a token"),
            ([(.signUp, "")], [], "--signup needs --user"),
            ([(.changePassword, "")], [], "--passwd needs --user"),
            ([(.upload, ""), (.passwordFile, "f")], ["x"], "--password-file needs --user"),
            (
                [(.download, "")] + user, [],
                "--user goes with -u, --inbox, --sent, --signup, --passwd, --block, --unblock, --blocked, --new-token, --tokens or --remove-token only"
            ),
            ([(.download, ""), (.follow, "")] + user, [], "--user does not go with --follow"),
            (
                [(.directory, "")] + user, [],
                "--user goes with -u, --inbox, --sent, --signup, --passwd, --block, --unblock, --blocked, --new-token, --tokens or --remove-token only"
            ),
            ([(.download, ""), (.inbox, ""), (.sent, "")] + user, [], "--inbox and --sent exclude each other"),
            ([(.download, ""), (.inbox, ""), (.follow, "")] + user, [], "--inbox and --follow exclude each other"),
            (
                [(.download, ""), (.inbox, ""), (.archive, ""), (.keep, "")] + user, [],
                "--archive and --keep exclude each other"
            ),
            (
                [(.download, ""), (.inbox, ""), (.pendingCount, ""), (.archive, "")] + user, [],
                "--count and --archive exclude each other"
            ),
            ([(.download, ""), (.keep, "")], [], "--keep goes with --inbox only"),
            ([(.download, ""), (.sent, ""), (.archive, "")] + user, [], "--archive does not go with --sent"),
            ([(.upload, ""), (.inbox, "")] + user, ["x"], "--inbox goes with -d only"),
            ([(.download, ""), (.inbox, ""), (.maxAge, "1s")] + user, [], "--max-age does not go with --inbox"),
            (
                [(.download, ""), (.inbox, ""), (.pendingCount, ""), (.json, "")] + user, [],
                "--json does not go with --count"
            ),
            ([(.download, ""), (.inbox, "")] + user, ["#tag"], "too many arguments"),
            ([(.signUp, "")] + user, ["x"], "too many arguments"),
            (
                [(.signUp, ""), (.json, "")] + user, [],
                "--json goes with -u, -d, --who, --blocked, --new-token or --tokens only"
            ),
            ([(.signUp, ""), (.newPasswordFile, "f")] + user, [], "--new-password-file goes with --passwd only"),
            ([(.signUp, ""), (.changePassword, "")] + user, [], "--signup and --passwd exclude each other"),
            ([(.directory, ""), (.download, "")], [], "--who and -d exclude each other"),
            ([(.block, "bob")], [], "--block needs --user or a token"),
            ([(.blocked, "")], [], "--blocked needs --user or a token"),
            ([(.block, "a-b")] + user, [], "--block must be 1 to 20 ASCII letters and digits, not a-b"),
            ([(.block, "a"), (.unblock, "a")] + user, [], "--block and --unblock exclude each other"),
            (
                [(.unblock, "bob"), (.json, "")] + user, [],
                "--json goes with -u, -d, --who, --blocked, --new-token or --tokens only"
            ),
            ([(.directory, "")], ["a-b"], "NAME must be 1 to 20 ASCII letters and digits, not a-b"),
        ] as [(Options, [String], String)])
    func aMistakeIsNamed(options: Options, operands: [String], expected: String) {
        let error = #expect(throws: ClientError.self) { try invocation(options, ["h", "1"] + operands) }
        #expect(error == ClientError(.usage, expected))
    }
}
