import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// The program that the client runs for each tweet.
struct TweetCommandTests {
    private let tweet = WireTweet(
        sequence: 7, time: Timestamp(milliseconds: 0), author: "ada", text: "a $(touch x) `b` \"é\" #ops #c;d",
        tags: ["ops", "c"])

    /// Passes an executable script and its directory, and removes both afterwards.
    private func withScript(_ body: String, _ use: (_ script: String, _ directory: String) throws -> Void) throws {
        let directory = try TemporaryDirectory()
        try directory.write("#!/bin/sh\ncd '\(directory.path)'\n" + body, to: "script")
        let script = directory.file("script")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
        try withExtendedLifetime(directory) { try use(script, directory.path) }
    }

    private func command(_ name: String, _ environment: [String] = [], patience: Duration = .zero) -> TweetCommand {
        let all = (["PATH=/usr/bin:/bin"] + environment).map { Array($0.utf8) }
        return TweetCommand([Array(name.utf8)], host: "h", port: 13001, environment: all, patience: patience)
    }

    private func run(_ name: String, for tweet: WireTweet, reporter: Reporter) throws {
        var command = command(name)
        try command.run(for: tweet, reporter: reporter)
    }

    private func text(_ variables: [[UInt8]]) -> Set<String> {
        Set(variables.map { String(decoding: $0, as: UTF8.self) })
    }

    // MARK: The environment

