// The function that libFuzzer calls. scripts/fuzz compiles this file and the targets into one module, and passes the
// target's name in TTWEET_FUZZ_TARGET.

import CFuzz
import CSystem
import Synchronization

private let target = FuzzTarget(rawValue: getenv("TTWEET_FUZZ_TARGET").map { String(cString: $0) } ?? "")

private let highestCost = Atomic<UInt64>(0)

/// Tells libFuzzer how long the input has taken, and the reader of its log if that was longest so far.
private func noteCost() {
    let cost = lastCost.load(ordering: .relaxed)
    cfuzz_note_cost(cost)
    guard cost > highestCost.load(ordering: .relaxed) else { return }
    highestCost.store(cost, ordering: .relaxed)
    let line = "stat::highest_cost: \(cost) ns, \(cost / yardstick) times the yardstick\n"
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target else { fatalError("TTWEET_FUZZ_TARGET names no target") }
    target.run(UnsafeRawBufferPointer(start: bytes, count: count))
    if target == .cost { noteCost() }
    return 0
}
