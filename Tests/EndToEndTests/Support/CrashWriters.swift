import Foundation
import TestSupport
import TweetModel
import TweetSystem

/// One upload of a writer, which sends it again until the server answers.
struct CrashUpload: Hashable {
    let text: String
    let id: String

    var line: String { #"["u",{"text":"\#(text)","id":"\#(id)"}]"# + "\n" }
}

/// The combined record of all writers, which the test compares with the store.
struct CrashLedger {
    private(set) var sent: Set<String> = []
    /// The sequence number in the server's acknowledgement of each text.
    private(set) var acknowledged: [String: SequenceNumber] = [:]
    /// The number of acknowledgements from the current round's server.
    private(set) var acknowledgedInRound = 0
    /// The number of these acknowledgements for uploads that were sent to no earlier server.
    ///
    /// Only these uploads were certainly stored in the current round.
    private(set) var newInRound = 0
    private var firstSentInRound: Set<String> = []
    private(set) var problems: [String] = []
    /// The number of acknowledgements at which the server dies in this round, and the action that kills it.
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

    /// Records the answer to an upload.
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

/// A client that uploads without a pause, several at a time, and sends unanswered uploads again.
///
/// It uploads in order: it sends an upload only after all earlier unanswered uploads on the same connection.
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

    /// The texts of all uploads that the writer has made, in order.
    var texts: [String] { (0..<made).map(text) }

    private func text(_ index: Int) -> String { "#\(tag) upload \(index)" }

    /// Uploads until the connection breaks.
    ///
    /// - Parameters:
    ///   - depth: the number of uploads under way at once.
    ///   - makesMore: whether the writer makes new uploads; if not, it ends when all are answered.
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
