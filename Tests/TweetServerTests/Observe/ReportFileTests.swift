import CSystem
import Foundation
import TestSupport
import Testing
import TweetSystem

@testable import TweetServer

/// The destination of reports: opening, rotating and sharing the file.
struct ReportFileTests {
    let directory = try? TemporaryDirectory()

    private func log() throws -> TemporaryDirectory {
        try #require(directory)
    }

    // MARK: Opening

    @Test func theFileIsMadeForItsOwnerAndGroup() throws {
        let directory = try log()
        _ = try directory.open()
        var status = stat()
        #expect(stat(directory.log, &status) == 0)
        // The umask of the test run removes permissions too.
        let mask = umask(0)
        umask(mask)
        #expect(status.st_mode & 0o7777 == 0o640 & ~mask)
    }

    @Test func reportsAreAppendedToWhatIsThere() throws {
        let directory = try log()
        try directory.write("before\n")
        let file = try directory.open()
        file.append("after\n")
        #expect(directory.content() == "before\nafter\n")
    }

    @Test func aLinkIsNotFollowed() throws {
        let directory = try log()
        try directory.write("precious\n", to: "target")
        #expect(symlink(directory.path + "/target", directory.log) == 0)
        let error = #expect(throws: Errno.self) { try directory.open() }
        #expect(error == Errno(code: ELOOP))
        #expect(directory.content("target") == "precious\n")
    }

    @Test func aLinkThatComesLaterIsNotFollowedEither() throws {
        let directory = try log()
        let file = try directory.open()
        try directory.write("precious\n", to: "target")
        #expect(unlink(directory.log) == 0 && symlink(directory.path + "/target", directory.log) == 0)
        file.reopen()
        file.append("report\n")
        #expect(directory.content("target") == "precious\n")
    }

    @Test func aPipeThatNobodyReadsIsNotWaitedFor() throws {
        let directory = try log()
        #expect(mkfifo(directory.log, 0o600) == 0)
        let error = #expect(throws: Errno.self) { try directory.open() }
        #expect(error == Errno(code: ENXIO))
    }

    @Test func aDirectoryThatIsNotThereIsAnError() throws {
        let path = try log().path + "/missing/log"
        let error = #expect(throws: Errno.self) { try ReportFile(path: path, maximumBytes: 1, keep: 1) }
        #expect(error == Errno(code: ENOENT))
    }

    // MARK: Rotating

    @Test func aNewSessionMovesTheOldReportsAway() throws {
        let directory = try log()
        try directory.write("old\n")
        let file = try directory.open()
        file.beginSession()
        file.append("new\n")
        #expect(directory.names == ["log", "log.1"])
        #expect(directory.content() == "new\n")
        #expect(directory.content("log.1") == "old\n")
    }

    @Test func earlierSessionsFillTheFirstRotatedLogBeforeAnythingIsEvicted() throws {
        let directory = try log()
        for number in 1...50 {
            let file = try directory.open(maximumBytes: 100, keep: 3)
            file.beginSession()
            file.append("session \(number)\n")
            #expect(directory.content() == "session \(number)\n")
            _ = consume file
        }
        let kept = ["log.3", "log.2", "log.1", "log"].compactMap { directory.content($0) }
        #expect(kept.allSatisfy { $0.utf8.count <= 100 })
        let numbers = kept.joined().split(separator: "\n").compactMap { Int($0.dropFirst("session ".count)) }
        // Nine sessions of eleven bytes each fill a file of a hundred bytes.
        #expect(numbers == Array(28...50))
    }

    @Test func aSessionThatDoesNotFitIntoTheFirstRotatedLogBecomesIt() throws {
        let directory = try log()
        try directory.write("old\n", to: "log.1")
        try directory.write("longer than what is left\n")
        let file = try directory.open(maximumBytes: 26)
        file.beginSession()
        #expect(directory.content("log.2") == "old\n")
        #expect(directory.content("log.1") == "longer than what is left\n")
        #expect(directory.content() == "")
    }

    /// If a process is killed within a line, the next session must not continue that line.
    @Test func aLineThatWasCutShortIsEndedInTheRotatedLog() throws {
        let directory = try log()
        try directory.write("cut sho", to: "log.1")
        try directory.write("whole\n")
        try directory.open().beginSession()
        #expect(directory.content("log.1") == "cut sho\nwhole\n")
    }

