public import TweetModel
public import TweetWire

/// What one run of the one-shot client is asked to do, checked: nothing in it is wrong usage any more.
public struct Invocation: Sendable {
    /// A message that is not checked yet: a wrong one is another mistake than wrong usage.
    public enum Message: Hashable, Sendable {
        case given([UInt8])
        case standardInput
    }

    public enum Operation: Hashable, Sendable {
        case upload(Message)
        case download(Download)
        /// Tweets as they come, until the run is interrupted.
        case follow(Follow)
        /// The first of them alone.
        case wait(Follow)
        /// A private message.
        case message(Message, to: [Name])
        case list(MessageList)
        /// How many private messages are pending.
        case pendingCount
        case signUp
        case changePassword
        case directory(DirectoryQuery)
    }

    public let operation: Operation
    public let host: String
    public let port: UInt16
    public let form: OutputForm
    /// A program that is run for each tweet instead of printing it.
    public let command: String?
    /// Milliseconds for the whole run; nil for one without end.
    public let timeout: UInt64?
    /// Who logs in, or signs up.
    public let user: Name?
    /// Files that passwords are in.
    let passwordFile: String?
    let newPasswordFile: String?
    /// Where the client's own reports are appended.
    public let logPath: String?

    /// Milliseconds for the whole run where nothing else is asked for.
    public static let defaultTimeout: UInt64 = 10_000

    /// Understands a command line.
    ///
    /// - Parameters:
    ///   - options: in their order, each with its value, empty where it takes none; of several the last one counts.
    ///   - operands: in their order; bytes, because a message must not be repaired.
    /// - Throws: `usage` with the first thing that is wrong.
    public init(options: [(option: Option, value: String)], operands: [[UInt8]]) throws(ClientError) {
        let settings = try Settings(options)
        let mode = try Mode(settings.options)
        try mode.check(settings.options)

        guard operands.count >= 2 else {
            throw .usage(operands.isEmpty ? "HOST and PORT are missing" : "PORT is missing")
        }
        guard operands.count <= (mode.takesOperand ? 3 : 2) else { throw .usage("too many arguments") }
        host = try Settings.text(operands[0], as: "HOST")
        guard !host.isEmpty else { throw .usage("HOST is empty") }
        port = try Settings.port(try Settings.text(operands[1], as: "PORT"))
        operation = try Self.operation(mode, settings, operands.count == 3 ? operands[2] : nil)
        form = settings.form
        command = settings.command
        timeout = settings.timeout ?? (mode == .follow ? nil : Self.defaultTimeout)
        user = settings.user
        passwordFile = settings.passwordFile
        newPasswordFile = settings.newPasswordFile
        logPath = settings.logPath
    }

    /// - Parameter last: the operand behind HOST and PORT.
    private static func operation(
        _ mode: Mode, _ settings: Settings, _ last: [UInt8]?
    ) throws(ClientError) -> Operation {
        func tag() throws(ClientError) -> Hashtag? {
            guard let last else { return nil }
            return try Settings.hashtag(try Settings.text(last, as: "TAG"))
        }
        func message() throws(ClientError) -> Message {
            guard let last else { throw .usage("MESSAGE is missing") }
            return last == [UInt8(ascii: "-")] ? .standardInput : .given(last)
        }
        switch mode {
        case .upload: return .upload(try message())
        case .message: return .message(try message(), to: settings.recipients)
        case .download: return .download(Download(tag: try tag(), count: settings.count, maxAge: settings.maxAge))
        case .follow: return .follow(Follow(tag: try tag(), since: settings.since, count: settings.count))
        case .wait: return .wait(Follow(tag: try tag(), since: settings.since))
        case .inbox:
            let marksRead = !settings.options.contains(.keep)
            return .list(MessageList(.pending(marksRead: marksRead), count: settings.count))
        case .archive: return .list(MessageList(.archive, count: settings.count))
        case .sent: return .list(MessageList(.sent, count: settings.count))
        case .pendingCount: return .pendingCount
        case .signUp: return .signUp
        case .changePassword: return .changePassword
        case .directory:
            guard let last else { return .directory(.everybody) }
            return .directory(.one(try Settings.name(try Settings.text(last, as: "NAME"), as: "NAME")))
        }
    }
}

extension Invocation {
    public var isUpload: Bool { if case .upload = operation { true } else { false } }
}
