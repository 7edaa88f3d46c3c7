import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel
import TweetSystem

@testable import TweetServer

/// A full disk and a standard output without a reader: the server counts the lost reports, and says how many.
struct ReportLossTests {
    /// The pattern of the report that counts the lost reports.
    private static var lost: Regex<(Substring, Substring, Substring)> {
        /SERVER \[ERROR\] \S{24} (\d+) reports were lost: (.*)\n/
    }

    // MARK: Full disks

    @Test func aFullDeviceCostsReportsAndNothingElse() throws {
        let file = try ReportFile(path: "/dev/full", maximumBytes: 1000, keep: 1)
        for _ in 0..<3 { file.append("a\nb\n") }
        #expect(file.isShared, "a device is nothing to rotate")
    }

    /// A named pipe without a reader stands in for the disk: it takes a limited number of bytes until it is read.
    @Test func whatWasLostIsToldOnceWritingWorksAgain() throws {
        let directory = try TemporaryDirectory()
        let pipe = try Pipe(named: directory.log)
        let file = try directory.open()
        let line = String(repeating: "x", count: 999) + "\n"
        for _ in 0..<1000 { file.append(line) }
        let kept = pipe.content().count { $0 == "\n" }
        #expect(kept > 0 && kept < 1000)
        file.append("there is room\n")
        let content = pipe.content()
        let match = try #require(content.firstMatch(of: Self.lost))
        #expect(Int(match.1) == 1000 - kept)
        #expect(content[match.range.upperBound...] == "there is room\n")
        file.append("more\n")
        #expect(pipe.content() == "more\n")
    }

    @Test func aLineThatWasCutShortIsEndedBeforeTheNextOne() throws {
        let directory = try TemporaryDirectory()
        let pipe = try Pipe(named: directory.log)
        let file = try directory.open()
        file.append(String(repeating: "x", count: 1 << 20) + "\n")
        let cut = pipe.content()
        #expect(cut.allSatisfy { $0 == "x" } && !cut.isEmpty)
        file.append("there is room\n")
        let content = pipe.content()
        #expect(content.hasPrefix("\n"))
        #expect(content.dropFirst().prefixMatch(of: Self.lost)?.1 == "1")
        #expect(content.hasSuffix("\nthere is room\n"))
        #expect(content.count { $0 == "\n" } == 3)
    }

    // MARK: Standard output

    /// A pipe whose reading end the test holds.
    private final class Pipe {
        let reading: CInt
        let writing: CInt

        init() throws {
            (reading, writing) = try WatchedOutput.pipe()
            #expect(csystem_set_nonblocking(reading) == 0)
        }

        /// Makes a named pipe; its own writing end keeps it open.
        init(named path: String) throws {
            try #require(mkfifo(path, 0o600) == 0)
            reading = csystem_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)
            writing = csystem_open(path, O_WRONLY | O_CLOEXEC, 0)
            try #require(reading >= 0 && writing >= 0)
        }

        deinit {
            close(reading)
            close(writing)
        }

        /// Takes the bytes that are in the pipe.
        func content() -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(reading, &buffer, buffer.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer[..<count]
            }
        }
    }

    @Test func reportsGoToStandardOutputAsWellAsToTheFile() throws {
        let directory = try TemporaryDirectory()
        let pipe = try Pipe()
        let log = ReportLog(file: try directory.open(), streams: [pipe.writing])
        log.report(.general, "one")
        log.report(.error, "two")
        #expect(directory.content() == "", "nothing is written before the end of the turn")
        log.flush()
        let pattern = /SERVER \[GENERAL\] \S{24} one\nSERVER \[ERROR\] \S{24} two\n/
        let content = try #require(directory.content())
        #expect(content.wholeMatch(of: pattern) != nil)
        #expect(pipe.content() == content)
    }

    /// A write that blocks would hang this test.
    @Test func aStandardOutputThatNobodyReadsNeverBlocksAndItsDropsAreTold() throws {
        let pipe = try Pipe()
        let log = ReportLog(file: nil, streams: [pipe.writing])
        let count = 5000
        for number in 0..<count {
            log.report(.general, "report \(number) " + String(repeating: "x", count: 100))
            log.flush()
        }
        var content = pipe.content()
        // Waiting lines are written as soon as there is room; a line without room is dropped as a whole.
        for _ in 0..<100 {
            log.flush()
            content += pipe.content()
        }
        log.report(.general, "the last one")
        log.flush()
        content += pipe.content()
        let lines = content.split(separator: "\n")
        let isReport = { (line: Substring) in line.wholeMatch(of: /SERVER \[GENERAL\] \S{24} report \d+ x{100}/) != nil
        }
        let note = try #require(
            lines.compactMap {
                $0.firstMatch(of: /\[ERROR\] \S{24} (\d+) reports were dropped: descriptor \d+ was not read/)
            }
            .first)
        let kept = lines.count(where: isReport)
        #expect(kept + (Int(note.1) ?? 0) == count)
        #expect(lines.count == kept + 2)
        #expect(lines.last?.hasSuffix("the last one") == true)
    }

    /// A file takes all reports, however many one turn of the loop makes.
    @Test func aStandardOutputThatTakesAllGetsAll() throws {
        let directory = try TemporaryDirectory()
        let number = csystem_open(directory.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(number) }
        let log = ReportLog(file: nil, streams: [number])
        for number in 0..<5000 { log.report(.general, "report \(number)") }
        log.flush()
        let lines = try #require(directory.content()).split(separator: "\n")
        #expect(lines.count == 5000)
        #expect(lines.last?.hasSuffix("report 4999") == true)
    }

    @Test func aStandardOutputThatWasClosedIsGivenUp() throws {
        csystem_ignore_signal(SIGPIPE)
        let (reader, writer) = try WatchedOutput.pipe()
        close(reader)
        defer { close(writer) }
        let directory = try TemporaryDirectory()
        let log = ReportLog(file: try directory.open(), streams: [writer])
        for _ in 0..<3 {
            log.report(.general, "report")
            log.flush()
        }
        #expect(directory.content()?.count { $0 == "\n" } == 3)
    }

    // MARK: Escaping

    @Test(arguments: [
        ("plain text, äöü 😀", "plain text, äöü 😀"),
        ("two\nlines\r", #"two\u{A}lines\u{D}"#),
        ("\u{1B}[31mred", #"\u{1B}[31mred"#),
        ("\u{9B}31m", #"\u{9B}31m"#),
        ("\u{202E}txt", #"\u{202E}txt"#),
        ("\u{2028}", #"\u{2028}"#),
        ("\0\u{7F}", #"\u{0}\u{7F}"#),
        (#"a\u{1B}"#, #"a\\u{1B}"#),
        ("SERVER [ERROR] x\nSERVER [GENERAL] y", #"SERVER [ERROR] x\u{A}SERVER [GENERAL] y"#),
    ])
    func oneEventIsOneLineThatSteersNoTerminal(text: String, escaped: String) throws {
        let directory = try TemporaryDirectory()
        let log = ReportLog(file: try directory.open(), streams: [])
        log.report(.general, text)
        log.flush()
        let content = try #require(directory.content())
        #expect(content.dropFirst("SERVER [GENERAL] 2026-11-21T05:03:00.123Z ".count) == escaped + "\n")
    }
}