    /// A program that follows the log by its name reads the old file to its end, and the new one from its start.
    @Test func theLogOfANewSessionIsAnotherFile() throws {
        let directory = try log()
        try directory.write("first\n", to: "log.1")
        try directory.write("second\n")
        let follower = try Descriptor.open(directory.log, O_RDONLY)
        let file = try directory.open()
        file.beginSession()
        file.append("third\n")
        #expect(try Descriptor.readAll(from: follower.number, atMost: 100) == Array("second\n".utf8))
        #expect(directory.content("log.1") == "first\nsecond\n")
        #expect(directory.content() == "third\n")
    }

    /// The server does not write to a link, a directory or a pipe in place of the rotated log.
    @Test(arguments: ["link", "pipe"]) func aRotatedLogThatIsNoFileIsReplaced(kind: String) throws {
        let directory = try log()
        try directory.write("precious\n", to: "target")
        if kind == "link" {
            #expect(symlink(directory.path + "/target", directory.log + ".1") == 0)
        } else {
            #expect(mkfifo(directory.log + ".1", 0o600) == 0)
        }
        try directory.write("session\n")
        try directory.open().beginSession()
        #expect(directory.content("target") == "precious\n")
        #expect(directory.content("log.1") == "session\n")
    }

    @Test func withoutRotatedLogsAnEarlierSessionGoes() throws {
        let directory = try log()
        try directory.write("old\n")
        let file = try directory.open(keep: 0)
        file.beginSession()
        file.append("new\n")
        #expect(directory.names == ["log"])
        #expect(directory.content() == "new\n")
    }

