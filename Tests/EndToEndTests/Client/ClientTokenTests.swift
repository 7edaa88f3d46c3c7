import Foundation
import TestSupport
import Testing

/// Tokens, searches and the list of hashtags, on the command line.
@Suite(.ownThreads)
struct ClientTokenTests {
    private func token(_ server: ServerProcess, _ may: String, _ options: String...) throws -> String {
        let words = ["--new-token", may] + server.words(["-q"]) + options + ["--user", "ana"]
        let made = try run(.client, words, environment: ["TTWEET_PASSWORD": ServerProcess.password])
        guard made.exitCode == 0 else { throw HarnessError("no token: \(made.errors)") }
        return String(made.output.dropLast())
    }

    @Test func aTokenStandsForThePassword() throws {
        let server = try ServerProcess()
        try server.signUp("ana", "bob")
        let send = try token(server, "send", "--label", "backup")
        #expect(send.wholeMatch(of: /ttw_[0-9a-f]{32}/) != nil)
        let environment = ["TTWEET_TOKEN": send]
        #expect(try server.client("-u", "by token #ops", environment: environment).exitCode == 0)
        #expect(try server.client("-u", "psst", "--to", "bob", environment: environment).exitCode == 0)
        let found = try objects(server.download("--json").output)
        #expect(found.map { $0["author"] as? String } == ["ana"])
        #expect(found.map { $0["account"] as? Bool } == [true])
        let refused = try server.client("-d", "--inbox", environment: environment)
        #expect(refused.exitCode == 77)
        #expect(refused.errors.contains("the token does not permit that"))
        // The command line's name goes before the environment's token.
        #expect(try server.client(as: "bob", "-d", "--inbox", "-q").output == "psst\n")
    }

    @Test func aTokenOfAFileReadsAndFollowsItsHashtag() throws {
        let server = try ServerProcess()
        try server.signUp("ana")
        let secret = try token(server, "read:ops", "--expires", "1h")
        let file = server.directory.file("token")
        try Data((secret + "\n").utf8).write(to: URL(filePath: file))
        try #require(chmod(file, 0o600) == 0)
        #expect(try server.upload("one #ops").exitCode == 0)
        let read = try server.client("-d", "#ops", "-q", "--token-file", file)
        #expect(read.output == "one #ops\n")
        #expect(read.errors == "")
        let followed = try server.client("-d", "#ops", "--wait", "--since", "0", "-q", "--token-file", file)
        #expect(followed.output == "one #ops\n")
        #expect(try server.client("-d", "-q", "--token-file", file).exitCode == 77)
        try #require(chmod(file, 0o644) == 0)
        let warned = try server.client("-d", "#ops", "-q", "--token-file", file)
        #expect(warned.errors.contains("others can read the token file"))
    }

    @Test func tokensAreListedAndRemoved() throws {
        let server = try ServerProcess()
        try server.signUp("ana")
        let secret = try token(server, "send", "--label", "backup on db1")
        let list = try server.client(as: "ana", "--tokens")
        #expect(list.output.hasPrefix("3 send, backup on db1, since 20"))
        #expect(!list.output.contains(secret))
        let object = try #require(try objects(server.client(as: "ana", "--tokens", "--json").output).first)
        #expect(object["id"] as? Int == 3)
        #expect(object["label"] as? String == "backup on db1")
        let words = ["--remove-token", "3"] + server.words(["-q"]) + ["--user", "ana"]
        let environment = ["TTWEET_PASSWORD": ServerProcess.password]
        #expect(try run(.client, words, environment: environment).exitCode == 0)
        #expect(try run(.client, words, environment: environment).exitCode == 65)
        let gone = try server.client("-u", "x", environment: ["TTWEET_TOKEN": secret])
        #expect(gone.exitCode == 77)
        #expect(!gone.errors.contains(secret))
        let wrong = try server.client("-u", "x", environment: ["TTWEET_TOKEN": "my secret"])
        #expect(wrong.exitCode == 77)
        #expect(!wrong.errors.contains("my secret"))
    }

    @Test func wordsAndHashtagsAreFound() throws {
        let server = try ServerProcess()
        for text in ["backup of db1 done #ops", "東京都 #web", "backup of db2 #Ops"] {
            #expect(try server.upload(text).exitCode == 0)
        }
        #expect(
            try server.client("-d", "--search", "BACKUP", "-q").output
                == "backup of db2 #Ops\nbackup of db1 done #ops\n")
        #expect(try server.client("-d", "--search", "京都", "-q", "-n", "1").output == "東京都 #web\n")
        #expect(try server.client("-d", "--search", "nothing").output == "Transmission Successfull...\n")
        #expect(try server.client("-d", "--search", "!").exitCode == 64)
        let tags = try objects(server.client("-d", "--tags", "--json").output)
        #expect(tags.map { $0["tag"] as? String } == ["Ops", "web"])
        #expect(tags.map { $0["count"] as? Int } == [2, 1])
        #expect(try server.client("-d", "--tags", "-n", "1", "-q").output == "#Ops\n")
        #expect(try server.client("-d", "--tags", "-n", "1").output.hasPrefix("#Ops 2, last at 20"))
    }
}
