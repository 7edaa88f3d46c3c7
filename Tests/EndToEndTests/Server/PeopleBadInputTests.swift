import Foundation
import TestSupport
import Testing
import TweetWire

/// Wrong bodies for every operation: each gets an error, the connection stays open and nothing changes.
@Suite(.ownThreads) struct PeopleBadInputTests {
    /// Bodies that are wrong for an operation, whichever client sends them.
    private static func wrongBodies(_ operation: String) -> [String] {
        let common = [
            "7", "null", "true", "[]", #"["a"]"#, #"{"colour":"red"}"#, #"{"a":{"b":{}}}"#, #"{"":""}"#, #""\u0000""#,
            #"" ""#, #"{"name":"ana","name":"ana"}"#,
        ]
        switch operation {
        case "u": return Array(common.dropLast(2)) + [#"{"text":"a","author":7}"#, #"{"text":"a","author":"no way"}"#]
        case "d": return common + [#"{"count":true}"#]
        case "follow":
            return common + [
                #"{"since":-1}"#, #"{"count":0}"#, #"{"count":1001}"#, #"{"since":1,"count":1}"#, #"{"tag":"a b"}"#,
                #"{"since":"1"}"#, #"{"tag":7}"#, #"{"since":1.0}"#, #"{"since":9223372036854775808}"#,
            ]
        case "tags":
            return common + [
                #""x""#, #"{"count":0}"#, #"{"count":1001}"#, #"{"count":-1}"#, #"{"count":"1"}"#, #"{"tag":"a"}"#,
            ]
        case "unfollow": return common + ["{}", ###""##""###]
        case "name", "block", "unblock", "remove_account":
            return common + [#""""#, "{}", #""a-b""#, #""abcdefghijklmnopqrstu""#]
        case "signup", "login", "add_account", "reset_password":
            return common + [
                #""""#, "{}", #"{"name":"ana"}"#, #"{"password":"12345678"}"#, #"{"name":7,"password":"12345678"}"#,
                #"{"name":"ana","password":12345678}"#, #"{"name":"a b","password":"12345678"}"#,
                #"{"name":"ana","password":["12345678"]}"#, #"{"name":"ana","password":"1234567"}"#,
                #"{"name":"ana","password":null}"#, #"{"name":"ana","password":"12345678","admin":true}"#,
            ]
        case "passwd":
            return common + [
                #""""#, "{}", #"{"old":"12345678"}"#, #"{"new":"12345678"}"#, #"{"old":"12345678","new":7}"#,
                #"{"old":"12345678","new":"1234567"}"#, #"{"old":"1","new":"12345678"}"#,
            ]
        case "who": return common + [#"{"here":"yes"}"#, #"{"here":1}"#, #"{"here":null}"#, #""a b""#]
        case "message":
            return common + [
                #""""#, "{}", #"{"to":"bob"}"#, #"{"text":"x"}"#, #"{"to":[],"text":"x"}"#, #"{"to":7,"text":"x"}"#,
                #"{"to":["bob",7],"text":"x"}"#, #"{"to":[["bob"]],"text":"x"}"#, #"{"to":"","text":"x"}"#,
                #"{"to":"bob","text":""}"#, #"{"to":"bob","text":7}"#, #"{"to":"bob","text":"x","id":""}"#,
                #"{"to":"bob","text":"x","id":7}"#, #"{"to":"bob","text":"x","from":"eva"}"#,
            ]
        case "inbox", "sent":
            return common + [
                #"{"count":0}"#, #"{"count":1001}"#, #"{"since":-1}"#, #"{"archive":"yes"}"#, #"{"archive":1}"#,
                #""x""#,
            ] + (operation == "sent" ? [#"{"archive":true}"#] : [])
        case "read":
            return common + [
                #""""#, "{}", #"{"seqs":[]}"#, #"{"seqs":7}"#, #"{"seqs":["7"]}"#, #"{"seqs":[1.5]}"#,
                #"{"seqs":[7,null]}"#, "{\"seqs\":[\((0...400).map(String.init).joined(separator: ","))]}",
            ]
        default: return common + ["{}", #""x""#]
        }
    }

    private static let refusals = [
        "not_packet", "bad_body", "bad_name", "bad_password", "wrong_password",
        "forbidden_character",
    ]

    @Test(arguments: TweetWire.Operation.allCases.map(\.rawValue))
    func aWrongBodyIsRefusedAndNothingIsDone(operation: String) throws {
        let server = try ServerProcess()
        _ = try server.account("bob")
        let account = try server.account("eva")
        try account.askOK(#"["join",""]"#)
        let guest = try server.guest("guest")
        for client in [try server.connect(), guest, account, try server.connectAsOperator()] {
            for body in Self.wrongBodies(operation) {
                let answer = try client.ask("[\"\(operation)\",\(body)]")
                #expect(answer.operation == "error", "\(operation) \(body): \(answer.line)")
                #expect(Self.refusals.contains(answer.word), "\(operation) \(body): \(answer.line)")
            }
            #expect(try client.ask(#"["d",""]"#).text == "Empty Message", "the connection goes on")
        }
        #expect(try guest.list(#"["who",""]"#).map(\.name) == ["eva", "guest", "bob"])
        #expect(try server.login("bob").list(#"["inbox",""]"#).isEmpty)
    }

    @Test func aWordThatIsNoOperationIsRefused() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        for word in [
            "U", "Follow", "follow ", "joined", "left", "lagged", "tweet", "ok", "part", "error", "add-account",
        ] {
            #expect(try client.ask("[\"\(word)\",\"\"]").word == "unknown_operation")
        }
    }

    /// A login that is cut off anywhere logs nobody in and reveals nothing.
    @Test func aLogInThatIsCutAtAnyByteIsNone() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let line = Array(TestConnection.credentials("login", "ana", "correct horse").utf8)
        for end in 0...line.count {
            let client = try server.connect()
            try client.send(Array(line[..<end]))
            client.finishSending()
            let answer = try client.readLine()
            #expect(answer?.contains("\"incomplete\"") == (end == 0 ? nil : true), "cut at \(end)")
            #expect(try client.readLine() == nil)
        }
        #expect(!server.reports.contains { $0.contains("logged in") })
        #expect(!server.reports.joined().contains("correct"))
        try server.login("ana").close()
    }

    /// A login may arrive in two pieces, wherever it is cut.
    @Test func aLogInInTwoPiecesIsUnderstood() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let line = Array((TestConnection.credentials("login", "ana", "correct horse") + "\n").utf8)
        for cut in stride(from: 1, to: line.count, by: 9) {
            let client = try server.connect()
            try client.send(Array(line[..<cut]))
            // The server has read the first piece once it answers another connection.
            try server.connect().askOK(#"["d",""]"#)
            try client.send(Array(line[cut...]))
            #expect(try client.next().line == #"["ok",{"name":"ana","pending":0}]"#)
        }
    }

    @Test func whatIsSecretIsInNoReportOfWhatWasWrong() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        _ = try server.account("bob")
        let secret = "TopSecret"
        for line in [
            "[\"login\",{\"name\":\"ana\",\"password\":\"\(secret)\",\"x\":1}]",
            "[\"login\",{\"name\":\"a b\",\"password\":\"\(secret)\"}]",
            "[\"signup\",{\"name\":\"ana\",\"password\":\"\(secret)\"}]",
            "[\"signup\",[\"\(secret)\"]]", "[\"passwd\",\"\(secret)\"]",
            "[\"passwd\",{\"old\":\"\(secret)\",\"new\":\"short\"}]",
            "[\"message\",{\"to\":\"bob\",\"text\":\"\(secret)\\u0007\"}]",
            "[\"message\",{\"to\":\"ana\",\"text\":\"\(secret)\"}]",
            "[\"message\",{\"to\":\"nobody\",\"text\":\"\(secret)\"}]",
            "[\"message\",{\"to\":\"bob\",\"text\":\"\(secret)\(String(repeating: "x", count: 150))\"}]",
            "[\"message\",{\"to\":\"bob\",\"text\":\"\(secret)\",\"id\":\"\"}]",
        ] { #expect(try ana.ask(line).operation == "error") }
        try ana.askOK("[\"message\",{\"to\":\"bob\",\"text\":\"\(secret)\"}]")
        let broken = try server.connect()
        try broken.send("[\"login\",{\"name\":\"ana\",\"password\":\"\(secret)\"}\n")
        #expect(try broken.next().word == "not_json")
        try server.awaitReports("was refused", count: 12)
        #expect(!server.reports.joined().contains(secret))
        try server.stop()
        #expect(!server.log.contains(secret))
    }
}
