// optarg, optind and optopt are variables of the C library: one thread reads them here.
@preconcurrency import CSystem
import TweetClient

/// A command line taken apart by getopt_long(3), options and operands in any order.
enum Arguments {
    case help
    case version
    case run(Invocation)

    /// Long options without a short one have meanings beyond the characters.
    private enum Long: Int32, CaseIterable {
        case json = 256
        case maxAge, timeout, log, help, version
        case follow, wait, since, exec
        case to, user, inbox, sent, archive, count, keep
        case signup, passwd, who
        case passwordFile, newPasswordFile

        var name: StaticString {
            switch self {
            case .json: "json"
            case .maxAge: "max-age"
            case .timeout: "timeout"
            case .log: "log"
            case .help: "help"
            case .version: "version"
            case .follow: "follow"
            case .wait: "wait"
            case .since: "since"
            case .exec: "exec"
            case .to: "to"
            case .user: "user"
            case .inbox: "inbox"
            case .sent: "sent"
            case .archive: "archive"
            case .count: "count"
            case .keep: "keep"
            case .signup: "signup"
            case .passwd: "passwd"
            case .who: "who"
            case .passwordFile: "password-file"
            case .newPasswordFile: "new-password-file"
            }
        }

        var takesValue: Bool {
            switch self {
            case .maxAge, .timeout, .log, .since, .exec, .to, .user, .passwordFile, .newPasswordFile: true
            case .json, .help, .version, .follow, .wait, .inbox, .sent, .archive, .count, .keep, .signup, .passwd,
                .who:
                false
            }
        }

        /// What it means beyond this file; nil for what ends the run by itself.
        var option: Invocation.Option? {
            switch self {
            case .json: .json
            case .maxAge: .maxAge
            case .timeout: .timeout
            case .log: .log
            case .follow: .follow
            case .wait: .wait
            case .since: .since
            case .exec: .command
            case .to: .recipients
            case .user: .user
            case .inbox: .inbox
            case .sent: .sent
            case .archive: .archive
            case .count: .pendingCount
            case .keep: .keep
            case .signup: .signUp
            case .passwd: .changePassword
            case .who: .directory
            case .passwordFile: .passwordFile
            case .newPasswordFile: .newPasswordFile
            case .help, .version: nil
            }
        }
    }

    /// A leading `-` gives operands in their place, with the meaning 1, whatever `POSIXLY_CORRECT` says; the colon
    /// keeps getopt from printing its own errors.
    private static let short: StaticString = "-:udn:qh"

    /// Takes the process's command line apart, and checks it.
    init() throws(ClientError) {
        var options: [(option: Invocation.Option, value: String)] = []
        var operands: [[UInt8]] = []
        var long = Long.allCases.map { long in
            option(
                name: long.name.characters, has_arg: long.takesValue ? required_argument : no_argument, flag: nil,
                val: long.rawValue)
        }
        // The list ends with one that is all zero.
        long.append(option())
        let words = CommandLine.unsafeArgv
        while true {
            let meaning = getopt_long(CommandLine.argc, words, Self.short.characters, long, nil)
            switch meaning {
            case -1:
                // What follows a `--`.
                for index in Int(optind)..<Int(CommandLine.argc) { operands.append(Self.bytes(words[index])) }
                self = .run(try Invocation(options: options, operands: operands))
                return
            case 1: operands.append(Self.bytes(optarg))
            case Int32(UInt8(ascii: "h")), Long.help.rawValue:
                self = .help
                return
            case Long.version.rawValue:
                self = .version
                return
            case Int32(UInt8(ascii: ":")): throw ClientError(.usage, "\(Self.wrongWord) needs a value")
            default:
                guard let option = Self.invocationOption(meaning) else {
                    let isKnown = Long(rawValue: optopt) != nil
                    throw ClientError(.usage, "\(Self.wrongWord) \(isKnown ? "takes no value" : "is not an option")")
                }
                options.append((option, try Self.value))
            }
        }
    }

    private static func invocationOption(_ meaning: Int32) -> Invocation.Option? {
        switch meaning {
        case Int32(UInt8(ascii: "u")): .upload
        case Int32(UInt8(ascii: "d")): .download
        case Int32(UInt8(ascii: "n")): .count
        case Int32(UInt8(ascii: "q")): .bare
        default: Long(rawValue: meaning)?.option
        }
    }

    /// The value of the option that getopt_long has just given; empty where it takes none.
    private static var value: String {
        get throws(ClientError) {
            guard let optarg else { return "" }
            if let value = String(validatingCString: optarg) { return value }
            throw ClientError(.usage, "the value of an option is not valid UTF-8")
        }
    }

    /// What getopt_long has stumbled over, as it was written.
    private static var wrongWord: String {
        if let letter = UInt8(exactly: optopt), letter > 0 { return "-" + String(decoding: [letter], as: UTF8.self) }
        return String(decoding: bytes(CommandLine.unsafeArgv[max(0, Int(optind) - 1)]), as: UTF8.self)
    }

    /// A word's bytes as they are: `CommandLine.arguments` would repair them.
    private static func bytes(_ word: UnsafeMutablePointer<CChar>?) -> [UInt8] {
        guard let word else { return [] }
        return Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
    }
}

extension StaticString {
    /// The literal as C takes it; it ends with a zero and lives as long as the process.
    fileprivate var characters: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
