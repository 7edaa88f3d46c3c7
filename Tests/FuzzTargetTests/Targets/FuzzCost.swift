// Looks for the line that takes longest to read and to answer: the time is what libFuzzer tries to increase.
//
// An input is a line. A server's loop has one thread, so a line that takes a hundred times as long as it should is a way
// to shut out everybody else.

import CSystem
import Synchronization
import TweetModel
import TweetWire

@testable import TweetServer

/// The time of the last input, in nanoseconds, for libFuzzer.
let lastCost = Atomic<UInt64>(0)

/// How many times as long as the yardstick an input may take.
///
/// The slowest that are known take 76 times as long; most bytes of the yardstick are scanned eight at a time.
private let most: UInt64 = 200

func fuzzCost(_ line: UnsafeRawBufferPointer) {
    lastCost.store(0, ordering: .relaxed)
    guard line.count < WireLimits.lineBytes else { return }
    let bytes = Array(line.prefix { $0 != UInt8(ascii: "\n") }) + [UInt8(ascii: "\n")]
    var cost = fastest(of: 3, bytes)
    lastCost.store(cost, ordering: .relaxed)
    // The machine may have been busy with something else.
    for _ in 0..<10 where cost > most * yardstick { cost = min(cost, fastest(of: 10, bytes)) }
    check(cost <= most * yardstick, "a line takes \(cost) ns, \(cost / yardstick) times as long as a plain long one")
}

/// The time of a line of the greatest length without anything special, which is refused as too long a text.
let yardstick: UInt64 = {
    let line = #"["u",""# + String(repeating: "plain ", count: WireLimits.lineBytes / 6 - 4) + "\"]\n"
    return fastest(of: 100, Array(line.utf8))
}()

/// The shortest of some times, which is the one with least disturbance.
private func fastest(of count: Int, _ line: [UInt8]) -> UInt64 {
    (0..<count).map { _ in
        let start = processorTime
        readAndAnswer(line)
        return processorTime - start
    }.min() ?? 0
}

/// The nanoseconds that this thread has used.
private var processorTime: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private func readAndAnswer(_ line: [UInt8]) {
    var conversation = Conversation(identity: .account(Name(stored: "ana")))
    let (action, _) = line.withUnsafeBytes { conversation.next($0, atEnd: false) }
    switch action {
    case .append(let upload):
        guard let text = upload.text else { return }
        let tweet = Tweet(sequence: 1, time: Timestamp(milliseconds: 0), author: nil, text: text)
        _ = PacketWriter.push(tweet)
        _ = text.hashtags
    case .refuse(let error), .end(let error): _ = PacketWriter.error(error)
    default: break
    }
}
