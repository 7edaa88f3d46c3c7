// Feeds a conversation arbitrary bytes, cut at arbitrary places, and answers its requests at arbitrary later points.
//
// The first line of an input is the score; the rest is the stream. Each byte of the score hands over as many bytes of
// the stream as its low five bits say, 64 times as many if the sixth bit is set, and then does what its upper two bits
// say. Under every score the same stream must ask for the same: the result of a plain reading of the whole stream. The
// first byte of the score also chooses the speaker: `G` a guest, `A` an account, `O` the operator, any other byte
// nobody. With `R` and `S` the speaker is nobody or an account, on a server that takes uploads from accounts only. With
// `W` and `D` it is an account that has logged in by a token that may send, or read #a.

import TweetModel
import TweetWire

@testable import TweetServer

func fuzzConversation(_ input: UnsafeRawBufferPointer) {
    let end = input.firstIndex(of: lineFeed) ?? input.count
    let stream = Array(input.dropFirst(end + 1))
    let speaker = Speaker(end > 0 ? input[0] : 0)
    let expected = reading(stream, by: speaker)

    var talk = Talk(stream, by: speaker)
    for note in input[..<end] { talk.play(note) }
    talk.finish()
    if let kept = talk.actionsBeforeTheStop {
        check(talk.actions.starts(with: expected.prefix(kept)), "a stop has changed what was before it")
        check(talk.actions.count <= kept + 1, "a stop is followed by more than the end")
    } else {
        check(talk.actions == expected, "read: \(expected); said: \(talk.actions)")
    }

    var slow = Talk(stream, by: speaker)
    slow.playByteByByte()
    check(slow.actions == expected, "read: \(expected); said byte by byte: \(slow.actions)")
}

private let lineFeed = UInt8(ascii: "\n")

// MARK: Speakers

/// The identity that a connection begins with, and the server's rule for uploads.
private struct Speaker {
    var identity: Identity
    let requiresAccount: Bool
    /// The token that it has logged in by.
    let token: TokenScope?

    init(_ note: UInt8) {
        let ana = Name(stored: "ana")
        requiresAccount = note == UInt8(ascii: "R") || note == UInt8(ascii: "S")
        switch note {
        case UInt8(ascii: "G"): identity = .guest(ana)
        case UInt8(ascii: "A"), UInt8(ascii: "S"), UInt8(ascii: "W"), UInt8(ascii: "D"): identity = .account(ana)
        case UInt8(ascii: "O"): identity = .theOperator
        default: identity = .nobody
        }
        token =
            switch note {
            case UInt8(ascii: "W"): .send
            case UInt8(ascii: "D"): Hashtag("a").map(TokenScope.read)
            default: nil
            }
    }

    /// Whether its token permits a request, by the table of the protocol's document.
    func isGranted(_ request: Request) -> Bool {
        guard let token else { return true }
        if request == .ping { return true }
        let onlyTag: [Hashtag]? =
            switch request {
            case .download(let download): download.tags
            case .follow(let follow): follow.tags
            case .unfollow(let tag?): [tag]
            default: nil
            }
        return switch token {
        case .send: request.operation == .upload || request.operation == .message
        case .read(let tag): onlyTag?.count == 1 && onlyTag?.first?.key == tag.key
        case .everything: true
        }
    }

    /// Grants a request that the speaker may make.
    mutating func grant(_ request: Request) {
        switch request {
        case .takeName(let name, _): if identity == .nobody { identity = .guest(name) }
        case .signUp(let credentials), .logIn(let credentials):
            if case .account = identity { return }
            identity = .account(credentials.name)
        default: break
        }
    }

    /// Whether the speaker may make a request, by the table of the protocol's document.
    func may(_ request: Request) -> Bool {
        switch request.operation {
        case .upload, .download, .follow, .unfollow, .tags, .search, .ping, .takeName, .signUp, .logIn, .directory: true
        case .join, .leave, .hide, .show, .away, .back, .message: identity.name != nil
        case .changePassword, .token, .tokens, .removeToken, .inbox, .markRead, .sent, .block, .unblock, .blocked:
            hasAccount
        case .addAccount, .resetPassword, .removeAccount: identity == .theOperator
        case .stats: identity == .theOperator || hasAccount
        }
    }

    func mayUpload(as author: Name?) -> Bool {
        if requiresAccount, !hasAccount { return false }
        if let token, case .read = token { return false }
        return author == nil || identity.name == author
    }

    var hasAccount: Bool { if case .account = identity { true } else { false } }
}

// MARK: A plain reading

