public import TweetModel

/// The chat in front of a person: the messages, the line that is typed, and what the keys do to both.
public struct ChatDesk: Sendable {
    /// The request that a key makes of the chat.
    public enum Outcome: Hashable, Sendable {
        case nothing
        case submit(String)
        /// Lines of a paste that the person has agreed to say.
        case say([TweetText])
        /// The end of the input.
        case end
        case repaint
        /// The request that the key's signal would make.
        case interrupt, abort, suspend
    }

    /// A paste that is coming in.
    struct OpenPaste: Sendable {
        /// Whether it was begun for something that has changed since, or is lost: then nothing is made of it.
        var isStale: Bool
        /// Whether its end has not come in time, and its rest is dropped.
        let isLost: Bool

        init(isStale: Bool, isLost: Bool) {
            self.isStale = isStale
            self.isLost = isLost
        }

        /// The rest of a paste that was given up; nil behind a whole one.
        init?(behind paste: Paste) {
            if paste.hasEnd { return nil }
            self.init(isStale: true, isLost: true)
        }
    }

    var transcript = Transcript()
    var input = InputLine()
    private var completion: Completion?
    private var style = LineStyle()
    /// The question that the line answers; another one begins with an empty line.
    var question: Question?
    private var typeAhead = TypeAheadGuard()
    /// Whether keys are nothing up to the next Enter: what they go on with was begun for something else.
    var isDropping = false
    var openPaste: OpenPaste?
    /// Pasted lines that a person has to decide about; the line that was being typed waits behind them.
    var pasted: PastedMessages? {
        didSet { pastedWasDrawn = false }
    }
    /// Whether the question about them can have been seen: a key before that was typed for something else.
    private(set) var pastedWasDrawn = false
    /// Messages for this person that have come since a key was last pressed.
    private(set) var unseenForYou = 0
    public var size: ScreenSize {
        didSet { transcript.resized(height: size.messageRows, width: size.messageColumns, style: style) }
    }

    public init(size: ScreenSize) {
        self.size = size
    }

    /// Whether what is typed next is secret: it must not reach a shell either.
    public var isSecret: Bool { question?.isHidden == true || isDropping || openPaste != nil }

    // MARK: What happens

    /// - Parameter secondsFromUTC: how far local time is ahead of UTC.
    public mutating func show(_ line: ChatLine, secondsFromUTC: Int) {
        style.secondsFromUTC = secondsFromUTC
        transcript.append(line, style: style)
        if line.isForYou { unseenForYou += 1 }
    }

    /// Says something of the desk's own.
    mutating func fail(_ text: String, at time: Timestamp) {
        transcript.append(ChatLine(.failure, time, text), style: style)
    }

    /// Whether keys that were read and not pressed yet are to be given to the next update.
    ///
    /// - Parameter resets: how often the machine has had what was typed dropped.
    public func wantsUnread(at resets: Int) -> Bool { typeAhead.isReset(at: resets) }

    /// Takes over what the chat says of itself, and drops what ``TypeAheadGuard`` says.
    ///
    /// - Parameters:
    ///   - resets: how often the machine has had what was typed dropped.
    ///   - unread: all that was typed and not pressed yet, where that is wanted: nothing is made of it.
    public mutating func update(
        _ status: ChatStatus, _ question: Question?, resets: Int, unread: [KeyParser.Input] = [], at time: Timestamp
    ) {
        style.ownName = status.name
        style.followedTags = Set(status.tags.compactMap { Hashtag($0)?.key })
        let former = self.question
        self.question = question
        if question != former { dropPaste(at: time) }
        let hasInput = !input.isEmpty || !unread.isEmpty
        if typeAhead.decide(at: resets, from: former, to: question, hasInput: hasInput) == .dropToEnter {
            drop(unread, at: time)
        }
        // Text that was typed as a message is no password, and the other way round.
        if question != former, former?.isHidden == true || question?.isHidden == true { input.clear() }
    }

    /// Drops the line that is typed and what was typed behind it, up to the next Enter.
    private mutating func drop(_ unread: [KeyParser.Input], at time: Timestamp) {
        if !isDropping { fail(Question.dropped, at: time) }
        for input in unread {
            switch input {
            case .pasteBegan: openPaste = OpenPaste(isStale: true, isLost: false)
            case .pasted(let paste): openPaste = OpenPaste(behind: paste)
            case .lostPasteEnded: openPaste = nil
            case .key: break
            }
        }
        isDropping = unread.last != .key(.enter)
        input.clear()
    }

    /// Whether the keys that are typed now come before a question that is not drawn yet, and are no answer to it.
    public var hasUndrawnQuestion: Bool { pasted != nil && !pastedWasDrawn }

    /// The image is on the terminal.
    public mutating func wasDrawn() { pastedWasDrawn = true }

    // MARK: Keys

    /// - Parameters:
    ///   - time: when it was pressed.
    ///   - names: known for Tab, and asked for only then.
    ///   - tags: the same of hashtags.
    public mutating func press(
        _ key: Key, at time: Timestamp, names: @autoclosure () -> [String], tags: @autoclosure () -> [String]
    ) -> Outcome {
        unseenForYou = 0
        switch key {
        case .interrupt: return .interrupt
        case .abort: return .abort
        // A shell would be given what is typed next, and show it.
        case .suspend: return isSecret ? .nothing : .suspend
        case .repaint: return .repaint
        case .pageUp:
            transcript.scrollBack(pageRows, height: size.messageRows, width: size.messageColumns, style: style)
        case .pageDown:
            transcript.scrollForward(pageRows, height: size.messageRows, width: size.messageColumns, style: style)
        case .endOfInput where input.isEmpty: return .end
        case _ where pasted != nil: return decide(key)
        case .enter where isDropping: isDropping = false
        case _ where isDropping: break
        case .enter: return submit(at: time)
        case .tab:
            if question == nil { _ = Completion.complete(&input, &completion, names: names(), tags: tags()) }
        case .up, .down: if question == nil { _ = input.edit(key) }
        default: _ = input.edit(key)
        }
        return .nothing
    }

    private mutating func submit(at time: Timestamp) -> Outcome {
        if question == nil, let left = ChatCommand.charactersLeft(input.text), left < 0 {
            // The line stays where it is, for it to be made shorter.
            fail("the message is \(-left) character\(left == -1 ? "" : "s") too long", at: time)
            return .nothing
        }
        transcript.scrollToEnd()
        return .submit(input.submit(isSecret: question != nil))
    }

    /// A page without one row, so that the eye finds its place again.
    private var pageRows: Int { max(1, size.messageRows - 1) }

    // MARK: Seeing

    /// - Parameter people: the names that are listed beside the messages, as far as there is room.
    public func image(_ status: ChatStatus, people: [String] = [], now: UInt64) -> ScreenImage {
        var content = ScreenLayout.Content(
            transcript: transcript, style: style, status: status, input: input, question: question, people: people)
        content.pastedCount = pasted?.texts.count
        content.pastePrompt = openPaste.map { ($0.isLost ? Paste.Prompt.lost : .coming).onScreen }
        content.unseenForYou = unseenForYou
        return ScreenLayout.image(size, content, now: now)
    }
}
