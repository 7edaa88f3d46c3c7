// Feeds the HTTP side of a conversation a stream of requests: however it is cut, the same requests are found, each with
// the same request of the protocol or the same refusal. The first byte of an input is the length of the pieces.

import TweetHTTP
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetServer

func fuzzRoute(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let stream = Array(input.dropFirst())
    let whole = steps(of: stream, piece: max(1, stream.count))
    for piece in [1, max(1, Int(first))] {
        let cut = steps(of: stream, piece: piece)
        check(
            cut == whole || isRefusedBeforeItsBody(cut, whole, stream), "whole: \(whole); in pieces of \(piece): \(cut)"
        )
    }
}

/// Whether the only difference is that the last request was refused while its client waited to be told to send the body,
/// which is then cut off.
private func isRefusedBeforeItsBody(_ cut: [String], _ whole: [String], _ stream: [UInt8]) -> Bool {
    let expectation = Array("100-continue".utf8)
    guard stream.indices.contains(where: { stream[$0...].prefix(12).map { $0 | 0x20 } == expectation }) else {
        return false
    }
    return whole.last == "end" && cut.last == "close" && cut.dropLast(2) == whole.dropLast(1)
        && cut.dropLast().last?.hasPrefix("4") == true
}

/// The requests and refusals of a stream that arrives in pieces, in words.
private func steps(of stream: [UInt8], piece: Int) -> [String] {
    let conversation = HTTPConversation(HTTPPolicy(hosts: ["cellar.example"], proxies: proxies))
    var steps: [String] = []
    var given = 0
    var taken = 0
    var atEnd = false
    while true {
        let step = stream[taken..<given].withUnsafeBytes { bytes in
            describe(conversation.next(bytes, atEnd: atEnd, isStopping: false))
        }
        switch step {
        case .more:
            check(!atEnd, "more is awaited where nothing comes")
            if given == stream.count { atEnd = true }
            given = min(stream.count, given + piece)
        case .again: continue
        case .client(let words):
            check(steps.last?.hasPrefix("client ") != true, "two clients of one request")
            steps.append(words)
        case .logIn(let words, let isRight):
            if case .logInEnded = conversation.stage { fatalError("two log-ins of one request") }
            conversation.stage = .logInEnded(isRight ? .accepted : .refused(HTTPProblem(.wrongToken)))
            steps.append(words)
        case .end: return steps + ["end"]
        case .request(let words, let exchange, let count):
            check((1...max(1, given - taken)).contains(count), "\(count) bytes taken of \(given - taken)")
            taken += count
            steps.append(words)
            var wasRefused = false
            if case .logInEnded(.refused) = conversation.stage { wasRefused = true }
            check(wasRefused == (words == refusedLogIn), "the log-in's outcome is not that of the request: \(words)")
            if exchange.persistence == .close { return steps + ["close"] }
            conversation.stage = .awaitingRequest
        }
    }
}

/// The peer is a proxy, which tells who the client of each request is.
private let proxies = SocketAddress.numeric(host: "127.0.0.1", port: 0) ?? []

private enum Described {
    case more, again, end
    case client(String)
    case logIn(String, isRight: Bool)
    case request(String, HTTPExchange, taken: Int)
}

private let refusedLogIn = "the log-in was refused"

private func describe(_ step: HTTPConversation.Step) -> Described {
    switch step {
    case .partial: return .more
    case .awaitsContinue: return .again
    case .end: return .end
    case .client(let chain): return .client("client \(chain)")
    case .logIn(.logInByToken(let secret)):
        return .logIn("log in by \(secret.string)", isRight: secret.string.utf8.last.map { $0 % 2 == 0 } == true)
    case .logIn(.logIn(let credentials)):
        let name = credentials.name.string
        return .logIn("log in as \(name)", isRight: name.utf8.count % 2 == 0)
    case .logIn(let request): fatalError("\(request) is no log-in")
    case .refused(let problem, let exchange, let taken):
        check(problem.status == .unauthorized, "the refusal is another one")
        return .request(refusedLogIn, exchange, taken: taken)
    case .route(let route, let exchange, let taken):
        check(route.isSound, "\(route.purpose) as \(route.form)")
        if case .page(let answer) = route.purpose {
            return .request("\(answer.body.count) bytes", exchange, taken: taken)
        }
        return .request("\(route.purpose) as \(route.form)", exchange, taken: taken)
    case .problem(let problem, let exchange, let taken):
        // The body is one line of JSON whatever the request was.
        for body in [problem.body, problem.ntfyBody] {
            check(body.count { $0 == UInt8(ascii: "\n") } == 1, "a problem has several lines")
        }
        check(
            problem.ntfyCode.map { $0 / 100 == Int(problem.status.rawValue) } ?? true,
            "the status \(problem.status) has ntfy's code \(problem.ntfyCode ?? 0)")
        check((400..<600).contains(Int(problem.status.rawValue)), "a problem has the status \(problem.status)")
        return .request("\(problem.status.rawValue) \(problem.code)", exchange, taken: taken)
    }
}

extension HTTPRoute {
    /// Whether a request of ntfy's became what it says: an upload with the topic's hashtag, or following the topics.
    fileprivate var isSound: Bool {
        switch (purpose, form) {
        case (.request(.upload(let upload)), .ntfyMessage(let topic)):
            guard let tag = Hashtag(topic), let text = upload.text else { return false }
            return text.hashtags.contains(tag) && !HTTPPath.isOwnName(tag)
        case (.request(.follow(let follow)), .ntfy(let stream)):
            return follow == Follow(tags: stream.tags) && !follow.tags.isEmpty
                && ("\(stream.form)" == "ws") == form.isUpgrade
        case (.request(.follow(let follow)), .ntfyPermission): return !follow.tags.isEmpty
        case (.health, .ntfyHealth): return true
        default: return !form.speaksNtfy
        }
    }
}
