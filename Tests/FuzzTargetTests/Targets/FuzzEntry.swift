// The binary form of entries: the codec accepts exactly those bytes that it writes for an entry.

import TweetJournal
import TweetModel

func fuzzEntry(_ input: UnsafeRawBufferPointer) {
    let bytes = Array(input)
    if let entry = try? EntryCodec.decode(bytes), EntryCodec.encode(entry) != bytes {
        fatalError("\(entry) has another form")
    }
}