    /// Logrotate's copytruncate shortens the log like this.
    @Test func aLogThatAnotherProgramHasMadeShorterIsNotRotatedEarly() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 20)
        file.append("line 1\nline 2\n")
        #expect(truncate(directory.log, 0) == 0)
        file.append("line 3\nline 4\n")
        #expect(directory.names == ["log"])
        #expect(directory.content() == "line 3\nline 4\n")
        file.append("line 5\n")
        #expect(directory.content("log.1") == "line 3\nline 4\n")
    }

    @Test func anEmptyLogIsNotMovedAway() throws {
        let directory = try log()
        try directory.write("")
        try directory.open().beginSession()
        #expect(directory.names == ["log"])
    }

    @Test func aFullFileIsRotatedBetweenLines() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 20, keep: 9)
        file.append("line 1\nline 2\nline 3\nline 4\nline 5\n")
        #expect(directory.content("log.2") == "line 1\nline 2\n")
        #expect(directory.content("log.1") == "line 3\nline 4\n")
        #expect(directory.content() == "line 5\n")
    }

    @Test func aFileOfExactlyTheSizeIsNotRotatedYet() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 14)
        file.append("line 1\nline 2\n")
        #expect(directory.names == ["log"])
        file.append("line 3\n")
        #expect(directory.content("log.1") == "line 1\nline 2\n")
        #expect(directory.content() == "line 3\n")
    }

    @Test func aLineLongerThanAFileGetsOneOfItsOwn() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 10, keep: 9)
        file.append("a\na line that is too long\nb\n")
        #expect(directory.content("log.2") == "a\n")
        #expect(directory.content("log.1") == "a line that is too long\n")
        #expect(directory.content() == "b\n")
    }

    @Test(arguments: 0...3)
    func atMostSoManyRotatedFilesStay(keep: Int) throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 7, keep: keep)
        for number in 1...9 { file.append("line \(number)\n") }
        #expect(directory.content() == "line 9\n")
        #expect(directory.names == ["log"] + (0..<keep).map { "log.\($0 + 1)" })
        for index in 0..<keep { #expect(directory.content("log.\(index + 1)") == "line \(8 - index)\n") }
    }

    @Test func whateverPiecesTheReportsComeInNoLineIsCutOrLost() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 100, keep: 1000)
        let lines = (0..<500).map { "line \($0) \(String(repeating: "x", count: $0 * 7 % 90))\n" }
        var index = 0
        while index < lines.count {
            let count = min(1 + index % 17, lines.count - index)
            file.append(lines[index..<index + count].joined())
            index += count
        }
        let rotated = directory.names.count - 1
        let contents =
            (1...rotated).reversed().compactMap { directory.content("log.\($0)") } + [directory.content() ?? ""]
        #expect(contents.joined() == lines.joined())
        #expect(contents.allSatisfy { $0.hasSuffix("\n") && $0.utf8.count <= 100 })
    }

    @Test func aLogThatWasDeletedIsMadeAgainAtTheNextRotation() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 14)
        file.append("line 1\n")
        #expect(unlink(directory.log) == 0)
        file.append("line 2\nline 3\n")
        #expect(directory.content() == "line 3\n")
    }

    /// A rename between two names of one file does nothing, so the log would never get shorter.
    @Test func aLogThatIsAlsoItsFirstRotatedLogIsRotatedOnce() throws {
        let directory = try log()
        try directory.write("line 1\nline 2\n")
        #expect(link(directory.log, directory.log + ".1") == 0)
        let file = try directory.open(maximumBytes: 20)
        file.append("line 3\nline 4\n")
        #expect(directory.names == ["log", "log.1"])
        #expect(directory.content("log.1") == "line 1\nline 2\n")
        #expect(directory.content() == "line 3\nline 4\n")
    }

    /// Appending the log to itself would never end.
    @Test func aSessionWhoseLogIsAlsoItsFirstRotatedLogBeginsWithAnEmptyOne() throws {
        let directory = try log()
        try directory.write("old\n")
        #expect(link(directory.log, directory.log + ".1") == 0)
        let file = try directory.open()
        file.beginSession()
        file.append("new\n")
        #expect(directory.content("log.1") == "old\n")
        #expect(directory.content() == "new\n")
    }

    @Test func olderLogsThatAreOneFileAreRotatedAsUsual() throws {
        let directory = try log()
        try directory.write("old\n", to: "log.1")
        #expect(link(directory.log + ".1", directory.log + ".2") == 0)
        let file = try directory.open(maximumBytes: 7, keep: 3)
        file.append("line 1\nline 2\nline 3\n")
        #expect(directory.content() == "line 3\n")
        #expect(directory.content("log.1") == "line 2\n")
        #expect(directory.content("log.2") == "line 1\n")
        #expect(directory.content("log.3") == "old\n")
    }

    /// The log goes on under its name up to twice its size, and then counts what it cannot keep.
    @Test func aLogThatCannotBeRotatedKeepsItsNameAndABound() throws {
        let directory = try log()
        let inTheWay = directory.log + ".1"
        #expect(mkdir(inTheWay, 0o700) == 0)
        try directory.write("x", to: "log.1/x")
        try directory.write("older\n", to: "log.2")
        let file = try directory.open(maximumBytes: 14, keep: 2)
        for number in 1...9 { file.append("line \(number)\n") }
        #expect(directory.content() == (1...4).map { "line \($0)\n" }.joined())
        #expect(directory.names == ["log", "log.1", "log.2"])
        #expect(directory.content("log.2") == "older\n")
        #expect(unlink(inTheWay + "/x") == 0 && rmdir(inTheWay) == 0)
        file.append("line 10\n")
        #expect(directory.content("log.1")?.contains("5 reports were lost: ") == true)
        #expect(directory.content("log.2") == (1...4).map { "line \($0)\n" }.joined())
        #expect(directory.content() == "line 10\n")
    }

    // MARK: Reopening and sharing

    /// Logrotate's `create` without a signal: the new file is not rotated away because the old one is full.
    @Test func aFullFileThatWasReplacedIsFollowedAndNotRotated() throws {
        let directory = try log()
        let file = try directory.open(maximumBytes: 14)
        file.append("line 1\nline 2\n")
        #expect(rename(directory.log, directory.path + "/moved") == 0)
        try directory.write("other\n")
        file.append("line 3\n")
        #expect(directory.names == ["log", "moved"])
        #expect(directory.content() == "other\nline 3\n")
    }

    /// A server that looks at the file before a rotation and locks it afterwards holds the lock of a rotated file.
    @Test func theLockOfARotatedFileIsNotThatOfTheLog() throws {
        let directory = try log()
        let first = try directory.open(maximumBytes: 14)
        let second = try directory.open(maximumBytes: 14)
        first.append("line 1\nline 2\nline 3\n")
        for number in 4...7 { second.append("line \(number)\n") }
        #expect(second.isShared)
        #expect(directory.content("log.1") == "line 1\nline 2\n")
        #expect(directory.content() == (3...7).map { "line \($0)\n" }.joined())
        withExtendedLifetime(first) {}
    }

    /// While one server rotates, the path is free, and the file that another one has just made may lose its name.
    @Test func aFileWithoutANameIsNotTheLog() throws {
        let directory = try log()
        let descriptor = try Descriptor.openLog(directory.log)
        #expect(!ReportFile.look(at: descriptor, directory.log).isShared)
        #expect(rename(directory.log, directory.path + "/moved") == 0)
        #expect(!ReportFile.look(at: descriptor, directory.log).isShared, "it can still be read")
        #expect(unlink(directory.path + "/moved") == 0)
        #expect(ReportFile.look(at: descriptor, directory.log).isShared)
    }

    /// Each line of each server is in exactly one file.
    @Test func serversThatShareALogUnderLoadLoseNoLine() throws {
        let directory = try log()
        let (servers, count, bound) = (3, 1500, 2000)
        let done = Monitor(0)
        for server in 0..<servers {
            Thread.detachNewThread { [path = directory.log] in
                let file = try? ReportFile(path: path, maximumBytes: bound, keep: 1000)
                for number in 0..<count { file?.append("server \(server) line \(number)\n") }
                done.access { $0 += 1 }
            }
        }
        try #require(done.wait { $0 == servers ? true : nil } == true)
        let logs = directory.names.compactMap { directory.content($0) }
        let lines = logs.joined().split(separator: "\n").map(String.init)
        let expected = (0..<servers).flatMap { server in (0..<count).map { "server \(server) line \($0)" } }
        let missing = Set(expected).subtracting(lines)
        #expect(missing == [])
        #expect(lines.count == expected.count)
        // The server that may rotate may be slow, and the others' lines go on meanwhile.
        #expect(logs.count > 3)
        #expect(!directory.names.contains("log.new"))
    }

    @Test func afterARenameReopeningMakesTheFileAgain() throws {
        let directory = try log()
        let file = try directory.open()
        file.append("one\n")
        #expect(rename(directory.log, directory.path + "/moved") == 0)
        file.append("two\n")
        file.reopen()
        file.append("three\n")
        #expect(directory.content("moved") == "one\ntwo\n")
        #expect(directory.content() == "three\n")
    }

    @Test func whereReopeningFailsTheOldFileGoesOn() throws {
        let directory = try log()
        let file = try directory.open()
        #expect(rename(directory.log, directory.path + "/moved") == 0 && mkdir(directory.log, 0o700) == 0)
        file.reopen()
        file.append("report\n")
        #expect(directory.content("moved") == "report\n")
    }

    @Test func aFileOfAnotherServerIsNotRotated() throws {
        let directory = try log()
        let first = try directory.open(maximumBytes: 10)
        first.append("first\n")
        let second = try directory.open(maximumBytes: 10)
        #expect(!first.isShared)
        #expect(second.isShared)
        second.beginSession()
        second.append("second\nsecond\n")
        #expect(directory.names == ["log"])
        #expect(directory.content() == "first\nsecond\nsecond\n")
    }

    @Test func whoSharesAFileFollowsItsRotation() throws {
        let directory = try log()
        let first = try directory.open(maximumBytes: 10)
        let second = try directory.open(maximumBytes: 10)
        first.append("first\n")
        second.append("2\n")
        first.append("first again\n")
        second.append("3\n")
        #expect(directory.content("log.1") == "first\n2\n")
        #expect(directory.content() == "first again\n3\n")
    }

    @Test func whoSharedAFileRotatesItOnceTheOtherHasGone() throws {
        let directory = try log()
        var first: ReportFile? = try directory.open(maximumBytes: 10)
        let second = try directory.open(maximumBytes: 10)
        first?.append("first\n")
        first = nil
        second.append("second\n")
        second.append("third\n")
        #expect(directory.content("log.2") == "first\n")
        #expect(directory.content("log.1") == "second\n")
        #expect(directory.content() == "third\n")
        withExtendedLifetime(first) {}
    }
}
