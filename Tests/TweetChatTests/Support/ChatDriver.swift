import Testing
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetChat

/// Plays the server and the clock for a machine, and records its actions.
struct ChatDriver {
    private(set) var machine: ChatMachine
    var now: Instant = 1000
    /// The requests on the connection that no test has answered yet, in order: `["join",""]`.
    private(set) var requests: [String] = []
    /// The lines shown since the last look at them: `ana: hello`.
    private(set) var shown: [String] = []
    /// All other actions: `connect until 10000`, `disconnect`, `quit 0`.
    private(set) var steps: [String] = []
    /// The number of lines that rang the bell, since they are for this user.
    private(set) var rings = 0

    private static let secret = "0123456789abcdef"
    private static var resume: ResumeSecret {
        guard let secret = ResumeSecret(secret) else { preconditionFailure("it keeps the rule") }
        return secret
    }

    /// A guest's request for a name.
    static func nameRequest(_ name: String) -> String { #"["name",{"name":"\#(name)","resume":"\#(secret)"}]"# }

    static let time = Timestamp(milliseconds: 1_795_237_380_123)

    init(
        name: String? = "ana", password: String? = nil, canAsk: Bool = true, holdsLines: Bool = false,
        jitter: Jitter = Jitter { $0.lowerBound }
    ) {
        machine = ChatMachine(
            ChatStart(
                server: "127.0.0.1:65432", name: name.flatMap { Name($0) }, password: password.flatMap { Password($0) },
                canAsk: canAsk, holdsLines: holdsLines, idPrefix: "id", resume: Self.resume, jitter: jitter,
                secondsFromUTC: { _ in 3600 }))
    }

    /// A driver for a guest called ana in the chat, with no request under way.
    static func here(holdsLines: Bool = false, jitter: Jitter = Jitter { $0.lowerBound }) -> ChatDriver {
        var driver = ChatDriver(canAsk: !holdsLines, holdsLines: holdsLines, jitter: jitter)
        driver.start()
        driver.signIn()
        return driver
    }

    // MARK: Events

    mutating func handle(_ event: ChatMachine.Event) {
        for action in machine.handle(event, at: Moment(monotonic: now, time: Self.time)) {
            switch action {
            case .connect(let moment):
                requests = []
                steps.append("connect until \((moment - now).inMilliseconds)")
            case .disconnect:
                requests = []
                steps.append("disconnect")
            case .send(let bytes): requests.append(String(decoding: bytes.dropLast(), as: UTF8.self))
            case .show(let line):
                shown.append(line.head + line.text)
                if line.isForYou { rings += 1 }
            case .quit(let exit, let reason):
                steps.append("quit \(exit.rawValue)" + (reason.map { ": \($0)" } ?? ""))
            }
        }
    }

    /// The server refuses the connection.
    mutating func refuseConnection() {
        handle(.connectFailed(ConnectFailure(.connect, "cannot connect to 127.0.0.1:65432 (Connection refused)")))
    }

    /// Starts and connects.
    mutating func start() {
        handle(.started)
        handle(.connected)
    }

    /// Answers a guest's sign-in and the requests that follow it.
    mutating func signIn(following sequence: SequenceNumber = 10, tweets: [(SequenceNumber, String)] = []) {
        answer(#"["ok",{"text":"Empty Message"}]"#)
        answer(#"["ok",{"name":"ana","pending":0}]"#)
        enter(following: sequence, tweets: tweets)
    }

    /// Answers the requests that the chat sends once it has the name.
    mutating func enter(following sequence: SequenceNumber = 10, tweets: [(SequenceNumber, String)] = []) {
        expect(request: #"["join",""]"#)
        answer(#"["ok",{}]"#)
        answer(#"["part",{"name":"ana","status":"online","account":false}]"#, #"["ok",{"count":1}]"#)
        for (sequence, text) in tweets { say(sequence, text) }
        answer(#"["ok",{"seq":\#(sequence)}]"#)
        _ = takeShown()
    }

    /// Delivers lines from the server; an `ok` or an error answers the oldest request.
    mutating func answer(_ lines: String...) {
        for line in lines {
            let bytes = Array(line.utf8)
            let isAnswer = line.hasPrefix(#"["ok""#) || line.hasPrefix(#"["error""#)
            if isAnswer, !requests.isEmpty { requests.removeFirst() }
            do {
                handle(.received(try bytes.withUnsafeBytes { try Answer(line: $0) }))
            } catch {
                Issue.record("\(line): \(error)")
            }
        }
    }

    mutating func say(_ sequence: SequenceNumber, _ text: String, author: String = "bob") {
        let time = Self.time.text
        answer(#"["tweet",{"seq":\#(sequence),"time":"\#(time)","author":"\#(author)","text":"\#(text)","tags":[]}]"#)
    }

    mutating func type(_ lines: String...) {
        for line in lines { handle(.typed(line)) }
    }

    /// Moves the clock to the machine's next moment.
    mutating func wake() {
        now = max(now, machine.wakeAt)
        handle(.timePassed)
    }

    // MARK: Results

    func expect(request: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(requests.first == request, sourceLocation: location)
    }

    /// Takes the lines shown since the last call.
    mutating func takeShown() -> [String] {
        defer { shown = [] }
        return shown
    }

    mutating func takeSteps() -> [String] {
        defer { steps = [] }
        return steps
    }

    mutating func takeRequests() -> [String] {
        defer { requests = [] }
        return requests
    }
}
