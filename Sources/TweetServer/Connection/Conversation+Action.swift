import TweetHTTP
import TweetModel
public import TweetWire

extension Conversation {
    /// The action that the next bytes ask for.
    ///
    /// It is copied for each request, so the large values of rare ones are stored apart.
    public enum Action: Sendable {
        /// Wait for more input: there is no whole packet yet.
        case awaitInput
        /// Wait until earlier requests are answered before taking the next one.
        case awaitAnswers
        case answerLastMessage
        case answer(Download)
        /// Perform any other request, which the identity is permitted to make; see ``Operation/requirement``.
        case perform(Request)
        case append(Upload)
        /// Answer with an error and continue.
        case refuse(WireError)
        /// Answer with an error and end the connection.
        case end(WireError)
        /// Report an error and reset the connection: an original client takes any answer and any orderly close for
        /// success.
        case reset(WireError)
        /// Answer the original's download with the bare text, and end the connection.
        case answerOriginal
        /// Store the original's upload, and end the connection once it is stored.
        case appendOriginal(Upload)
        /// Tell a client of HTTP to send the body of its request.
        case sayContinue
        /// Answer a request of HTTP with whether the server serves.
        case answerHealth
        /// Answer a request of HTTP with the server's figures, if this client may see them.
        case answerMetrics(isDirect: Bool)
        /// Answer a request of HTTP with bytes that are ready.
        indirect case answerPage(HTTPReadyAnswer)
        /// Answer a request of HTTP that is no request of the protocol's.
        indirect case refuseHTTP(HTTPProblem)
        /// Answer a request of HTTP with a refusal of its log-in, which is reported already.
        indirect case answerRefusedLogIn(HTTPProblem)
        /// Charge the next request to the client that a proxy names: the addresses of X-Forwarded-For.
        case chargeClient([String])
        /// Turn a connection of HTTP into a WebSocket.
        indirect case upgrade(WebSocketUpgrade)
        /// Send a frame that answers a control frame.
        case sendFrame([UInt8])
        /// Send the last frame of a WebSocket, and end the connection.
        case close(WebSocketEnd)
        /// End the connection: the client will send no more and has all its answers.
        case finish
    }
}
