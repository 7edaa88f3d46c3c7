/// Bounds of what the clients keep.
///
/// Each has a unit and a reason.
enum ClientLimits {
    /// Bytes of standard input, or of one of its lines, that a client keeps; the rest is read and dropped.
    ///
    /// They hold a message's worth of text with all the colour sequences that it is freed of.
    static let inputBytes = 65_536
}
