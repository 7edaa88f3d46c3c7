import Testing
import TweetHTTP
import TweetModel
import TweetWire

@testable import TweetServer

/// Feeds a conversation like a connection and records its actions; answers uploads when the test says so.
struct ConversationDriver {
    private(set) var conversation: Conversation
    /// The actions, one string for each: `upload "text"`, `download tag=ops`, `refuse bad_body`, `finish`.
    private(set) var actions: [String] = []
    /// The bytes that have arrived and that the conversation has not taken.
    private(set) var unread: [UInt8] = []
    private(set) var uploads: [Upload] = []
    private(set) var isWaiting = false
    private(set) var isOver = false
    /// The message of the last error.
    private(set) var reason = ""
    private var isAtEnd = false

    init(_ identity: Identity = .nobody, requiresAccount: Bool = false, plainUse: PlainUse = .everything) {
        conversation = Conversation(identity: identity, requiresAccount: requiresAccount, plainUse: plainUse)
    }

    /// A conversation that becomes a WebSocket with the first bytes.
    static func webSocket() -> ConversationDriver {
        var driver = ConversationDriver()
        driver.conversation = Conversation(http: HTTPPolicy())
        driver.receive(
            "GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        driver.actions = []
        return driver
    }

    // MARK: Events

    mutating func receive(_ bytes: [UInt8]) {
        unread += bytes
        advance()
    }

    mutating func receive(_ text: String) {
        receive(Array(text.utf8))
    }

    /// Ends the client's stream.
    mutating func end() {
        isAtEnd = true
        advance()
    }

    /// Answers the oldest uploads that are under way.
    mutating func answerUploads(_ count: Int) {
        for _ in 0..<count { conversation.answered(.upload(bytes: uploads.removeFirst().bytesUnderWay)) }
        advance()
    }

    /// Begins an answer that takes longer than a turn: a list, or one that waits for the journal or a hash.
    mutating func answerBegan() { conversation.answerBegan() }

    mutating func answerEnded() {
        conversation.answered(.request)
        advance()
    }

    /// Changes the identity that the connection has from now on.
    mutating func become(_ identity: Identity) { conversation.identity = identity }

    /// Refuses what would be stored.
    mutating func refuseStorage(_ error: WireError?) { conversation.storageRefusal = error }

    mutating func stop() { conversation.isStopping = true }

    mutating func timeOut() {
        perform(conversation.firstLineTimedOut())
    }

    // MARK: The actions of a whole run

    /// The actions for a stream in pieces; uploads are answered as soon as the conversation cannot go on without that.
    static func actions(for pieces: [ArraySlice<UInt8>]) -> [String] {
        var driver = ConversationDriver()
        for piece in pieces { driver.receive(Array(piece)) }
        driver.end()
        while !driver.uploads.isEmpty { driver.answerUploads(1) }
        return driver.actions
    }

    static func actions(for text: String) -> [String] {
        actions(for: [Array(text.utf8)[...]])
    }

    static func actions(for bytes: [UInt8]) -> [String] {
        actions(for: [bytes[...]])
    }

    // MARK: Actions

    private mutating func advance() {
        while !isOver {
            let (action, taken) = unread.withUnsafeBytes { conversation.next($0, atEnd: isAtEnd) }
            unread.removeFirst(taken)
            isWaiting = if case .awaitAnswers = action { true } else { false }
            if isWaiting { return }
            if case .awaitInput = action { return }
            perform(action)
        }
    }

    private mutating func perform(_ action: Conversation.Action) {
        switch action {
        case .awaitInput, .awaitAnswers: Issue.record("a wait is nothing to carry out")
        case .answerLastMessage: actions.append("last message")
        case .answer(let download): actions.append(describe(download))
        case .perform(let request): actions.append("perform \(request.operation.rawValue)")
        case .append(let upload):
            actions.append("upload " + describe(upload))
            uploads.append(upload)
        case .appendOriginal(let upload):
            actions.append("original upload " + describe(upload))
            uploads.append(upload)
            isOver = true
        case .answerOriginal:
            actions.append("original download")
            isOver = true
        case .refuse(let error):
            actions.append("refuse \(error.code.rawValue)")
            reason = error.message
        case .end(let error):
            actions.append("end \(error.code.rawValue)")
            reason = error.message
            isOver = true
        case .reset(let error):
            actions.append("reset \(error.code.rawValue)")
            reason = error.message
            isOver = true
        case .sayContinue, .answerHealth, .answerMetrics, .answerPage, .refuseHTTP, .answerRefusedLogIn, .chargeClient:
            Issue.record("HTTP is spoken where it is not served")
        case .upgrade: actions.append("upgrade")
        case .sendFrame(let frame): actions.append("frame \(frame)")
        case .close(let end):
            actions.append("close \(end.code?.rawValue ?? 0)")
            isOver = true
        case .finish:
            actions.append("finish")
            isOver = true
        }
    }

    private func describe(_ upload: Upload) -> String {
        let text = upload.text.map { "\"\($0.string)\"" } ?? "reset"
        return upload.id.map { "\(text) id=\($0.string)" } ?? text
    }

    private func describe(_ download: Download) -> String {
        var words = ["download"]
        for tag in download.tags { words.append("tag=\(tag.written)") }
        if let count = download.count { words.append("count=\(count)") }
        if let since = download.since { words.append("since=\(since)") }
        if let age = download.maxAge { words.append("max_age=\(age)") }
        return words.joined(separator: " ")
    }
}
