// Feeds a conversation that has become a WebSocket a stream of frames: however it is cut, and whenever its uploads are
// answered, it asks for the same as a plain reading of the frames does.
//
// The first byte of an input chooses the pieces, 1 to 16 bytes or 1 to 16 times 64, and when uploads are answered.

import TweetHTTP
import TweetWire

@testable import TweetServer

func fuzzLive(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let stream = Array(input.dropFirst())
    let expected = reading(stream)
    let piece = (Int(first & 0xF) + 1) * (first & 0x10 == 0 ? 1 : 64)
    for (size, isLazy) in [(max(1, stream.count), true), (piece, first & 0x20 == 0), (1, false)] {
        var talk = LiveTalk(stream, isLazy: isLazy)
        talk.play(piece: size)
        check(talk.actions == expected, "read: \(expected); in pieces of \(size): \(talk.actions)")
    }
}

/// The actions that a stream of frames asks for.
private func reading(_ stream: [UInt8]) -> [String] {
    var actions: [String] = []
    for event in PlainFrames.events(of: stream, limit: WireLimits.lineBytes - 1) {
        switch event {
        case .text(let text):
            let action = action(for: text)
            actions.append(action)
            if action.hasPrefix("end") { return actions }
        case .ping(let payload): actions.append("frame \([0x8A, UInt8(payload.count)] + payload)")
        case .pong: break
        case .binary: return actions + ["close 1003"]
        case .close(let code): return actions + ["close \(code ?? 0)"]
        case .failed(let code): return actions + ["close \(code)"]
        }
    }
    return actions + ["finish"]
}

/// The action for a message of a client that has no name.
private func action(for text: [UInt8]) -> String {
    if text.contains(UInt8(ascii: "\n")) { return "refuse not_packet" }
    let result = text.withUnsafeBytes { bytes in
        Result { () throws(WireError) in try Request(line: bytes) }
    }
    switch result {
    case .success(.upload(let upload)): return upload.author == nil ? "upload \(upload)" : "refuse not_permitted"
    case .success(.lastMessage): return "last message"
    case .success(.download(let download)): return "download \(download)"
    case .success(let request):
        switch request.operation.requirement {
        case .nothing: return "\(request)"
        case .name: return "refuse name_needed"
        case .account: return "refuse account_needed"
        case .operator, .observer: return "refuse not_permitted"
        }
    case .failure(let error): return (error.endsConnection ? "end " : "refuse ") + error.code.rawValue
    }
}

/// A conversation with a connection and a journal.
private struct LiveTalk {
    private var conversation = Conversation(http: HTTPPolicy())
    private let stream: [UInt8]
    /// Whether uploads are answered only when the conversation waits for that.
    private let isLazy: Bool
    private var taken = 0
    private var journal: [Upload] = []
    private var answerUnderWay = false
    private var isOver = false
    private(set) var actions: [String] = []

    init(_ stream: [UInt8], isLazy: Bool) {
        self.stream = stream
        self.isLazy = isLazy
        let head =
            "GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        let (action, _) = Array(head.utf8).withUnsafeBytes { conversation.next($0, atEnd: false) }
        let isTaken = if case .upgrade = action { true } else { false }
        check(isTaken, "an upgrade is not taken")
    }

    mutating func play(piece: Int) {
        var given = 0
        while given < stream.count, !isOver {
            given = min(stream.count, given + piece)
            advance(to: given, atEnd: false)
            if !isLazy { answer() }
        }
        while !isOver {
            advance(to: given, atEnd: true)
            answer()
        }
    }

    private mutating func advance(to given: Int, atEnd: Bool) {
        while !isOver {
            let (action, count) = stream[taken..<given].withUnsafeBytes { conversation.next($0, atEnd: atEnd) }
            check((0...given - taken).contains(count), "\(count) bytes taken of \(given - taken)")
            taken += count
            switch action {
            case .awaitInput:
                check(!atEnd, "more is awaited where nothing comes")
                // A frame's header, and its payload.
                check(given - taken < WireLimits.lineBytes + 14, "more than a message is kept")
                return
            case .awaitAnswers:
                check(!journal.isEmpty || answerUnderWay, "answers are awaited where there are none")
                answer()
            default: perform(action)
            }
        }
    }

    private mutating func perform(_ action: Conversation.Action) {
        switch action {
        case .append(let upload):
            journal.append(upload)
            actions.append("upload \(upload)")
            return
        // A pong needs no order.
        case .sendFrame(let frame): return actions.append("frame \(frame)")
        case .answerLastMessage: actions.append("last message")
        case .answer(let download): actions.append("download \(download)")
        case .perform(let request):
            actions.append("\(request)")
            if actions.count % 3 == 0 {
                conversation.answerBegan()
                answerUnderWay = true
            }
        case .refuse(let error): actions.append("refuse \(error.code.rawValue)")
        case .end(let error): end("end \(error.code.rawValue)")
        case .close(let close):
            check(close.frame.count >= 2 && close.frame.count <= 127, "the last frame is no control frame")
            end("close \(close.code?.rawValue ?? 0)")
        case .finish: end("finish")
        default: check(false, "something is asked for that a WebSocket cannot")
        }
        check(journal.isEmpty, "\(actions.last ?? "") overtakes an upload")
    }

    private mutating func answer() {
        for upload in journal { conversation.answered(.upload(bytes: upload.bytesUnderWay)) }
        journal = []
        if answerUnderWay { conversation.answered(.request) }
        answerUnderWay = false
    }

    private mutating func end(_ action: String) {
        actions.append(action)
        isOver = true
    }
}
