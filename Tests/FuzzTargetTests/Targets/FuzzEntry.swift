// An entry's binary form: bytes that are taken for an entry are exactly the bytes that the entry is written as.

import TweetJournal
import TweetModel

func fuzzEntry(_ input: UnsafeRawBufferPointer) {
    let bytes = Array(input)
    if let entry = try? EntryCodec.decode(bytes), EntryCodec.encode(entry) != bytes {
        fatalError("\(entry) has another form")
    }
}
