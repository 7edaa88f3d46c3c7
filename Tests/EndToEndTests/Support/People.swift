import Foundation
import TestSupport
import Testing
import TweetSystem

/// A parsed line from a server.
struct ServerLine {
    let line: String
    let operation: String
    private let body: [String: Any]

    init(_ line: String) throws {
        guard let pair = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any], pair.count == 2,
            let operation = pair[0] as? String, let body = pair[1] as? [String: Any]
        else { throw HarnessError("no packet: \(line)") }
        self.line = line
        self.operation = operation
        self.body = body
    }

    func string(_ key: String) -> String? { body[key] as? String }
    func number(_ key: String) -> Int? { (body[key] as? NSNumber)?.intValue }
    func strings(_ key: String) -> [String] { body[key] as? [String] ?? [] }

    var sequence: Int? { number("seq") }
    var text: String { string("text") ?? "" }
    var name: String { string("name") ?? "" }
    /// The code of an error, or the operation of any other line.
    var word: String { string("code") ?? operation }
    var isAnswer: Bool { ["ok", "part", "error"].contains(operation) }
}

extension TestConnection {
    /// Reads the next line; throws at the end of the stream.
    func next() throws -> ServerLine {
        guard let line = try readLine() else { throw HarnessError("the stream has ended") }
        return try ServerLine(line)
    }

    /// Reads the next line with the given operation, and skips the lines before it.
    func next(_ operation: String) throws -> ServerLine {
        while true {
            let line = try next()
            if line.operation == operation { return line }
        }
    }

    /// Sends a request and returns its answer; skips the pushes in between.
    @discardableResult
    func ask(_ request: String) throws -> ServerLine {
        try send(request + "\n")
        while true {
            let line = try next()
            if line.isAnswer { return line }
        }
    }

    /// Sends a request and returns its answer; throws unless the answer is `ok`.
    @discardableResult
    func askOK(_ request: String) throws -> ServerLine {
        let answer = try ask(request)
        guard answer.operation == "ok" else { throw HarnessError("\(request): \(answer.line)") }
        return answer
    }

    /// Sends a request for a list, and returns the list's parts.
    func list(_ request: String) throws -> [ServerLine] {
        try send(request + "\n")
        var parts: [ServerLine] = []
        while true {
            let line = try next()
            if line.operation == "part" { parts.append(line) }
            if line.operation == "error" { throw HarnessError("\(request): \(line.line)") }
            if line.operation == "ok" {
                guard line.number("count") == parts.count else { throw HarnessError("\(parts.count): \(line.line)") }
                return parts
            }
        }
    }

    // MARK: Names

    @discardableResult
    func signUp(_ name: String, _ password: String = "correct horse") throws -> ServerLine {
        try askOK(Self.credentials("signup", name, password))
    }

    @discardableResult
    func logIn(_ name: String, _ password: String = "correct horse") throws -> ServerLine {
        try askOK(Self.credentials("login", name, password))
    }

    static func credentials(_ operation: String, _ name: String, _ password: String) -> String {
        "[\"\(operation)\",{\"name\":\"\(name)\",\"password\":\"\(password)\"}]"
    }

    // MARK: Pushes

    /// Reads all pushes on a separate thread until the stream ends.
    func gatherPushes() -> Monitor<[ServerLine]> {
        let gathered = Monitor<[ServerLine]>([])
        Thread.detachNewThread { [self] in
            while let line = try? next() { gathered.access { $0.append(line) } }
        }
        return gathered
    }
}

extension ServerProcess {
    /// A client that has joined as a guest.
    func guest(_ name: String) throws -> TestConnection {
        let client = try connect()
        try client.askOK("[\"name\",\"\(name)\"]")
        try client.askOK(#"["join",""]"#)
        return client
    }

    /// A client that has signed up.
    func account(_ name: String) throws -> TestConnection {
        let client = try connect()
        try client.signUp(name)
        return client
    }

    /// A client that has logged in.
    func login(_ name: String, _ password: String = "correct horse") throws -> TestConnection {
        let client = try connect()
        try client.logIn(name, password)
        return client
    }

    /// The path of the operator's socket.
    var controlPath: String { directory.file("data/control") }

    /// A client on the operator's socket.
    func connectAsOperator() throws -> TestConnection {
        try TestConnection(to: try .unix(path: controlPath))
    }
}

/// Runs the body on the given number of threads, all at once.
func atOnce<Result>(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Result) throws -> [Result]
where Result: Sendable {
    let results = Monitor<[Int: Swift.Result<Result, any Error>]>([:])
    let start = Monitor(false)
    for number in 0..<count {
        Thread.detachNewThread {
            _ = start.wait { $0 ? true : nil }
            let result = Swift.Result { try body(number) }
            results.access { $0[number] = result }
        }
    }
    start.access { $0 = true }
    guard let all = results.wait(for: { $0.count == count ? $0 : nil }) else { throw HarnessError("not all are done") }
    return try (0..<count).map { number in
        guard let result = all[number] else { throw HarnessError("nothing of \(number)") }
        return try result.get()
    }
}
