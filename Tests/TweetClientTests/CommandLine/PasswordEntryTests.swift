import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel
import TweetSystem

@testable import TweetClient

/// The sources of passwords.
///
/// The tests run one after the other, since the process has only one signal handler that restores a terminal.
@Suite(.serialized) struct PasswordEntryTests {
    private let ana: Name

    init() throws { ana = try #require(Name("ana")) }

    private func entry(
        isNew: Bool = false, file: String? = nil, given: String? = nil, terminal: String = "/dev/null/nowhere"
    ) -> PasswordEntry {
        PasswordEntry(
            of: ana, isNew: isNew, file: file, given: given.map { Array($0.utf8) }, terminal: terminal,
            advice: "say it")
    }

    private func read(_ entry: PasswordEntry) throws -> String {
        try entry.read(reporter: Reporter(log: nil)).string
    }

    /// Passes a path in a temporary directory of its own.
    private func withPath(_ body: (String) throws -> Void) throws {
        let directory = try TemporaryDirectory()
        try withExtendedLifetime(directory) { try body(directory.file("password")) }
    }

    // MARK: File and environment

    @Test(arguments: [
        "correct horse", "correct horse\n", "correct horse\nsecond line\n", "  blanks  \n", "pässwörd",
        String(repeating: "x", count: 128), String(repeating: "x", count: 128) + "\n",
    ])
    func aFilesFirstLineIsThePassword(content: String) throws {
        try withPath { path in
            try content.write(toFile: path, atomically: false, encoding: .utf8)
            let entry = entry(file: path, given: "not this one")
            #expect(!entry.isAsked)
            #expect(try read(entry) == content.prefix { $0 != "\n" })
        }
    }

    @Test func whatTheEnvironmentGivesIsThePasswordAsItIs() throws {
        let entry = entry(given: "correct horse ")
        #expect(!entry.isAsked)
        #expect(try read(entry) == "correct horse ")
    }

    @Test(arguments: ["", "\n", "1234567", String(repeating: "x", count: 129), String(repeating: "x", count: 5000)])
    func whatIsNoPasswordIsAWrongOneOrRefused(content: String) throws {
        try withPath { path in
            try content.write(toFile: path, atomically: false, encoding: .utf8)
            let wrong = ClientError(.notPermitted, "the name or the password is wrong")
            let refused = ClientError(.refused, "a password has 8 to 128 bytes of UTF-8")
            #expect(throws: wrong) { try read(entry(file: path)) }
            #expect(throws: refused) { try read(entry(isNew: true, file: path)) }
            #expect(throws: wrong) { try read(entry(given: content)) }
            #expect(throws: refused) { try read(entry(isNew: true, given: content)) }
        }
    }

    @Test func aPasswordIsNotRepaired() throws {
        let bytes = Array("correct horse".utf8) + [0xFF]
        let entry = PasswordEntry(of: ana, isNew: true, file: nil, given: bytes, advice: "")
        let error = #expect(throws: ClientError.self) { try read(entry) }
        #expect(error?.exitCode == .refused)
    }

    @Test func aFileThatIsNotThereIsNotReplacedByAnythingElse() {
        let error = #expect(throws: ClientError.self) {
            try read(entry(file: "/nowhere/at/all", given: "correct horse"))
        }
        let text = "cannot read the password file /nowhere/at/all: No such file or directory"
        #expect(error == ClientError(.streamFailed, text))
    }

    @Test(arguments: [(0o600, false), (0o640, false), (0o604, true), (0o644, true)])
    func aFileThatOthersCanReadIsWarnedOf(mode: Int, isWarned: Bool) throws {
        try withPath { path in
            try "correct horse\n".write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let log = path + ".log"
            let password = try entry(file: path).read(reporter: Reporter(log: try ClientLog(path: log)))
            #expect(password.string == "correct horse")
            let reports = try String(contentsOfFile: log, encoding: .utf8)
            #expect(reports.contains("others can read the password file \(path)") == isWarned)
            #expect(!reports.contains("horse"))
        }
    }

    // MARK: Terminal

