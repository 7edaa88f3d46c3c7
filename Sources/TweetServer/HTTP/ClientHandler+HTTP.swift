import TweetHTTP
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// Answers of HTTP: what operations send is a packet, and becomes a response here.
extension ClientHandler {
    /// Sends a packet to a client of HTTP: as the answer to the request under way, or as a part of it.
    ///
    /// The outcome of a log-in is only noted: the request that asked for it is answered after it.
    ///
    /// - Parameter packet: a line that ``PacketWriter`` has made.
    func send(_ packet: [UInt8], to http: HTTPConversation) {
        switch http.stage {
        case .answering(let exchange): send(packet, as: exchange)
        case .loggingIn: http.stage = .logInEnded(.accepted)
        case .awaitingRequest, .logInEnded:
            assertionFailure("a packet is sent and no request of HTTP is being answered")
        }
    }

    /// Sends an error to a client of HTTP; see ``send(_:to:)-([UInt8],_)``.
    func send(_ error: WireError, to http: HTTPConversation) {
        switch http.stage {
        case .answering(let exchange): send(HTTPProblem(error), as: exchange)
        case .loggingIn: http.stage = .logInEnded(.refused(HTTPProblem(error)))
        case .awaitingRequest, .logInEnded:
            assertionFailure("an error is sent and no request of HTTP is being answered")
        }
    }

