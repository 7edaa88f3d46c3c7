import TweetModel
import TweetReactor
import TweetWire

/// The result of an operation's handler; an error that it throws instead is sent as the answer.
enum Response {
    case line([UInt8])
    /// A ``Reply`` sends the answer later.
    case later

    static var done: Response { .line(PacketWriter.okDone()) }
}

/// The answer that a request is waiting for, held by whatever produces it: the journal, a hash or a list.
///
/// It is sent once; then the connection takes its next request. Dropping an unanswered reply is a bug and traps in a
/// debug build, unless the connection has ended.
final class Reply {
    let client: ClientHandler
    private let pending: Conversation.Pending
    private var isAnswered = false

    /// Creates the reply to a request that the conversation has admitted.
    init(_ client: ClientHandler, _ pending: Conversation.Pending) {
        self.client = client
        self.pending = pending
    }

    deinit {
        assert(isAnswered || !client.takesAnswers, "a request was never answered")
    }

    /// Answers with a line; an original client sees the connection end instead.
    func send(_ line: [UInt8]) {
        guard begin() else { return }
        if case .original = pending {
            client.connection.setResetsOnClose(false)
            return client.connection.finish()
        }
        client.send(line)
        takeNext()
    }

    /// Answers with an error and reports it; an original client sees a reset instead.
    ///
    /// - Parameter name: the name whose password was tried.
    func refuse(_ error: WireError, attemptAt name: Name? = nil) {
        // Reported even if the client is gone.
        if pending.isUpload { client.reportRefusedMessage(error) } else { client.reportRefusal(error, attemptAt: name) }
        guard begin() else { return }
        if case .original = pending { return client.connection.close(.reset) }
        client.send(error)
        takeNext()
    }

    /// Answers with the line that a body returns, or with the error that it throws.
    func answer(_ line: () throws(WireError) -> [UInt8]) {
        do throws(WireError) {
            send(try line())
        } catch {
            refuse(error)
        }
    }

    /// Notes that the request is answered.
    ///
    /// - Returns: whether the client can still receive the answer.
    private func begin() -> Bool {
        precondition(!isAnswered, "a request was answered twice")
        isAnswered = true
        client.conversation.answered(pending)
        return client.takesAnswers
    }

    private func takeNext() {
        switch pending {
        // A list's output is sent before the next request is taken, so that lists that read much and send little do not
        // keep the loop from other clients. What a follower has missed ends without output if all of it is sent by then:
        // nothing would tell that it is, and the end of the client's stream would go unseen.
        case .list:
            client.awaitOutput()
            if client.connection.outputBytes == 0 { client.outputDrained() }
        case .request: client.connection.resumeInput()
        case .upload, .original: if client.conversation.isAnswered { client.connection.resumeInput() }
        }
    }
}

extension ClientHandler {
    /// Starts an answer that takes longer than its request's turn; the next request waits for it.
    func beginReply(_ pending: Conversation.Pending = .request) -> Reply {
        conversation.answerBegan()
        return Reply(self, pending)
    }

    /// Whether the client can still receive answers.
    var takesAnswers: Bool { connection.isOpen && !connection.isFinishing }
}
