import CSystem
import Foundation
import TestSupport
import Testing

/// The data directory that the account commands change, and the files that they create there.
@Suite(.ownThreads) struct OperatorDirectoryTests {
    @Test(
        arguments: [
            (["--data", "here"], [:], "here"),
            (["13001"], [:], ".local/state/ttweet/13001"),
            (["--port", "13001"], [:], ".local/state/ttweet/13001"),
            ([], ["TTWEET_PORT": "13002"], ".local/state/ttweet/13002"),
            ([], ["TTWEET_DATA": "there"], "there"),
            (["--data", "here"], ["TTWEET_DATA": "there"], "here"),
            (["--config", "ours.conf"], [:], "configured"),
            // A command ignores wrong values that it does not need, so that an unattended backup does not fail.
            (
                ["--data", "here"],
                ["TTWEET_PORT": "banana", "TTWEET_LOG_MAX": "lots", "TTWEET_CONFIG": "/nowhere"], "here"
            ),
            ([], ["TTWEET_DATA": "there", "TTWEET_PORT": "banana", "TTWEET_CONFIG": "/nowhere"], "there"),
            (["13001"], ["TTWEET_LOG_MAX": "lots"], ".local/state/ttweet/13001"),
            (["13001"], ["XDG_STATE_HOME": "/proc/self/cwd/state"], "state/ttweet/13001"),
            ([], [:], ".local/state/ttweet/65432"),
        ] as [([String], [String: String], String)])
    func itIsTheOneOfTheServerWithTheSameOptions(
        arguments: [String], environment: [String: String], path: String
    ) throws {
        let directory = try TemporaryDirectory()
        try directory.write("data = configured\n", to: "ours.conf")
        let words = ["--add-account", "ana"] + arguments
        let result = try run(.server, words, input: "first horse\n", environment: environment, in: directory)
        let shown = path.hasPrefix(".local") ? "\(directory.path)/\(path)" : path
        let place = environment["XDG_STATE_HOME"].map { "\($0)/ttweet/13001" } ?? shown
        expectDone(result, "the account ana was added to a new store in \(place)")
        #expect(FileManager.default.fileExists(atPath: directory.file(path + "/store.sqlite")))
        let first = path.split(separator: "/").first.map(String.init) ?? ""
        #expect(directory.names == [first, "ours.conf"].sorted())
    }

    @Test(arguments: ["remove-account", "reset-password"]) func nothingIsMadeWhereThereIsNothing(option: String) throws
    {
        let directory = try TemporaryDirectory()
        for place in [["--data", "data"], ["--data", "a/b/data"], []] {
            let result = try run(.server, ["--\(option)", "ana"] + place, input: "first horse\n", in: directory)
            expectRefused(result, 67, "there is no account ana")
            #expect(directory.names == [])
        }
    }

    @Test func whatIsMadeIsPrivate() throws {
        let directory = try TemporaryDirectory()
        let words = ["sh", "-c", "umask 0; exec \"$@\"", "-", Program.server.path]
        let result = try run(
            words + ["--add-account", "ana", "--data", "a/data"], input: Array("first horse\n".utf8), in: directory)
        expectDone(result, "the account ana was added to a new store in a/data")
        for (path, mode) in [("a", 0o700), ("a/data", 0o700), ("a/data/store.sqlite", 0o600)] as [(String, mode_t)] {
            var status = stat()
            #expect(lstat(directory.file(path), &status) == 0 && status.st_mode & 0o7777 == mode, "\(path)")
        }
    }

    /// A socket's address holds about a hundred bytes, but a directory's path may be longer.
    @Test(arguments: [[120], [200, 150]]) func aDirectoryWithALongNameIsReachedWhetherAServerRunsOrNot(
        lengths: [Int]
    ) throws {
        let directory = try TemporaryDirectory()
        let data = lengths.map { String(repeating: "d", count: $0) }.joined(separator: "/")
        let change = { (words: [String], password: String) in
            try run(.server, ["--data", data] + words, input: password, in: directory)
        }
        expectDone(
            try change(["--add-account", "ana"], "first horse\n"), "the account ana was added to a new store in \(data)"
        )
        let server = try ServerProcess(data: data, in: directory)
        #expect(!server.log.contains("[ERROR]"))
        #expect(try server.client(as: "ana", "-u", "x", password: "first horse").exitCode == 0)
        expectDone(try change(["--add-account", "bob"], "second horse\n"), "the account bob was added")
        #expect(try server.client(as: "bob", "-u", "y", password: "second horse").exitCode == 0)
        let absolute = ["--data", directory.file(data), "--remove-account", "ana"]
        expectDone(try run(.server, absolute), "the account ana was removed")
        #expect(try server.client("--who").output == "bob offline\n")
        #expect(try server.stop() == .exit(0))
        #expect(!directory.names(below: data).contains("control"))
    }
    /// SQLite accepts paths of up to about 500 bytes.
    @Test func aDirectoryWhoseNameIsTooLongForAStoreIsRefusedWithThatReason() throws {
        let directory = try TemporaryDirectory()
        let data = Array(repeating: String(repeating: "d", count: 200), count: 3).joined(separator: "/")
        let result = try run(.server, ["--data", data, "--add-account", "ana"], input: "first horse\n", in: directory)
        expectRefused(result, 73, "the data directory \(data) cannot be used: File name too long")
    }
}
