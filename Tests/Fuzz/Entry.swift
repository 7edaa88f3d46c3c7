// The function that libFuzzer calls. scripts/fuzz compiles this file and the targets into one module, and passes the
// target's name in TTWEET_FUZZ_TARGET.

import CSystem

private let target = FuzzTarget(rawValue: getenv("TTWEET_FUZZ_TARGET").map { String(cString: $0) } ?? "")

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target else { fatalError("TTWEET_FUZZ_TARGET names no target") }
    target.run(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