    private func send(_ packet: [UInt8], as exchange: HTTPExchange) {
        if case .stream(_, let isWaiting, _) = exchange.form {
            return sendStreamPart(packet, isWaiting: isWaiting, exchange)
        }
        switch HTTPPacket(packet) {
        case .part(let element): sendElement(element, exchange)
        case .answer(let body):
            switch exchange.form {
            case .lines, .array: endList(exchange)
            case .stream, .ntfyHealth, .ntfy: break
            case .ntfyPermission: respond(HTTPHeads.json, body: Array("{\"success\":true}\n".utf8), exchange)
            case .ntfyMessage(let topic):
                guard let line = NtfyForm.line(ofTweet: body, topic: NtfyFollow.json(topic)) else {
                    preconditionFailure("an upload's answer is no tweet")
                }
                respond(HTTPHeads.json, body: line, exchange)
            case .object: respond(HTTPHeads.json, body: [UInt8](body) + [UInt8(ascii: "\n")], exchange)
            case .text:
                // A text is asked for where the answer is one tweet.
                let tweet = packet.withUnsafeBytes { bytes in
                    try? Answer(line: UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
                }
                guard case .one(.tweet(let tweet))? = tweet else { preconditionFailure("a text was asked of no tweet") }
                respond(HTTPHeads.text, body: Array(tweet.text.utf8) + [UInt8(ascii: "\n")], exchange)
            }
        case nil: preconditionFailure("an operation has sent no packet")
        }
    }

    /// Sends the last message.
    func sendLastMessage(as exchange: HTTPExchange) {
        guard exchange.form == .text else { return send(server.live.session.lastMessageLine, as: exchange) }
        respond(HTTPHeads.text, body: server.live.session.lastMessageText + [UInt8(ascii: "\n")], exchange)
    }

    /// Answers with an error; one that comes within a list cuts the answer off.
    func send(_ problem: HTTPProblem, as exchange: HTTPExchange) {
        if exchange.hasBegun {
            connection.setResetsOnClose(true)
            return connection.close(.reset)
        }
        let speaksNtfy = problem.ntfyCode != nil || exchange.form.speaksNtfy
        respond(problem.head, body: speaksNtfy ? problem.ntfyBody : problem.body, exchange)
    }

    /// Answers a request of HTTP that is no request of the protocol's, and reports it.
    func refuse(_ problem: HTTPProblem) {
        if let error = problem.error {
            reportRefusal(error)
        } else {
            server.counts.countRefusal(http: problem.code)
            report(.error, " was refused: ", "\(problem.code), \(problem.message)", .refusal)
        }
        if let exchange = conversation.exchange { send(problem, as: exchange) }
    }

    /// Says whether the server serves (RFC 9110, 15.6.4).
    func sendHealth(as exchange: HTTPExchange) {
        if conversation.isStopping { return send(HTTPProblem(Conversation.stopping), as: exchange) }
        if let refusal = server.gate.refusal(now: server.now) {
            return send(HTTPProblem(WireError(.unavailable, "read-only: \(refusal.message)")), as: exchange)
        }
        if exchange.form == .ntfyHealth {
            return respond(HTTPHeads.json, body: Array("{\"healthy\":true}\n".utf8), exchange)
        }
        respond(HTTPHeads.text, body: Array("serving\n".utf8), exchange)
    }

    /// Sends an answer whose bytes are ready.
    func send(_ answer: HTTPReadyAnswer, as exchange: HTTPExchange) {
        var head: [UInt8] = []
        head.reserveCapacity(1024)
        answer.body.withUnsafeBytes { body in
            ResponseWriter.append(
                answer.head, body: body, exchange.persistence, isHead: true, at: server.httpDate, to: &head)
            connection.send(head)
            if !exchange.isHead { connection.send(body) }
        }
        end(exchange)
    }

    // MARK: Responses

    private func respond(_ head: ResponseHead, body: [UInt8], _ exchange: HTTPExchange) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 + body.count)
        body.withUnsafeBytes { body in
            ResponseWriter.append(
                head, body: body, exchange.persistence, isHead: exchange.isHead, at: server.httpDate, to: &bytes)
        }
        connection.send(bytes)
        end(exchange)
    }

    /// Notes that nothing more is sent for the request under way, if there is one.
    func endExchange() {
        guard let http = conversation.http, let exchange = http.exchange else { return }
        http.stage = .awaitingRequest
        guard exchange.followsLogIn else { return }
        // The next request may be another person's.
        conversation.identity = .nobody
        forgetGrant()
    }

    /// Notes that the answer is complete.
    private func end(_ exchange: HTTPExchange) {
        endExchange()
        if exchange.persistence == .close { connection.finish() } else { enter(.idle) }
    }

    // MARK: Lists

    private func sendElement(_ element: ArraySlice<UInt8>, _ exchange: HTTPExchange) {
        var piece: [UInt8] = []
        if exchange.form == .array { piece.append(UInt8(ascii: exchange.hasBegun ? "," : "[")) }
        piece += element
        if exchange.form == .lines { piece.append(UInt8(ascii: "\n")) }
        sendPiece(piece, exchange)
    }

    /// Sends a piece of a list.
    func sendPiece(_ piece: [UInt8], _ exchange: HTTPExchange) {
        var bytes: [UInt8] = []
        beginList(exchange, &bytes)
        append(piece, exchange, to: &bytes)
        connection.send(bytes)
    }

    func endList(_ exchange: HTTPExchange) {
        var bytes: [UInt8] = []
        let rest = exchange.form == .array ? (exchange.hasBegun ? "]\n" : "[]\n") : ""
        beginList(exchange, &bytes)
        append(Array(rest.utf8), exchange, to: &bytes)
        if exchange.knowsChunks, !exchange.isHead { bytes += ChunkedBody.end }
        connection.send(bytes)
        if !exchange.knowsChunks { connection.setResetsOnClose(false) }
        end(exchange)
    }

    /// Appends the head of a list's answer, once.
    private func beginList(_ exchange: HTTPExchange, _ bytes: inout [UInt8]) {
        if exchange.hasBegun { return }
        if exchange.knowsChunks {
            ChunkedBody.appendHead(
                exchange.form.head, closes: exchange.persistence == .close, at: server.httpDate, to: &bytes)
        } else {
            ResponseWriter.appendStream(exchange.form.head, at: server.httpDate, to: &bytes)
            // Only an orderly end tells that the list is whole.
            connection.setResetsOnClose(true)
        }
        exchange.hasBegun = true
    }

    private func append(_ piece: [UInt8], _ exchange: HTTPExchange, to bytes: inout [UInt8]) {
        if exchange.isHead { return }
        if exchange.knowsChunks {
            piece.withUnsafeBytes { ChunkedBody.append($0, to: &bytes) }
        } else {
            bytes += piece
        }
    }

    // MARK: Streams

    private func sendStreamPart(_ packet: [UInt8], isWaiting: Bool, _ exchange: HTTPExchange) {
        if !exchange.hasBegun {
            var bytes: [UInt8] = []
            ResponseWriter.appendStream(exchange.form.head, at: server.httpDate, to: &bytes)
            if exchange.isRewound { bytes += EventStream.rewound(to: server.live.newestSequence) }
            connection.send(bytes)
            exchange.hasBegun = true
            connection.setInputDeadline(after: ServerLimits.heartbeat)
        }
        // The answer to the request itself: the stream has begun.
        if case .answer? = HTTPPacket(packet) { return }
        connection.send(packet: packet)
        // Any other packet, such as `lagged`, is the last event.
        if isWaiting || !packet.starts(with: Self.tweetStart) { endStream() }
    }

    private static let tweetStart = Array(#"["tweet","#.utf8)

    /// Ends a stream once all of it is sent.
    func endStream() {
        endExchange()
        subscriber.unfollowAll()
        connection.finish()
    }

    /// Whether a client that waits has been sent the tweet that it has waited for.
    var hasWaited: Bool { conversation.exchange?.awaitedLine != nil }

    /// Whether a stream takes a line of the ring that its client follows: one that waits takes the first one only.
    func streamTakes(_ line: UInt64, _ http: HTTPConversation) -> Bool {
        guard let exchange = http.exchange, case .stream(_, isWaiting: true, _) = exchange.form else { return true }
        if let last = exchange.awaitedLine { return last == line }
        exchange.awaitedLine = line
        return true
    }

    /// Keeps a stream's connection alive.
    func sendHeartbeat(_ framing: Framing) {
        connection.send(framing == .eventStream ? EventStream.heartbeat : EventStream.lineHeartbeat)
        connection.setInputDeadline(after: ServerLimits.heartbeat)
    }

    // MARK: Deadlines

    /// Notes what the next bytes of a client of HTTP ask for.
    ///
    /// - Parameter isPartial: whether a part of a request has arrived.
    func updateDeadline(for action: Conversation.Action, isPartial: Bool) {
        guard let http = conversation.http else { return }
        switch action {
        case .awaitInput: if http.exchange == nil, isPartial { enter(.receiving) }
        case .sayContinue, .finish: break
        default: enter(.answering)
        }
    }

    /// Limits the time for the rest of a request, and until the next one; a stream has its own rhythm.
    private func enter(_ phase: HTTPConversation.Phase) {
        guard let http = conversation.http, http.timedPhase != phase else { return }
        http.timedPhase = phase
        switch phase {
        case .answering: connection.setInputDeadline(after: nil)
        case .idle: connection.setInputDeadline(after: ServerLimits.idleHTTP)
        case .receiving: connection.setInputDeadline(after: ServerLimits.firstLine)
        }
    }

    /// Handles a deadline that has passed.
    func timedOut(_ http: HTTPConversation) {
        switch http.timedPhase {
        case .answering:
            switch http.exchange?.form {
            case .stream(let framing, _, _)?: sendHeartbeat(framing)
            case .ntfy(let follow)?: sendKeepalive(follow)
            default: break
            }
        case .idle, .receiving: run(conversation.timedOut(http))
        }
    }
}

extension Server {
    /// The Date of answers.
    var httpDate: HTTPDate {
        dateOfAnswers.update(secondsSince1970: clock().milliseconds / 1000)
        return dateOfAnswers
    }
}

/// A packet that an operation has sent, without its framing as a line.
private enum HTTPPacket {
    /// `["part",…]`: an element of a list.
    case part(ArraySlice<UInt8>)
    /// `["ok",…]`.
    case answer(ArraySlice<UInt8>)

    init?(_ line: [UInt8]) {
        if line.starts(with: Self.answerStart) {
            self = .answer(line[Self.answerStart.count..<line.count - 2])
        } else if line.starts(with: Self.partStart) {
            self = .part(line[Self.partStart.count..<line.count - 2])
        } else {
            return nil
        }
    }

    private static let answerStart = Array(#"["ok","#.utf8)
    private static let partStart = Array(#"["part","#.utf8)
}
