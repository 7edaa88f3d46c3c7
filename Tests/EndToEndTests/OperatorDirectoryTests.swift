import CSystem
import Foundation
import Testing

/// Which data directory the commands for accounts change, and what they make there.
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

    /// The address of a socket takes a hundred bytes, a directory's name more.
    @Test func aDirectoryWithALongNameIsChangedWhileNoServerRuns() throws {
        let directory = try TemporaryDirectory()
        let data = String(repeating: "d", count: 120)
        let words = ["--data", data, "--add-account"]
        expectDone(
            try run(.server, words + ["ana"], input: "first horse\n", in: directory),
            "the account ana was added to a new store in \(data)")
        // The server calls it by a shorter name, and has its lock all the same.
        #expect(symlink(data, directory.file("short")) == 0)
        let server = try ServerProcess(data: "short", in: directory)
        #expect(try server.client(as: "ana", "-u", "x", password: "first horse").exitCode == 0)
        expectRefused(
            try run(.server, words + ["bob"], input: "first horse\n", in: directory), 75,
            "the data directory \(data) is in use by another server")
        #expect(try server.client("--who").output == "ana offline\n")
    }
}