/// Reads a stream in one go, by the protocol's document: its requests, each with the last message at that point.
private func reading(_ stream: [UInt8], by speaker: Speaker) -> [String] {
    var speaker = speaker
    if stream.starts(with: [UInt8(ascii: "d"), lineFeed]) { return ["original download of -"] }
    if stream.starts(with: [UInt8(ascii: "u"), lineFeed]) {
        let ended = stream.last == lineFeed && stream.count > 2 ? stream.dropLast() : stream[...]
        let action = originalUpload(Array(ended.dropFirst(2)))
        let isRefused = action.hasPrefix("original upload") && !speaker.mayUpload(as: nil)
        return [isRefused ? "reset not_permitted" : action]
    }
    var actions: [String] = []
    var lastMessage = "-"
    var rest = stream[...]
    while let end = rest.firstIndex(of: lineFeed) {
        if end - rest.startIndex >= WireLimits.lineBytes { return actions + ["end line_too_long"] }
        let line = Array(rest[..<end])
        rest = rest[(end + 1)...]
        do throws(WireError) {
            switch try line.withUnsafeBytesAsRequest() {
            case .upload(let upload) where !speaker.mayUpload(as: upload.author):
                actions.append("refuse not_permitted")
            case .upload(let upload):
                lastMessage = upload.text?.string ?? "-"
                actions.append("upload \(upload)")
            case let request where request.operation != .upload && !speaker.isGranted(request):
                actions.append("refuse not_permitted")
            case .lastMessage: actions.append("last message is \(lastMessage)")
            case .download(let download): actions.append("download \(download) while it is \(lastMessage)")
            case let request where speaker.may(request):
                actions.append("\(request) by \(speaker.identity) while it is \(lastMessage)")
                speaker.grant(request)
            case let request: actions.append("refuse \(refusal(of: request))")
            }
        } catch {
            actions.append(error.endsConnection ? "end \(error.code.rawValue)" : "refuse \(error.code.rawValue)")
            if error.endsConnection { return actions }
        }
    }
    if rest.count >= WireLimits.lineBytes { return actions + ["end line_too_long"] }
    return actions + [rest.isEmpty ? "finish" : "end incomplete"]
}

/// The error code for a client that may not make a request.
private func refusal(of request: Request) -> String {
    switch request.operation.requirement {
    case .nothing: "nothing"
    case .name: "name_needed"
    case .account: "account_needed"
    case .operator, .observer: "not_permitted"
    }
}

private func originalUpload(_ message: [UInt8]) -> String {
    do throws(WireError) {
        return "original upload \(try message.withUnsafeBytesAsUpload())"
    } catch {
        return "reset \(error.code.rawValue)"
    }
}

extension [UInt8] {
    // A closure cannot pass a typed error through withUnsafeBytes, so a result carries it out.

    fileprivate func withUnsafeBytesAsRequest() throws(WireError) -> Request {
        try withUnsafeBytes { bytes in
            Result { () throws(WireError) in try Request(line: bytes) }
        }.get()
    }

    fileprivate func withUnsafeBytesAsUpload() throws(WireError) -> Upload {
        try withUnsafeBytes { bytes in
            Result { () throws(WireError) in try Upload(original: bytes) }
        }.get()
    }
}

// MARK: A conversation under a score

/// A conversation, with a connection, a journal and a session that act when the score says so.
private struct Talk {
    private var conversation: Conversation
    private var speaker: Speaker
    private let stream: [UInt8]
    /// The number of bytes of the stream that the connection has handed over, and of those that the conversation has
    /// taken.
    private var given = 0
    private var taken = 0
    private var hasEnded = false
    private var isWaiting = false
    private var isOver = false
    private var journal: [Upload] = []
    /// Whether a slow answer is under way; until it ends, the conversation keeps the identity from before it.
    private var answerUnderWay = false
    private var lastMessage = "-"
    private(set) var actions: [String] = []
    /// The number of actions before the server began to stop, or before the first line timed out.
    private(set) var actionsBeforeTheStop: Int?

    init(_ stream: [UInt8], by speaker: Speaker) {
        self.stream = stream
        self.speaker = speaker
        conversation = Conversation(identity: speaker.identity, requiresAccount: speaker.requiresAccount)
        conversation.grant = speaker.token.map { TokenGrant(id: 1, scope: $0) }
    }

    // MARK: Events

    mutating func play(_ note: UInt8) {
        // The server does not read from a client that waits for answers.
        if !isWaiting { given = min(stream.count, given + Int(note & 0x1F) * (note & 0x20 == 0 ? 1 : 64)) }
        advance()
        switch note >> 6 {
        case 1: answerUpload()
        case 2: endAnswer()
        case 3 where note == 0xFF: stop()
        case 3 where note == 0xFE: timeOut()
        case 3: while !journal.isEmpty { answerUpload() }
        default: break
        }
    }

