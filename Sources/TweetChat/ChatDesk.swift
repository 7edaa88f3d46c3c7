public import TweetModel

/// What a person has in front of them: the messages, the line that is typed, and what the keys do to both.
public struct ChatDesk: Sendable {
    /// What a key asks of the chat.
    public enum Outcome: Hashable, Sendable {
        case nothing
        case submit(String)
        /// The end of the input.
        case end
        case repaint
    }

    private var transcript = Transcript()
    private(set) var input = InputLine()
    private var completion: Completion?
    private var style = LineStyle()
    /// The question that the line answers; another one begins with an empty line.
    private var question: Question?
    private var questionChanges = 0
    /// Whether keys are nothing up to the next Enter: what they go on with was begun for something else.
    private var isDropping = false
    public var size: ScreenSize

    public init(size: ScreenSize) {
        self.size = size
    }

    // MARK: What happens

    /// - Parameter secondsFromUTC: how far the clock on the wall is ahead.
    public mutating func show(_ line: ChatLine, secondsFromUTC: Int) {
        style.secondsFromUTC = secondsFromUTC
        transcript.append(line, style: style)
    }

    /// Takes over what the chat says of itself.
    ///
    /// - Parameter changes: how often the question has changed by itself.
    public mutating func update(_ status: ChatStatus, _ question: Question?, changes: Int, at time: Timestamp) {
        style.ownName = status.name
        style.followedTags = Set(status.tags.compactMap { Hashtag($0)?.key })
        let isSudden = changes != questionChanges
        questionChanges = changes
        guard question != self.question else { return }
        let wasHidden = self.question?.isHidden ?? false
        let isHidden = question?.isHidden ?? false
        self.question = question
        if isSudden, !isDropping, wasHidden || !input.isEmpty {
            isDropping = true
            input.clear()
            transcript.append(ChatLine(.failure, time, Question.dropped), style: style)
        }
        // What was typed as a message is no password, and the other way round.
        if wasHidden || isHidden { input.clear() }
    }

    /// - Parameters:
    ///   - time: when it was pressed.
    ///   - names: known for Tab, and asked for only then.
    ///   - tags: the same of hashtags.
    public mutating func press(
        _ key: Key, at time: Timestamp, names: @autoclosure () -> [String], tags: @autoclosure () -> [String]
    ) -> Outcome {
        switch key {
        case .enter where isDropping: isDropping = false
        case .enter:
            if question == nil, let left = ChatCommand.charactersLeft(input.text), left < 0 {
                return tooLong(-left, time)
            }
            transcript.scrollToEnd()
            return .submit(input.submit(isSecret: question != nil))
        case .tab where !isDropping:
            if question == nil { _ = Completion.complete(&input, &completion, names: names(), tags: tags()) }
        case .pageUp:
            transcript.scrollBack(pageRows, height: size.messageRows, width: size.columns, style: style)
        case .pageDown: transcript.scrollForward(pageRows, width: size.columns, style: style)
        case .repaint: return .repaint
        case .endOfInput where input.isEmpty: return .end
        case _ where isDropping: break
        case .up, .down: if question == nil { _ = input.edit(key) }
        default: _ = input.edit(key)
        }
        return .nothing
    }

    /// A page without one row, so that the eye finds its place again.
    private var pageRows: Int { max(1, size.messageRows - 1) }

    /// Leaves the line where it is, for it to be made shorter.
    private mutating func tooLong(_ count: Int, _ time: Timestamp) -> Outcome {
        let text = "the message is \(count) character\(count == 1 ? "" : "s") too long"
        transcript.append(ChatLine(.failure, time, text), style: style)
        return .nothing
    }

    // MARK: Seeing

    public func image(_ status: ChatStatus, now: UInt64) -> ScreenImage {
        ScreenLayout.image(
            size, transcript: transcript, style: style, status: status, input: input, question: question, now: now)
    }
}
