import TweetModel

/// The state of the chat for the fronts: always computed, never stored.
extension ChatMachine {
    public var view: ChatView {
        ChatView(
            status: status, question: question, typeAheadResets: typeAheadResets, wantsInput: wantsInput,
            roster: roster,
            recentWords: reader.recentWords)
    }

    /// The question that the next typed line answers, instead of being sent as a message.
    public var question: Question? { questions.current }
    public var typeAheadResets: Int { questions.typeAheadResets }

    public var status: ChatStatus {
        var status = ChatStatus(server: start.server)
        status.connection =
            switch connection.phase {
            case .idle, .connecting, .over: .connecting
            case .signingIn, .here, .leaving: .connected
            case .pausing(let until): .pausing(until: until)
            }
        status.name = signIn.name
        status.hasAccount = signIn.hasAccount
        status.hereCount = roster.isKnown ? roster.count : nil
        status.pending = reader.waitingCount
        status.isAway = presence.isAway
        status.isHidden = presence.isHidden
        status.tags = reader.tags.map(\.written)
        status.unanswered = outbox.count
        status.waitsForStore = outbox.resendAt != nil
        return status
    }

    /// Whether the next line can be taken: a script's line is left unread until then.
    public var wantsInput: Bool {
        !lines.haveEnded && !lines.hasHeld && outbox.hasRoom
            && requests.count < ChatLimits.requestsUnderWay / 2
    }
}
