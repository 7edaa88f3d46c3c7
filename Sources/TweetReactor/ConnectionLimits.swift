/// Bounds of connections, whatever their protocol.
///
/// Each has a unit and a reason.
public enum ConnectionLimits {
    /// The time that output may wait for a client that does not read.
    public static let stalledOutput: Duration = .seconds(30)
    /// The time for which the input of a finished connection is read and dropped, so that no reset destroys the answer.
    public static let linger: Duration = .seconds(2)
    /// The queue of connections that wait to be accepted; the kernel may limit it further.
    public static let listenBacklog: Int32 = 4096
    /// Connections accepted in one turn of the loop, so that a flood leaves time for existing connections.
    public static let acceptsPerTurn = 64
    /// Deadlines handled in one turn: connections that were opened together time out together, and closing one takes some
    /// ten microseconds.
    static let deadlinesPerTurn = 32
    /// Reads of a connection in one turn, where one is not enough: decrypted input makes no descriptor readable, and what
    /// was sent together may be more than the buffer takes.
    public static let readsPerTurn = 4
    /// Recent work up to which a connection is light: some hundred plain requests.
    static let lightWork = WorkTime.microseconds(500)
    /// The unread input up to which a light connection is served as one; more of it waits with the heavy ones.
    ///
    /// A crowd of new connections is light, and its first lines come before everybody's: they must not be the most
    /// expensive ones, whose time grows with their length. The head of a browser's request is shorter than this.
    static let lightInput = 1024
    /// A light connection's work is forgotten at this fraction of the time that passes: a person, or a script that asks
    /// now and then, stays light.
    static let forgottenWork: UInt64 = 10_000
    /// The time without work after which a heavy connection is light again.
    static let heavyRest = WorkTime.seconds(10)
    /// The time in one turn after which a connection leaves the rest of its input to a later one.
    static let shareOfTurn = WorkTime.microseconds(250)
    /// The time in one turn for light connections; those that are left are served first in the next one.
    static let lightTime = WorkTime.milliseconds(2)
    /// The time in one turn for heavy connections.
    static let heavyTime = WorkTime.microseconds(500)
    /// The time in one turn for writing lines to followers, of which there may be thousands.
    static let followersTime = WorkTime.milliseconds(2)
    /// Followers written to between two looks at the clock.
    static let followersPerLook = 8
    /// Waiting connections up to which all stay watched: waking for a few costs less than removing and adding them again.
    static let watchedWhileWaiting = 64
    /// The time in one turn for TLS handshakes; a step that signs or agrees on a key takes about half of it.
    static let handshakeTime = WorkTime.microseconds(500)
    /// The pause in accepting when descriptors have run out.
    public static let acceptPause: Duration = .milliseconds(100)
}
