import Foundation
import TestSupport
import Testing

/// `--signup`, `--passwd`, `--user` and `--who`.
@Suite(.ownThreads) struct ClientAccountTests {
    private static let done = "Transmission Successfull...\n"

    // MARK: Signing up

    @Test func anAccountIsMadeOnce() throws {
        let server = try ServerProcess()
        let made = try server.client(as: "Ana", "--signup")
        #expect(made.output == "signed up as Ana\n" + Self.done)
        #expect(made.errors == "")
        #expect(made.exitCode == 0)
        try server.awaitReports("SERVER [GENERAL] ")
        try server.awaitReports("Ana signed up from 127.0.0.1:")
        expectFailure(try server.client(as: "ANA", "--signup", password: "another one"), 77, "(name_taken)")
        expectFailure(try server.client(as: "Server", "--signup"), 77, "(name_taken)")
        #expect(try server.client(as: "bob", "--signup", "-q").output == "")
        #expect(try server.client("--who", "-q").output == "Ana\nbob\n")
    }

    @Test func aPasswordHasItsLength() throws {
        let server = try ServerProcess()
        for password in ["7 bytes", String(repeating: "x", count: 129)] {
            expectFailure(
                try server.client(as: "ana", "--signup", password: password), 65,
                "a password has 8 to 128 bytes of UTF-8")
        }
        #expect(try server.client("--who").output == "")
        let longest = String(repeating: "é", count: 64)
        #expect(try server.client(as: "ana", "--signup", password: longest).exitCode == 0)
        #expect(try server.client(as: "ana", "-u", "x", password: longest).exitCode == 0)
    }

    @Test func anAccountSurvivesAKill() throws {
        let first = try ServerProcess()
        try first.signUp("ana")
        try first.kill()
        let second = try ServerProcess(in: first.directory)
        #expect(try second.client(as: "ana", "-u", "still me").exitCode == 0)
    }

    // MARK: Changing the password

    @Test func theOldPasswordNoLongerWorksOnceItIsChanged() throws {
        let server = try ServerProcess()
        try server.signUp("ana")
        let changed = try server.client(
            "--passwd", "--user", "ana",
            environment: ["TTWEET_PASSWORD": ServerProcess.password, "TTWEET_NEW_PASSWORD": "a new horse"])
        #expect(changed.output == "the password of ana is changed\n" + Self.done)
        #expect(changed.errors == "")
        expectFailure(try server.client(as: "ana", "-u", "x"), 77, "(wrong_password)")
        #expect(try server.client(as: "ana", "-u", "x", password: "a new horse").exitCode == 0)
        try server.awaitReports("ana changed the password from 127.0.0.1:")
    }

    @Test func aPasswordIsChangedByItsOwnerAlone() throws {
        let server = try ServerProcess()
        try server.signUp("ana", "bob")
        for (name, old) in [("ana", "a wrong horse"), ("zoe", ServerProcess.password)] {
            let result = try server.client(
                "--passwd", "--user", name,
                environment: ["TTWEET_PASSWORD": old, "TTWEET_NEW_PASSWORD": "a new horse"])
            expectFailure(result, 77, "(wrong_password)")
        }
        let short = ["TTWEET_PASSWORD": ServerProcess.password, "TTWEET_NEW_PASSWORD": "short"]
        expectFailure(try server.client("--passwd", "--user", "ana", environment: short), 65, "a password has 8 to 128")
        #expect(try server.client(as: "ana", "-u", "x").exitCode == 0)
    }

    // MARK: Uploading with an account

    @Test func anUploadBearsTheNameAsItIsSpelledInTheAccount() throws {
        let server = try ServerProcess()
        try server.signUp("Ana")
        #expect(try server.client(as: "ana", "-u", "from me #x").output == Self.done)
        let answer = try objects(try server.client(as: "ANA", "-u", "and again", "--json").output)
        #expect(answer.map { $0["author"] as? String } == ["Ana"])
        #expect(try server.upload("from nobody").exitCode == 0)
        let tweets = try objects(try server.download("-n", "9", "--json").output)
        #expect(tweets.map { $0["text"] as? String } == ["from me #x", "and again", "from nobody"])
        #expect(tweets.map { $0["author"] as? String } == ["Ana", "Ana", nil])
        try server.awaitReports("received from Ana at 127.0.0.1:", count: 2)
    }

    @Test func aWrongPasswordUploadsNothing() throws {
        let server = try ServerProcess()
        try server.signUp("ana")
        expectFailure(try server.client(as: "ana", "-u", "forged", password: "a wrong horse"), 77, "(wrong_password)")
        expectFailure(try server.client(as: "ana", "-u", "forged", password: "short"), 77, "is wrong")
        // An unknown user gets the same answer.
        expectFailure(try server.client(as: "zoe", "-u", "forged"), 77, "(wrong_password)")
        #expect(try server.download("-n", "9", "-q").output == "Empty Message\n")
        #expect(!server.log.contains("forged"))
    }

    // MARK: The directory

    @Test func theDirectoryHasEveryNameWithItsStatus() throws {
        let server = try ServerProcess()
        #expect(try server.client("--who").output == "")
        try server.signUp("bob", "Ana", "cy")
        let guest = try server.connect()
        let here = try server.connect(as: "cy")
        for (client, request) in [(here, #"["join",""]"#), (guest, #"["name","Gus"]"#), (guest, #"["join",""]"#)] {
            #expect(try client.request(request)?.hasPrefix(#"["ok""#) == true)
        }
        let lines = try server.client("--who").output.split(separator: "\n").sorted()
        #expect(lines == ["Ana offline", "bob offline", "cy online", "~Gus online"])
        #expect(try guest.request(#"["away",""]"#)?.hasPrefix(#"["ok""#) == true)
        let away = try server.client("--who", "gus").output
        #expect(away.wholeMatch(of: /~Gus away since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\n/) != nil, "\(away)")
        let people = try objects(try server.client("--who", "--json").output)
        for person in people { #expect(Set(person.keys) == ["name", "status", "since", "account"]) }
        let accounts = people.filter { $0["account"] as? Bool == true }.compactMap { $0["name"] as? String }
        #expect(accounts.sorted() == ["Ana", "bob", "cy"])
    }

    @Test func oneMayAskForOneName() throws {
        let server = try ServerProcess()
        try server.signUp("Ana")
        #expect(try server.client("--who", "ana").output == "Ana offline\n")
        #expect(try server.client("--who", "ANA", "-q").output == "Ana\n")
        expectFailure(try server.client("--who", "zoe"), 67, "there is nobody called zoe (no_such_name)")
        expectFailure(try server.client("--who", "a b"), 64, "NAME must be 1 to 20 ASCII letters and digits, not a b")
    }

    @Test func whoIsHiddenIsNotThere() throws {
        let server = try ServerProcess()
        try server.signUp("ana", "bob")
        let ana = try server.connect(as: "ana")
        for request in [#"["join",""]"#, #"["hide",""]"#] {
            #expect(try ana.request(request)?.hasPrefix(#"["ok""#) == true)
        }
        #expect(try server.client("--who").output == "bob offline\n")
        expectFailure(try server.client("--who", "ana"), 67, "there is nobody called ana (no_such_name)")
    }
}