    /// Hands over the rest of the stream and the end, and gives the rest of the answers.
    mutating func finish() {
        while !isOver {
            given = stream.count
            hasEnded = true
            advance()
            let isAnswered = journal.isEmpty && !answerUnderWay
            answerUpload()
            endAnswer()
            check(isOver || !isAnswered, "it neither goes on nor ends")
        }
        while !journal.isEmpty { answerUpload() }
        check(conversation.isAnswered, "all is answered, and it says no")
        check(!conversation.isSilent, "it has ended, and is silent")
    }

    /// Hands over one byte, gives all outstanding answers, and repeats this to the end.
    mutating func playByteByByte() {
        while !isOver {
            if given < stream.count { given += 1 } else { hasEnded = true }
            advance()
            while !isOver, !journal.isEmpty || answerUnderWay {
                answerUpload()
                endAnswer()
            }
        }
        while !journal.isEmpty { answerUpload() }
    }

    private mutating func answerUpload() {
        guard !journal.isEmpty else { return }
        let upload = journal.removeFirst()
        lastMessage = upload.text?.string ?? "-"
        conversation.answered(.upload(bytes: upload.bytesUnderWay))
        advance()
    }

    private mutating func endAnswer() {
        guard answerUnderWay else { return }
        answerUnderWay = false
        conversation.identity = speaker.identity
        conversation.answered(.request)
        advance()
    }

    private mutating func stop() {
        if actionsBeforeTheStop == nil { actionsBeforeTheStop = actions.count }
        conversation.isStopping = true
        advance()
    }

    private mutating func timeOut() {
        // The connection's deadline applies to the first request alone.
        guard !isOver, conversation.isSilent else { return }
        if actionsBeforeTheStop == nil { actionsBeforeTheStop = actions.count }
        perform(conversation.firstLineTimedOut(), taken: 0)
    }

    // MARK: Actions

    private mutating func advance() {
        while true {
            let wasOver = isOver
            let (action, count) = stream[taken..<given].withUnsafeBytes {
                conversation.next($0, atEnd: hasEnded && given == stream.count)
            }
            check((0...given - taken).contains(count), "\(count) bytes taken of \(given - taken)")
            taken += count
            isWaiting = false
            switch action {
            case .awaitInput:
                check(count == 0 || wasOver, "bytes are taken and nothing is asked for")
                check(taken == given || !wasOver, "what comes behind the end is kept")
                check(given - taken < WireLimits.lineBytes, "more than a line is kept")
                check(!hasEnded || given < stream.count || wasOver, "more is awaited where nothing comes")
                return
            case .awaitAnswers:
                check(count == 0, "bytes are taken and nothing is asked for")
                check(!journal.isEmpty || answerUnderWay, "answers are awaited where there are none")
                isWaiting = true
                return
            default:
                check(!wasOver, "something is asked for behind the end")
                perform(action, taken: count)
            }
        }
    }

    private mutating func perform(_ action: Conversation.Action, taken count: Int) {
        check(!answerUnderWay, "something is begun while an answer is under way")
        switch action {
        case .awaitInput, .awaitAnswers: break
        case .append(let upload):
            journal.append(upload)
            actions.append("upload \(upload)")
            let bytes = journal.reduce(0) { $0 + $1.bytesUnderWay }
            check(bytes <= WireLimits.uploadBytesUnderWay, "too many uploads are under way")
            check(count > 0, "an upload of no bytes")
            return
        case .answerLastMessage: actions.append("last message is \(lastMessage)")
        case .answer(let download):
            actions.append("download \(download) while it is \(lastMessage)")
            if download.isList { beginAnswer() }
        case .perform(let request):
            actions.append("\(request) by \(speaker.identity) while it is \(lastMessage)")
            speaker.grant(request)
            // Some requests are answered at once, others wait for the journal or for a hash.
            if actions.count % 3 == 0 { conversation.identity = speaker.identity } else { beginAnswer() }
        case .refuse(let error): actions.append("refuse \(error.code.rawValue)")
        case .end(let error): end("end \(error.code.rawValue)")
        case .reset(let error): end("reset \(error.code.rawValue)")
        case .answerOriginal: end("original download of \(lastMessage)")
        case .appendOriginal(let upload):
            end("original upload \(upload)")
            journal.append(upload)
            return
        case .finish: end("finish")
        case .sayContinue, .answerHealth, .answerMetrics, .answerPage, .refuseHTTP, .answerRefusedLogIn, .upgrade,
            .sendFrame, .close,
            .chargeClient:
            check(false, "HTTP is spoken where it is not served")
        }
        check(journal.isEmpty, "\(actions.last ?? "") overtakes an upload")
    }

    private mutating func beginAnswer() {
        conversation.answerBegan()
        answerUnderWay = true
    }

    private mutating func end(_ action: String) {
        actions.append(action)
        isOver = true
    }
}
