public import TweetModel
public import TweetSystem

/// The chat on the screen: the messages, the input line, and the effect of keys on both.
public struct ChatDesk: Sendable {
    /// The request that a key makes to the chat.
    public enum Outcome: Hashable, Sendable {
        case nothing
        case submit(String)
        /// Sends the lines of a paste, as the person has agreed.
        case say([TweetText])
        /// The end of the input.
        case end
        case repaint
        /// The request that the key's signal would make.
        case interrupt, abort, suspend
    }

    /// A paste that is arriving.
    struct OpenPaste: Sendable {
        /// Whether it was begun for something that has changed since, or is lost: then it is dropped.
        var isStale: Bool
        /// Whether its end did not arrive in time, so that its rest is dropped.
        let isLost: Bool

        init(isStale: Bool, isLost: Bool) {
            self.isStale = isStale
            self.isLost = isLost
        }

        /// Creates the rest of a paste that was given up; nil after a whole one.
        init?(behind paste: Paste) {
            if paste.hasEnd { return nil }
            self.init(isStale: true, isLost: true)
        }
    }

    var transcript = Transcript()
    var input = InputLine()
    private var completion: Completion?
    private var style = LineStyle()
    /// The question that the input line answers; a new question begins with an empty line.
    var question: Question?
    private var typeAhead = TypeAheadGuard()
    /// Whether keys are ignored up to the next Enter, because their line was begun for something else.
    var isDropping = false
    var openPaste: OpenPaste?
    /// Pasted lines that wait for a person's decision; the unfinished input line is kept meanwhile.
    var pasted: PastedMessages? {
        didSet { pastedWasDrawn = false }
    }
    /// Whether the question about them has been drawn: an earlier key was typed for something else.
    private(set) var pastedWasDrawn = false
    /// Messages for this person since the last key was pressed.
    private(set) var unseenForYou = 0
    public var size: ScreenSize {
        didSet { transcript.resized(height: size.messageRows, width: size.messageColumns, style: style) }
    }

    public init(size: ScreenSize) {
        self.size = size
    }

    /// Whether the next input is secret, so that it must not reach a shell either.
    public var isSecret: Bool { question?.isHidden == true || isDropping || openPaste != nil }

    // MARK: Events

    /// - Parameter secondsFromUTC: how far local time is ahead of UTC.
    public mutating func show(_ line: ChatLine, secondsFromUTC: Int) {
        style.secondsFromUTC = secondsFromUTC
        transcript.append(line, style: style)
        if line.isForYou { unseenForYou += 1 }
    }

    /// Shows a failure of the desk itself.
    mutating func fail(_ text: String, at time: Timestamp) {
        transcript.append(ChatLine(.failure, time, text), style: style)
    }

    /// Whether the next update needs the keys that were read and not pressed yet.
    ///
    /// - Parameter resets: the machine's count of type-ahead resets.
    public func wantsUnread(at resets: Int) -> Bool { typeAhead.isReset(at: resets) }

    /// Applies the chat's state, and drops input as ``TypeAheadGuard`` decides.
    ///
    /// - Parameters:
    ///   - resets: the machine's count of type-ahead resets.
    ///   - unread: the input that was typed and not pressed yet, if ``wantsUnread(at:)``: it is dropped.
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
        // A line begun as a message must not become a password, nor a password a message.
        if question != former, former?.isHidden == true || question?.isHidden == true { input.clear() }
    }

    /// Drops the input line and the input typed after it, up to the next Enter.
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

    /// Whether there is a question that is not drawn yet, so that the keys typed now are no answer to it.
    public var hasUndrawnQuestion: Bool { pasted != nil && !pastedWasDrawn }

    /// Notes that the image is on the terminal.
    public mutating func wasDrawn() { pastedWasDrawn = true }

    // MARK: Keys

    /// - Parameters:
    ///   - time: when the key was pressed.
    ///   - names: names for Tab completion, evaluated only then.
    ///   - tags: hashtags for Tab completion, evaluated only then.
    public mutating func press(
        _ key: Key, at time: Timestamp, names: @autoclosure () -> [String], tags: @autoclosure () -> [String]
    ) -> Outcome {
        unseenForYou = 0
        switch key {
        case .interrupt: return .interrupt
        case .abort: return .abort
        // Otherwise a shell would receive and show the next input.
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
            // The line is kept, so that it can be shortened.
            fail("the message is \(-left) character\(left == -1 ? "" : "s") too long", at: time)
            return .nothing
        }
        transcript.scrollToEnd()
        return .submit(input.submit(isSecret: question != nil))
    }

    /// A page less one row, to help the reader's eye.
    private var pageRows: Int { max(1, size.messageRows - 1) }

    // MARK: Seeing

    /// - Parameter people: the names to list beside the messages, as far as there is room.
    public func image(_ status: ChatStatus, people: [String] = [], now: Instant) -> ScreenImage {
        var content = ScreenLayout.Content(
            transcript: transcript, style: style, status: status, input: input, question: question, people: people)
        content.pastedCount = pasted?.texts.count
        content.pastePrompt = openPaste.map { ($0.isLost ? Paste.Prompt.lost : .coming).onScreen }
        content.unseenForYou = unseenForYou
        return ScreenLayout.image(size, content, now: now)
    }
}
