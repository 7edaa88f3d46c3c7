/// The side of a connection that interprets its bytes.
///
/// All methods are called on the loop, and may call the connection, even ``Connection/close(_:)``.
public protocol ConnectionHandler: AnyObject {
    /// Takes the bytes of whole packets.
    ///
    /// - Parameters:
    ///   - bytes: the received bytes that were not taken yet; valid during the call.
    ///   - atEnd: whether the peer will send no more.
    /// - Returns: how many bytes were taken; the others are offered again with later ones.
    func received(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Int

    /// Continues work for which the handler has awaited a turn; see ``Connection/awaitTurn()``.
    func takeTurn()

    /// Handles an input deadline that has passed; see ``Connection/setInputDeadline(after:)``.
    func inputTimedOut()

    /// Handles the moment when all of the connection's own output is sent.
    ///
    /// Output that is queued now is sent before lines of the ring.
    func outputDrained()

    /// Returns whether to send every line of the ring from a number on; false also if it has to be asked line by line.
    func wantsAllLines(from number: UInt64) -> Bool

    /// Returns whether to send a line of the ring.
    func wants(line number: UInt64) -> Bool

    /// The bytes before a wanted line of a ring whose lines have no beginning of their own; see ``LineRing/takesPrefix``.
    ///
    /// They stay valid until the write that they are for.
    func prefix(ofLine number: UInt64) -> UnsafeRawBufferPointer

    /// Notes that all wanted lines of the ring before a number are sent, or are now in the connection's own output.
    func feedAdvanced(to number: UInt64)

    /// Handles that the ring has dropped unsent lines; the connection has left the ring.
    ///
    /// - Parameter number: the first line that was not sent.
    func overtaken(at number: UInt64)

    /// Handles the end of the connection; this is the last call.
    func closed(_ ending: Connection.Ending)
}

extension ConnectionHandler {
    public func wantsAllLines(from number: UInt64) -> Bool { false }

    public func prefix(ofLine number: UInt64) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
