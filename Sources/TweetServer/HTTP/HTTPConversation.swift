import TweetHTTP
import TweetModel
import TweetWire

/// The HTTP side of one connection's protocol state: cuts bytes into requests, which are answered one after the other.
///
/// No I/O, no clock. ``Conversation`` asks it once the first byte has told that the client speaks HTTP; few connections
/// do, so its memory is apart.
final class HTTPConversation {
    /// The next request, as far as it has arrived.
    ///
    /// Like a stage it is copied for each request, so the large values of rare cases are stored apart.
    enum Step {
        case partial
        /// The client waits for an interim answer before it sends the body.
        case awaitsContinue
        /// The proxies name another client than for the last request: the addresses that they have noted. The request is
        /// read again once that client is charged.
        case client([String])
        /// The next request needs a log-in first; the request is read again after it.
        case logIn(Request)
        /// A request whose log-in was refused, and how many bytes it takes.
        indirect case refused(HTTPProblem, HTTPExchange, taken: Int)
        /// A request, and how many bytes it takes.
        case route(HTTPRoute, HTTPExchange, taken: Int)
        /// A request that is not served, and how many bytes it takes.
        indirect case problem(HTTPProblem, HTTPExchange, taken: Int)
        /// The client sends no more.
        case end
    }

    /// The outcome of the log-in for one request.
    enum LogIn {
        case accepted
        case refused(HTTPProblem)
    }

    /// How far the connection has come with a request.
    enum Stage {
        case awaitingRequest
        /// The log-in for the next request is being checked. Whatever an operation sends is its outcome.
        case loggingIn
        /// The log-in for the next request has ended. The connection speaks for its account, if it was accepted, until
        /// that request is answered.
        indirect case logInEnded(LogIn)
        case answering(HTTPExchange)
    }

    /// The part of a connection's time that passes now.
    enum Phase {
        /// A request is being answered: the server is not waiting for the client.
        case answering
        /// Nothing of the next request has arrived.
        case idle
        /// A part of the next request has arrived.
        case receiving
    }

    /// The most bytes of a body: with the brackets around it, it is a packet that fits into a line.
    static let bodyBytes = WireLimits.lineBytes - 64

    private let policy: HTTPPolicy
    private var parser = RequestParser(bodyLimit: bodyBytes)
    var stage = Stage.awaitingRequest
    /// The phase for which a deadline is set; the first request has one from the connection's start.
    var timedPhase: Phase
    /// The client of the last request, as the proxies have noted it.
    private var chain: [String] = []

    /// - Parameter phase: receiving after the first byte; idle before it, when the client is not waiting for an answer.
    init(_ policy: HTTPPolicy, phase: Phase = .receiving) {
        self.policy = policy
        timedPhase = phase
    }

    /// Whether a first byte begins a request of HTTP: a method's name, which no packet begins with.
    static func begins(with byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    /// The request that is being answered; nil between two.
    var exchange: HTTPExchange? { if case .answering(let exchange) = stage { exchange } else { nil } }

    /// Whether the client of a stream waits for one line only.
    var isWaiting: Bool {
        if case .stream(_, let isWaiting, _)? = exchange?.form { isWaiting } else { false }
    }

    /// Notes that a request is being answered.
    func begin(_ exchange: HTTPExchange) {
        if case .logInEnded = stage { exchange.followsLogIn = true }
        stage = .answering(exchange)
    }

    /// Looks at the next request.
    ///
    /// Whoever answers it says so by ``begin(_:)``.
    ///
    /// - Parameters:
    ///   - bytes: the received bytes that were not taken yet.
    ///   - atEnd: whether no more bytes will follow.
    ///   - isStopping: whether the connection closes after this answer.
    func next(_ bytes: UnsafeRawBufferPointer, atEnd: Bool, isStopping: Bool) -> Step {
        switch parser.next(bytes, atEnd: atEnd) {
        case .partial: return .partial
        case .awaitsContinue(let head):
            do throws(HTTPProblem) {
                _ = try HTTPRoute.path(of: head, policy)
                return .awaitsContinue
            } catch {
                // The body may come or not.
                return .problem(error.inForm(for: head, policy), .lastOne, taken: bytes.count)
            }
        case .request(let head):
            if !policy.proxies.isEmpty, let chain = newChain(head) { return .client(chain) }
            do throws(HTTPProblem) {
                let route = try HTTPRoute(head, policy)
                if let request = route.logIn {
                    guard case .logInEnded(let outcome) = stage else { return .logIn(request) }
                    if case .refused(let problem) = outcome {
                        return .refused(
                            route.form.speaksNtfy ? problem.forNtfy : problem,
                            HTTPExchange(head, .object, closes: isStopping), taken: head.totalBytes)
                    }
                }
                return .route(route, HTTPExchange(head, route.form, closes: isStopping), taken: head.totalBytes)
            } catch {
                // A client that waits to be told to send the body is refused without it: then the body may come or not.
                let closes = isStopping || error.closes || head[.expect] != nil
                return .problem(
                    error.inForm(for: head, policy), HTTPExchange(head, .object, closes: closes),
                    taken: head.totalBytes)
            }
        case .refused(let refusal, let head):
            let problem = HTTPProblem(refusal)
            return .problem(head.map { problem.inForm(for: $0, policy) } ?? problem, .lastOne, taken: bytes.count)
        case .cutOff, .end: return .end
        }
    }

    /// The addresses that proxies have noted in a request, if they are others than in the last one.
    private func newChain(_ head: RequestHead) -> [String]? {
        var found: [String] = []
        // Quotes mean nothing here: a client could open one, and hide in it what the proxy appends.
        for line in head.fields where line.name.equalsIgnoringCase(FieldName.xForwardedFor.text) {
            found += line.value.split(separator: UInt8(ascii: ",")).map { element in
                String(decoding: UnsafeRawBufferPointer(rebasing: element).trimmed, as: UTF8.self)
            }
        }
        if found == chain { return nil }
        chain = found
        return found
    }
}