    @Test func whereThereIsNoTerminalThatIsSaid() {
        let entry = entry()
        #expect(entry.isAsked)
        let error = #expect(throws: ClientError.self) { try read(entry) }
        #expect(error == ClientError(.usage, "there is no password (Not a directory): say it"))
    }

    @Test func aTypedPasswordIsNotShownAndTheTerminalIsAsItWas() throws {
        let person = try Person(["correct horse\n"])
        let before = person.settings
        #expect(try read(entry(terminal: person.terminal)) == "correct horse")
        #expect(person.settings == before)
        #expect(person.seen() == "Password of ana: \n")
    }

    @Test func aNewPasswordIsAskedForTwice() throws {
        let person = try Person(["correct horse\n", "correct horse\n"])
        #expect(try read(entry(isNew: true, terminal: person.terminal)) == "correct horse")
        #expect(person.seen() == "New password of ana: \nRepeat the password: \n")
    }

    @Test(arguments: ["correct house\n", "\n"])
    func twoThatAreNotTheSameAreRefused(second: String) throws {
        let person = try Person(["correct horse\n", second])
        let before = person.settings
        let error = #expect(throws: ClientError.self) { try read(entry(isNew: true, terminal: person.terminal)) }
        #expect(error == ClientError(.refused, "the two passwords are not the same"))
        #expect(person.settings == before)
    }

    @Test(arguments: [["\u{4}"], ["correct horse\n", "\u{4}"]])
    func theEndOfTheInputIsNoPassword(answers: [String]) throws {
        let person = try Person(answers)
        let error = #expect(throws: ClientError.self) {
            try read(entry(isNew: answers.count > 1, terminal: person.terminal))
        }
        #expect(error == ClientError(.usage, "there is no password: say it"))
    }

    @Test func aLineThatIsTooLongIsNoPassword() throws {
        let person = try Person([String(repeating: "x", count: 1000) + "\n"])
        let error = #expect(throws: ClientError.self) { try read(entry(isNew: true, terminal: person.terminal)) }
        #expect(error?.exitCode == .refused)
    }
}

/// A user at a terminal of their own, who types an answer to each question.
private final class Person: Sendable {
    let terminal: String
    private let screen = Monitor("")
    private let master: Descriptor
    private let slave: Descriptor

    init(_ answers: [String]) throws {
        let (reader, writer) = try WatchedOutput.terminal()
        master = Descriptor(owning: reader)
        slave = Descriptor(owning: writer)
        terminal = try WatchedOutput.path(ofTerminal: writer)
        var settings = termios()
        try valueOrErrno { tcgetattr(slave.number, &settings) }
        // The terminal shows typed text; a line feed stays one byte.
        settings.c_lflag |= tcflag_t(ECHO)
        settings.c_oflag &= ~tcflag_t(OPOST)
        try valueOrErrno { tcsetattr(slave.number, TCSANOW, &settings) }
        Thread.detachNewThread { [self] in
            for (index, answer) in answers.enumerated() {
                read(until: { $0.count { $0 == ":" } > index })
                let bytes = Array(answer.utf8)
                _ = bytes.withUnsafeBytes { try? master.write($0) }
            }
        }
    }

    /// Reads the screen until a condition holds.
    private func read(until isThere: (String) -> Bool) {
        while !screen.access({ isThere($0) }) {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = bytes.withUnsafeMutableBytes { (try? master.read(into: $0)) ?? 0 }
            guard count > 0 else { return }
            screen.access { $0 += String(decoding: bytes[..<count], as: UTF8.self) }
        }
    }

    /// The contents of the terminal, up to a marker that this call writes last.
    func seen() -> String {
        let marker = Array("\0".utf8)
        _ = marker.withUnsafeBytes { try? slave.write($0) }
        read(until: { $0.hasSuffix("\0") })
        return screen.access { String($0.dropLast()) }
    }

    /// The settings of the terminal that a program may change.
    var settings: [UInt32] {
        var settings = termios()
        tcgetattr(slave.number, &settings)
        let suspend = withUnsafeBytes(of: settings.c_cc) { $0[Int(VSUSP)] }
        return [settings.c_iflag, settings.c_oflag, settings.c_lflag, UInt32(suspend)]
    }
}
