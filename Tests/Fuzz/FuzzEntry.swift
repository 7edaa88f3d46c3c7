// An entry's binary form: bytes that are taken for an entry are exactly the bytes that the entry is written as.

import TweetJournal
import TweetModel

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
    do throws(EntryRefusal) {
        let entry = try EntryCodec.decode(bytes)
        if EntryCodec.encode(entry) != bytes { fatalError("\(entry) has another form") }
    } catch {
        if case .malformed(let reason) = error, reason.isEmpty { fatalError("a refusal without a reason") }
    }
    return 0
}
