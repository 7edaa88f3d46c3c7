import TweetClient
import TweetSystem

/// Bounds for what a person, a script or a server can make grow or last: each has a unit and a reason.
enum ChatLimits {
    // MARK: Kept

    /// Lines of the scrollback.
    static let transcriptLines = 2000
    /// Bytes of the scrollback's texts: that many ordinary lines, or fewer of a server that sends longer ones.
    static let transcriptBytes = 2 << 20
    /// Lines of the input's history.
    static let historyLines = 200
    /// Characters of the input line: several messages long, so that a paste is visible and can be cut.
    static let inputCharacters = 1000
    /// Bytes of one line of standard input; the longest text with a command before it takes fewer.
    static let inputBytes = 8192
    /// Names for Tab completion; the count of people here is exact beyond it.
    static let knownNames = 10_000
    /// Authors and hashtags for Tab completion from the latest messages.
    static let recentWords = 200

    // MARK: Typed and pasted

    /// Bytes of one paste: far more than a person sends at once, and still little memory.
    static let pasteBytes = 64 * 1024
    /// Bytes of one read that cannot be a key: during a paste without an end, a person presses keys and waits.
    static let pasteBulk = 16
    /// Lines of a paste that are sent as messages: more would be a file, for `ttweetcl --lines`.
    static let pasteLines = 50
    /// Refused lines of a paste that are reported one by one: the rest is counted.
    static let pasteRefusals = 5
    /// Bytes of a key's sequence that are kept: the longest one with a meaning has fewer than 20.
    static let sequenceBytes = 64
    /// Passwords typed in this run that are never sent: more than anybody tries.
    static let secrets = 16
    /// Bytes of a script's lines that are read ahead, so that the end of the input is noticed while the server is away:
    /// a full pipe.
    static let readAheadBytes = 64 * 1024
    /// Bytes of a script's unhandled lines that are named at the end: four full pipes.
    static let unreadBytes = 256 * 1024

    // MARK: Requested

    /// Tweets shown at the start.
    static let recentTweets = 20
    /// Private messages shown by one `/inbox`.
    static let inboxMessages = 100
    /// Names shown by one `/list`.
    static let listedNames = 500
    /// Hashtags shown by one `/list`.
    static let listedTags = 20
    /// Scalars of a name from a server; a valid one has at most 20.
    static let shownNameScalars = 32

    // MARK: In flight

    /// Messages that wait for the server's answer or for a connection.
    static let outboxMessages = 32
    /// The same with a paste: a whole paste fits after the maximum of typed messages, since it is sent whole or not at
    /// all and the person has agreed to it.
    static let outboxMessagesWithPaste = outboxMessages + pasteLines
    /// Bytes of memory of one answer's parts, of which all the names for completion take half.
    ///
    /// More are dropped, like those beyond the number that is shown.
    static let answerBytes = 2 << 20
    /// Requests without an answer.
    static let requestsUnderWay = 128
    /// Lines of a script that wait for the server's answers.
    static let heldLines = 64

    // MARK: Time

    /// From ESC to the next byte of a key's sequence: short enough to keep a letter that is typed just after a lone
    /// ESC.
    static let escapeSilence: Duration = .milliseconds(250)
    /// From one byte to the next after `ESC [`, `ESC O`, `ESC ]` and the like, which hardly anybody types: the rest of
    /// a key or of the terminal's answer that a slow line has split must not become text.
    static let sequenceSilence: Duration = .seconds(5)
    /// Silence within a paste until it is dropped: the rest would otherwise count as typed.
    ///
    /// Pressing a key does not restart it.
    static let pasteSilence: Duration = .seconds(15)
    /// From one byte of a paste to the next on a slow line: a terminal pastes faster than anybody types.
    static let pasteGap: Duration = .milliseconds(50)
    /// Time to wait for more of a script's unsent lines: its writer may still be writing.
    static let unreadSilence: Duration = .milliseconds(250)

    /// For resolving a server's name and connecting to it.
    static let connect: Duration = .seconds(10)
    /// From a request to a line of its answer, and from one such line to the next: a password's hash may wait in a queue.
    ///
    /// Other lines are no answer, however many come, except the missed tweets before the answer to a follow.
    static let answer: Duration = .seconds(20)
    /// From a request to the end of its answer, unless it is a follow: a list of all people over a slow line.
    static let wholeAnswer: Duration = .seconds(120)
    /// Silence until the server is pinged.
    ///
    /// The rest of ``SilenceWatch`` does not suit a chat: it gives the ping its own time limit, while here the ping is
    /// answered after the requests before it, such as a password check, and ``answer`` applies to all of them.
    static let silence = SilenceWatch.silence
    /// The pause before the second connection attempt; each later one is twice as long, up to the longest.
    static let firstPause: Duration = .milliseconds(500)
    static let longestPause: Duration = .seconds(30)
    /// Time of being here after which a break starts with the first pause again.
    static let steady: Duration = .seconds(10)
    /// Between two attempts to sign in while the server is busy.
    static let signInRetry: Duration = .seconds(1)
    /// For the answers in flight when a person quits.
    static let quit: Duration = .seconds(2)
    /// Until the chat is back after the input has ended, or after it was read as far ahead as allowed.
    static let end: Duration = .seconds(10)

    /// For the writer of a script to write its lines after an error, as long as they keep coming: it would die of
    /// SIGPIPE otherwise.
    static let dropInput: Duration = .seconds(10)

    // MARK: Attempts

    /// To connect once the input has ended.
    static let triesAtEnd = 5
    /// To sign in while the server is busy.
    static let signInRetries = 30
    /// Connections that break before the first sign-in.
    static let breaksBeforeSignIn = 3
}
