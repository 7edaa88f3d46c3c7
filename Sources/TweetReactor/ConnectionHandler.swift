/// The side of a connection that knows what its bytes mean.
///
/// All of it is called on the loop, and may call the connection back, ``Connection/close(_:)`` included.
public protocol ConnectionHandler: AnyObject {
    /// Takes bytes, as many as are whole.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that have come and were not taken before; valid during the call.
    ///   - atEnd: whether the peer will send no more.
    /// - Returns: how many bytes were taken; the others come again, with more behind them.
    func received(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Int

    /// The input's deadline has passed; see ``Connection/setInputDeadline(after:)``.
    func inputTimedOut()

    /// All output of the connection's own is on its way.
    ///
    /// Output that is sent now goes before the lines of the ring.
    func outputDrained()

    /// Tells whether a line of the ring is to be sent; called for every line from the connection's cursor on.
    func wants(line number: UInt64) -> Bool

    /// Lines of the ring have been sent, or are the connection's own output now: all that was wanted before a number.
    func feedAdvanced(to number: UInt64)

    /// The ring has dropped lines that were still to be sent, and the connection has left it.
    ///
    /// - Parameter number: the first line that was not sent.
    func overtaken(at number: UInt64)

    /// The connection is closed; nothing is called after this.
    func closed(_ ending: Connection.Ending)
}
