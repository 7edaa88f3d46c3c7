import Foundation
import TestSupport
import TweetModel
import TweetSystem

/// One upload of a writer: what it sends, as often as it takes.
struct CrashUpload: Hashable {
    let text: String
    let id: String

    var line: String { #"["u",{"text":"\#(text)","id":"\#(id)"}]"# + "\n" }
}

/// The joint knowledge of all writers, which the store is compared with.
struct CrashLedger {
    private(set) var sent: Set<String> = []
    /// The sequence that the server has acknowledged each text under.
    private(set) var acknowledged: [String: SequenceNumber] = [:]
    /// Of the server that runs now.
    private(set) var acknowledgedInRound = 0
    /// Those of them that no earlier server was sent: a later one may have stored them itself, and so shows them.
    private(set) var newInRound = 0
    private var firstSentInRound: Set<String> = []
    private(set) var problems: [String] = []
    /// The acknowledgement of a round at which the server dies, and how.
    private var death: (acknowledgements: Int, kill: @Sendable () -> Void)?

    mutating func beginRound(killingAfter acknowledgements: Int, _ kill: @escaping @Sendable () -> Void) {
        acknowledgedInRound = 0
        newInRound = 0
        firstSentInRound = []
        death = (acknowledgements, kill)
        if acknowledgements == 0 { kill() }
    }

    mutating func endRounds() {
        death = nil
    }

    mutating func willSend(_ upload: CrashUpload) {
        if sent.insert(upload.text).inserted { firstSentInRound.insert(upload.text) }
    }

    /// Takes the answer to an upload.
    mutating func answered(_ upload: CrashUpload, _ line: String) {
        guard let answer = CrashAnswer(line), answer.operation == "ok", answer.text == upload.text,
            let sequence = answer.sequence
        else {
            problems.append("\(upload.text) was answered with \(line)")
            return
        }
        if let earlier = acknowledged.updateValue(sequence, forKey: upload.text) {
            problems.append("\(upload.text) was acknowledged as \(earlier) and as \(sequence)")
        }
        acknowledgedInRound += 1
        if firstSentInRound.contains(upload.text) { newInRound += 1 }
        if let death, acknowledgedInRound == death.acknowledgements { death.kill() }
    }

    var highestSequence: SequenceNumber { acknowledged.values.max() ?? 0 }
}

/// One client that uploads without a pause, some at a time, and sends again what was not answered.
///
/// It uploads in order: an upload is sent only when those before it were sent on the same connection.
struct CrashWriter: Sendable {
    let number: Int
    private var made = 0
    /// Uploads without an answer, oldest first.
    private(set) var unanswered: [CrashUpload] = []
    private var random = SystemRandomNumberGenerator()

    init(number: Int) {
        self.number = number
    }

    var tag: String { "w\(number)" }

    /// The texts of all that it has made, in their order.
    var texts: [String] { (0..<made).map(text) }

    private func text(_ index: Int) -> String { "#\(tag) upload \(index)" }

    /// Uploads until the connection breaks.
    ///
    /// - Parameters:
    ///   - depth: uploads that are under way at once.
    ///   - makesMore: whether new ones are made; else it ends when all are answered.
    mutating func run(port: UInt16, depth: Int, makesMore: Bool, ledger: Monitor<CrashLedger>) {
        guard let client = try? TestConnection(port: port) else { return }
        var underWay = 0
        while true {
            while underWay < depth, underWay < unanswered.count || makesMore {
                if underWay == unanswered.count { unanswered.append(make()) }
                let upload = unanswered[underWay]
                ledger.access { $0.willSend(upload) }
                guard (try? client.send(upload.line)) != nil else { return }
                underWay += 1
            }
            guard underWay > 0, let line = try? client.readLine() else { return }
            let upload = unanswered.removeFirst()
            underWay -= 1
            ledger.access { $0.answered(upload, line) }
        }
    }

    private mutating func make() -> CrashUpload {
        defer { made += 1 }
        return CrashUpload(text: text(made), id: UploadID(time: Timestamp.now, using: &random).string)
    }
}

/// A line from the server, read without the project's own codec.
struct CrashAnswer {
    let operation: String
    private let body: [String: Any]

    init?(_ line: String) {
        guard let packet = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any], packet.count == 2,
            let operation = packet[0] as? String, let body = packet[1] as? [String: Any]
        else { return nil }
        self.operation = operation
        self.body = body
    }

    var sequence: SequenceNumber? { (body["seq"] as? NSNumber)?.int64Value }
    var text: String? { body["text"] as? String }
    var count: Int? { (body["count"] as? NSNumber)?.intValue }
}
