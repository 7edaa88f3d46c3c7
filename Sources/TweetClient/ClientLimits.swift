/// Bounds on the data that clients keep, and on how long they wait for what they have started.
///
/// Each has a unit and a reason.
enum ClientLimits {
    /// Bytes of standard input, or of one of its lines, that a client keeps; the rest is read and dropped.
    ///
    /// Enough for the text of a message with all the colour sequences that `--clean` removes.
    static let inputBytes = 65_536
    /// From a signal to the kill of a command that does not end, and of what it has started: enough to clean up, and less
    /// than a service manager waits for this process.
    static let commandEnd: Duration = .seconds(5)
    /// Bytes of memory of one answer, whatever the server sends: enough for the longest page of the longest messages, and
    /// for the lines of 80,000 names; with the rest of the client below 16 MiB.
    static let answerBytes = 8 << 20
    /// Bytes of memory of the items that are printed with one write, which may take several times as much: escaped text is
    /// longer.
    static let writtenBytes = 131_072
}
