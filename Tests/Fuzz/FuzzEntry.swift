// An entry's binary form: bytes that are taken for an entry are exactly the bytes that the entry is written as.

import TweetJournal
import TweetModel

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let entry = try? EntryCodec.decode(bytes), EntryCodec.encode(entry) != bytes {
        fatalError("\(entry) has another form")
    }
    return 0
}
