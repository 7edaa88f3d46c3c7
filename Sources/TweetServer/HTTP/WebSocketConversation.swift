import TweetHTTP
import TweetWire

/// The WebSocket side of one connection's protocol state: a text message is a packet.
///
/// No I/O, no clock.
final class WebSocketConversation {
    /// The next message or control frame, as far as it has arrived.
    enum Step {
        case partial
        /// A packet; valid until the next call.
        case packet(UnsafeRawBufferPointer)
        /// A message that can be no packet.
        case refused(WireError)
        /// The frame that answers a ping.
        case pong([UInt8])
        /// The last frame, since the client has ended the WebSocket or broken a rule.
        case end(WebSocketEnd)
    }

    /// Whether the client's messages are ignored: ntfy's followers send none that matter.
    private let ignoresMessages: Bool
    // A packet's line feed counts where it is a line.
    private var decoder = WebSocketDecoder(messageLimit: WireLimits.lineBytes - 1)
    /// Whether anything has come from the client since the last ping.
    private var hasSignOfLife = false
    /// The last pings in a row that nothing has come after.
    private var missedPings = 0

    init(ignoresMessages: Bool = false) { self.ignoresMessages = ignoresMessages }

    /// Reads up to the next message, or to a control frame that asks for something.
    ///
    /// - Parameter bytes: the received bytes that were not taken yet.
    /// - Returns: the step, and how many bytes were taken.
    func next(_ bytes: UnsafeRawBufferPointer) -> (step: Step, taken: Int) {
        var offset = 0
        while true {
            let (event, taken) = decoder.next(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
            offset += taken
            switch event {
            case .partial: return (.partial, offset)
            case .pong: continue
            case .text where ignoresMessages, .binary where ignoresMessages: continue
            case .ping(let payload): return (.pong(WebSocketFrame.pong(payload)), offset)
            case .text(let text):
                // A line feed would split the packet in two for a client that reads lines.
                guard text.contains(UInt8(ascii: "\n")) else { return (.packet(text), offset) }
                return (.refused(WireError(.notPacket, "a packet has no line feed")), offset)
            case .binary: return (.end(WebSocketEnd(refusal: .unsupportedData)), offset)
            case .close(let code): return (.end(WebSocketEnd(answering: code)), offset)
            case .failed(let code): return (.end(WebSocketEnd(refusal: code)), offset)
            }
        }
    }

    /// Undoes the last step, which has to wait.
    ///
    /// - Returns: the number of bytes that are not taken after all.
    func putBack() -> Int { decoder.putBack() }

    /// Notes that the client is there.
    func noteInput() { hasSignOfLife = true }

    /// Decides when the next ping is due whether the client is still there.
    ///
    /// - Parameter isReading: whether the client's frames are being read: otherwise its silence says nothing.
    /// - Returns: false if it has missed too many pings; see ``ServerLimits/missedPings``.
    func mayLive(isReading: Bool) -> Bool {
        missedPings = hasSignOfLife || !isReading ? 0 : missedPings + 1
        hasSignOfLife = false
        return missedPings <= ServerLimits.missedPings
    }
}

/// A connection's upgrade to a WebSocket, as far as its answer needs it.
public struct WebSocketUpgrade: Sendable {
    /// The subprotocol whose messages are packets.
    static let subprotocol: StaticString = "ttweet.1"

    private let key: [UInt8]
    private let isSubprotocolOffered: Bool

    /// Reads a request as an upgrade.
    ///
    /// - Parameter subprotocol: the subprotocol that a client has to offer if it offers any; nil if none is selected.
    /// - Throws: the problem to answer with, after which the connection closes: frames may follow.
    init(_ head: RequestHead, subprotocol: StaticString? = Self.subprotocol) throws(HTTPProblem) {
        isSubprotocolOffered = subprotocol != nil && head[.secWebSocketProtocol] != nil
        switch WebSocketHandshake.read(head, subprotocol: isSubprotocolOffered ? subprotocol : nil) {
        case .accepted(let key): self.key = Array(key)
        case .refused(let refusal): throw HTTPProblem(refusal)
        case .noUpgrade:
            throw HTTPProblem(.upgradeRequired, "bad_request", "this path is for WebSockets", closes: true)
        }
    }

    /// Appends the answer after which the connection is a WebSocket.
    func appendAnswer(at date: HTTPDate, to bytes: inout [UInt8]) {
        key.withUnsafeBytes { key in
            WebSocketHandshake.appendAnswer(
                to: &bytes, key: key, subprotocol: isSubprotocolOffered ? Self.subprotocol : nil, at: date)
        }
    }
}

/// The end of a WebSocket that its client has caused.
public struct WebSocketEnd: Sendable {
    /// The code of the last frame; nil if the client's had none.
    let code: WebSocketCloseCode?
    /// The rule that the client has broken; nil if it has broken none.
    let refusal: StaticString?

    init(answering code: WebSocketCloseCode?) {
        self.code = code
        refusal = nil
    }

    init(refusal code: WebSocketCloseCode) {
        self.code = code
        refusal =
            switch code {
            case .unsupportedData: "a binary message"
            case .invalidText: "a text that is not UTF-8"
            case .messageTooLong: "a message that is too long"
            default: "a frame that breaks the rules of WebSockets"
            }
    }

    /// The last frame.
    var frame: [UInt8] { WebSocketFrame.close(code, refusal ?? "") }
}
