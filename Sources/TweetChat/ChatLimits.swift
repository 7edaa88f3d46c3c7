import TweetClient
import TweetSystem

/// Bounds of what a person, a script or a server can make grow or last: each has a unit and a reason.
enum ChatLimits {
    // MARK: Kept

    /// Lines of the scrollback.
    static let transcriptLines = 2000
    /// Lines of the input's history.
    static let historyLines = 200
    /// Characters of one line that is typed: several messages long, so that a paste is seen and can be cut.
    static let inputCharacters = 1000
    /// Bytes of one line of standard input; the longest text with a command before it takes fewer.
    static let inputBytes = 8192
    /// Names that Tab knows; the count of who is here is exact beyond it.
    static let knownNames = 10_000
    /// Authors and hashtags that Tab knows from what was shown.
    static let recentWords = 200

    // MARK: Typed and pasted

    /// Bytes of one paste: far more than a person sends at once, and no load for the process.
    static let pasteBytes = 64 * 1024
    /// Bytes of one read that are no key: within a paste without an end, a person presses keys and waits.
    static let pasteBulk = 16
    /// Lines of a paste that are sent as messages: more would be a file, for `ttweetcl --lines`.
    static let pasteLines = 50
    /// Lines of a paste whose refusal is said one by one: the rest is counted.
    static let pasteRefusals = 5
    /// Bytes of a key's sequence that are looked at: the longest that mean something have fewer than 20.
    static let sequenceBytes = 64
    /// Passwords that were typed in this run and are never said: as many as somebody tries.
    static let secrets = 16
    /// Bytes of a script's lines that are read before they can be taken, so that their end is noticed while the server is
    /// away: a pipe full.
    static let readAheadBytes = 64 * 1024
    /// Bytes of a script's lines that are named at the end because nobody has taken them: four pipes full.
    static let unreadBytes = 256 * 1024

    // MARK: Asked

    /// Tweets that are shown at the start.
    static let recentTweets = 20
    /// Private messages that one `/inbox` shows.
    static let inboxMessages = 100
    /// Names that one `/list` shows.
    static let listedNames = 500
    /// Hashtags that one `/list` shows.
    static let listedTags = 20
    /// Scalars of a name from a server; one that keeps the rules has 20.
    static let shownNameScalars = 32

    // MARK: Under way

    /// Messages that wait for the server's answer or for a connection.
    static let outboxMessages = 32
    /// The same with a paste: a whole one fits behind as many messages as may be typed, since it is sent whole or not
    /// at all and the person has agreed to it.
    static let outboxMessagesWithPaste = outboxMessages + pasteLines
    /// Requests without an answer.
    static let requestsUnderWay = 128
    /// Lines of a script that wait for the server's answers.
    static let heldLines = 64

    // MARK: Milliseconds

    /// From ESC to the next byte of a key's sequence: a letter that is typed a moment after a lone ESC is not lost.
    static let escapeSilence: UInt64 = 250
    /// From one byte to the next behind `ESC [`, `ESC O`, `ESC ]` and their like, which hardly anybody types: the rest of
    /// a key or of the terminal's answer that a slow line has torn is no text.
    static let sequenceSilence: UInt64 = 5000
    /// Within a paste, until it is dropped: what comes of it later would count as typed.
    ///
    /// A key that is pressed meanwhile does not begin it again.
    static let pasteSilence: UInt64 = 15_000
    /// From one byte of a paste to the next on a slow line: a terminal pastes faster than anybody types.
    static let pasteGap: UInt64 = 50
    /// For more of a script's lines that are only named: what writes them is perhaps in the middle of it.
    static let unreadSilence: Int32 = 250

    /// For looking a server's name up and connecting to it.
    static let connect: UInt64 = 10_000
    /// From a request to anything from the server: a password's hash may wait in a queue.
    static let answer: UInt64 = 20_000
    /// Of silence until the server is asked whether it is still there.
    ///
    /// The rest of ``SilenceWatch`` does not fit a chat: it gives the server its own time for the question, while here
    /// that is answered behind the requests before it, a password's check among them, and ``answer`` counts for all.
    static let silence = UInt64(SilenceWatch.silence.inMilliseconds)
    /// The pause before the second try to connect; each later one is twice as long, up to the longest.
    static let firstPause: UInt64 = 500
    static let longestPause: UInt64 = 30_000
    /// Of being here after which a break starts again with the first pause.
    static let steady: UInt64 = 10_000
    /// Between two tries to sign in while the server is busy.
    static let signInRetry: UInt64 = 1000
    /// For the answers under way when a person quits.
    static let quit: UInt64 = 2000
    /// Without a connection when the input has ended, or as much of it waits as is read ahead.
    static let end: UInt64 = 10_000

    // MARK: Tries

    /// To connect once the input has ended.
    static let triesAtEnd = 5
    /// To sign in while the server is busy.
    static let signInRetries = 30
    /// Connections that break before anybody was signed in.
    static let breaksBeforeSignIn = 3
}