    @Test func theTweetIsInTheEnvironment() {
        let variables = command("x", ["HOME=/h"]).environment(for: tweet)
        #expect(
            text(variables) == [
                "PATH=/usr/bin:/bin", "HOME=/h", "TTWEET_HOST=h", "TTWEET_PORT=13001", "TTWEET_SEQ=7",
                "TTWEET_TIME=1970-01-01T00:00:00.000Z", "TTWEET_AUTHOR=ada",
                "TTWEET_TEXT=a $(touch x) `b` \"é\" #ops #c;d", "TTWEET_TAGS=ops c",
            ])
    }

    @Test(arguments: [false, true]) func theEnvironmentSaysWhetherTheAuthorHadAnAccount(isByAccount: Bool) {
        let variables = command("x", ["TTWEET_ACCOUNT=forged"]).environment(
            for: WireTweet(author: "ada", isByAccount: isByAccount, text: "t"))
        #expect(text(variables).filter { $0.hasPrefix("TTWEET_ACCOUNT") } == (isByAccount ? ["TTWEET_ACCOUNT=1"] : []))
    }

    @Test func whatTheTweetDoesNotHaveIsNotThere() {
        let inherited = [
            "TTWEET_AUTHOR=bob", "TTWEET_ACCOUNT=1", "TTWEET_TIME=never", "TTWEET_SEQ=1", "TTWEET_TEXT=x",
            "TTWEET_PORT=1",
        ]
        let variables = text(command("x", inherited).environment(for: WireTweet(text: "t")))
        #expect(
            variables == [
                "PATH=/usr/bin:/bin", "TTWEET_HOST=h", "TTWEET_PORT=13001", "TTWEET_TEXT=t", "TTWEET_TAGS=",
            ])
    }

    @Test func noPasswordIsPassedOn() {
        let secrets = ["TTWEET_PASSWORD=correct horse", "TTWEET_NEW_PASSWORD=battery staple", "TTWEET_PASSWORDS=1"]
        let variables = text(command("x", secrets).environment(for: tweet))
        #expect(!variables.contains { $0.contains("horse") || $0.contains("staple") })
        #expect(variables.contains("TTWEET_PASSWORDS=1"))
    }

    @Test func aZeroDoesNotCutATextShort() {
        let variables = text(command("x").environment(for: WireTweet(text: "a\0b")))
        #expect(variables.contains(#"TTWEET_TEXT=a\u{0}b"#))
    }

    // MARK: Running

    @Test func theProgramRunsWithoutAShellAndIsWaitedFor() throws {
        try withScript("cat > input\nprintf %s \"$TTWEET_TEXT\" > text\nprintf %s \"$#\" > count\n") {
            script, directory in
            try run(script, for: tweet, reporter: Reporter(log: nil))
            func content(_ name: String) throws -> String {
                try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
            }
            #expect(try content("text") == tweet.text)
            #expect(try content("count") == "0")
            #expect(try content("input") == "")
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(Set(names) == ["script", "input", "text", "count"])
        }
    }

    @Test func theProgramInheritsTheStandardStreamsAlone() throws {
        let open = Descriptor(owning: csystem_open("/dev/null", O_RDONLY, 0))
        try withScript("ls /proc/self/fd > open\n") { script, directory in
            try run(script, for: tweet, reporter: Reporter(log: nil))
            let numbers = try String(contentsOfFile: directory + "/open", encoding: .utf8).split(separator: "\n")
            // The last number is the directory, which ls itself opens.
            #expect(numbers == ["0", "1", "2", "3"])
        }
        #expect(open.number > 2)
    }

    @Test func anEndThatIsNoSuccessIsReportedAndNothingMore() throws {
        try withScript("exit $TTWEET_TEXT\n") { script, directory in
            let log = directory + "/log"
            let reporter = Reporter(log: try ClientLog(path: log))
            try run(script, for: WireTweet(sequence: 7, text: "3"), reporter: reporter)
            try run(script, for: WireTweet(sequence: 8, text: "0"), reporter: reporter)
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines[0].hasSuffix("\(script) ended with exit code 3 for message 7"))
        }
        try withScript("kill -KILL $$\n") { script, directory in
            let log = directory + "/log"
            let reporter = Reporter(log: try ClientLog(path: log))
            try run(script, for: tweet, reporter: reporter)
            let line = try String(contentsOfFile: log, encoding: .utf8)
            #expect(line.hasSuffix("\(script) was ended by signal 9 for message 7\n"))
        }
    }

    @Test(arguments: ["/nowhere/at/all", "no-such-program-anywhere", "/dev/null", "true; true"])
    func whatCannotBeStartedIsAnError(name: String) {
        let error = #expect(throws: ClientError.self) {
            try run(name, for: tweet, reporter: Reporter(log: nil))
        }
        #expect(error?.exitCode == .usage)
        #expect(error?.text.hasPrefix("cannot start \(name) for message 7: ") == true)
    }

    @Test func whatCouldBeStartedOnceIsOnlyReportedLater() throws {
        try withScript("exit 0\n") { script, directory in
            let log = directory + "/log"
            let reporter = Reporter(log: try ClientLog(path: log))
            var command = command(script)
            try command.run(for: tweet, reporter: reporter)
            try FileManager.default.moveItem(atPath: script, toPath: script + "-written-anew")
            try command.run(for: WireTweet(sequence: 8, text: "x"), reporter: reporter)
            try FileManager.default.moveItem(atPath: script + "-written-anew", toPath: script)
            try command.run(for: WireTweet(sequence: 9, text: "x"), reporter: reporter)
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines.first?.contains("cannot start \(script) for message 8: ") == true)
        }
    }

    /// The program is replaced while a tweet comes: its run for that tweet is late, but not left out.
    @Test func whatIsBeingWrittenAnewIsWaitedFor() throws {
        try withScript("echo $TTWEET_TEXT >>ran\n") { script, directory in
            let log = directory + "/log"
            let reporter = Reporter(log: try ClientLog(path: log))
            var command = command(script, patience: .seconds(60))
            try command.run(for: WireTweet(sequence: 7, text: "one"), reporter: reporter)
            try FileManager.default.moveItem(atPath: script, toPath: script + "-old")
            let replacing = Thread {
                poll(nil, 0, 10)
                try? FileManager.default.moveItem(atPath: script + "-old", toPath: script)
            }
            replacing.start()
            try command.run(for: WireTweet(sequence: 8, text: "two"), reporter: reporter)
            #expect(try String(contentsOfFile: directory + "/ran", encoding: .utf8) == "one\ntwo\n")
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "")
        }
    }
}
