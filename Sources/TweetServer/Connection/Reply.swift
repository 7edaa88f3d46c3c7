import TweetModel
import TweetReactor
import TweetWire

/// The way in which an operation's handler answers; an error that it throws instead is the answer too.
enum Response {
    case line([UInt8])
    /// A ``Reply`` brings it.
    case later

    static var done: Response { .line(PacketWriter.okDone()) }
}

/// The answer that a request is still to get, for whoever makes it: the journal, a hash, a list.
///
/// It is given once, and the connection takes its next request then. A reply that is dropped unanswered is a bug, and
/// traps in a debug build, unless its connection has ended.
final class Reply {
    let client: ClientHandler
    private let pending: Conversation.Pending
    private var isAnswered = false

    /// Makes the reply to a request that the conversation has let through.
    init(_ client: ClientHandler, _ pending: Conversation.Pending) {
        self.client = client
        self.pending = pending
    }

    deinit {
        assert(isAnswered || !client.takesAnswers, "a request was never answered")
    }

    /// Answers with a line; one that speaks the original's packet sees the end of the connection instead.
    func send(_ line: [UInt8]) {
        guard begin() else { return }
        if case .original = pending {
            client.connection.setResetsOnClose(false)
            return client.connection.finish()
        }
        client.send(line)
        takeNext()
    }

    /// Answers with an error, and reports it where it is the client's; the original's client sees a reset.
    ///
    /// - Parameter name: whose password was tried.
    func refuse(_ error: WireError, attemptAt name: Name? = nil) {
        // Reported also where nobody is there to be told any more.
        if pending.isUpload { client.reportRefusedMessage(error) } else { client.reportRefusal(error, attemptAt: name) }
        guard begin() else { return }
        if case .original = pending { return client.connection.close(.reset) }
        client.send(PacketWriter.error(error))
        takeNext()
    }

    /// Answers with the line that a body makes, or with the error that it throws.
    func answer(_ line: () throws(WireError) -> [UInt8]) {
        do throws(WireError) {
            send(try line())
        } catch {
            refuse(error)
        }
    }

    /// Notes that the answer is here.
    ///
    /// - Returns: whether the client can be told.
    private func begin() -> Bool {
        precondition(!isAnswered, "a request was answered twice")
        isAnswered = true
        client.conversation.answered(pending)
        return client.takesAnswers
    }

    private func takeNext() {
        switch pending {
        // A list's output leaves before the next request is taken, so that lists that read much and answer little share
        // the loop with everybody else.
        case .list: client.awaitOutput()
        case .request: client.connection.resumeInput()
        case .upload, .original: if client.conversation.isAnswered { client.connection.resumeInput() }
        }
    }
}

extension ClientHandler {
    /// Begins an answer that takes longer than its request's turn; the next request waits for it.
    func beginReply(_ pending: Conversation.Pending = .request) -> Reply {
        conversation.answerBegan()
        return Reply(self, pending)
    }

    /// Whether a client is there to be answered.
    var takesAnswers: Bool { connection.isOpen && !connection.isFinishing }
}
