/// Bounds on the data that clients keep.
///
/// Each has a unit and a reason.
enum ClientLimits {
    /// Bytes of standard input, or of one of its lines, that a client keeps; the rest is read and dropped.
    ///
    /// Enough for the text of a message with all the colour sequences that `--clean` removes.
    static let inputBytes = 65_536
}
