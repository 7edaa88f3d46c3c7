import Testing
import TweetModel
import TweetWire

/// Lines that are cut or damaged at any place give an error or another value, never a trap.
struct CutTests {
    static let requests = [
        #"["d",""]"#,
        #"["u","žluť \"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00 😀"]"#,
        ##"[ "d" , { "tag" : "#ops" , "count" : 20 , "since" : 7, "max_age":90000 } ]"##,
        #"["u",{"text":"hello #swift","id":"a-1"}]"#,
        #"["x",{"a":[1,-2.5e+3,true,false,null,{"b":["c"]}]}]"#,
    ]

    static let answers = [
        #"["ok",{"seq":7,"time":"2026-11-21T05:03:00.123Z","author":null,"text":"ž\u00e9😀","tags":["a","b"]}]"#,
        #"["ok",{"count":20}]"#,
        #"["error",{"code":"too_long","message":"\uD83D\uDE00"}]"#,
    ]

    @Test(arguments: requests)
    func aRequestCutAtAnyByteIsNotJSON(line: String) {
        let bytes = Array(line.utf8)
        for count in bytes.indices {
            let code = request(Array(bytes[..<count])).failure?.code
            #expect(code == .notJSON || code == .notUTF8, "cut at \(count)")
        }
    }

    @Test(arguments: answers)
    func anAnswerCutAtAnyByteIsAnError(line: String) {
        let bytes = Array(line.utf8)
        for count in bytes.indices {
            #expect(answer(Array(bytes[..<count])).failure != nil, "cut at \(count)")
        }
    }

    @Test(arguments: requests)
    func aRequestWithoutItsStartIsAnError(line: String) {
        let bytes = Array(line.utf8)
        for count in 1..<bytes.count {
            #expect(request(Array(bytes[count...])).failure != nil, "from \(count)")
        }
    }

    @Test(arguments: requests)
    func aRequestWithAnotherByteIsReadOrRefused(line: String) throws {
        let bytes = Array(line.utf8)
        for index in bytes.indices {
            var copy = bytes
            for byte in UInt8.min...UInt8.max {
                copy[index] = byte
                // A value that is read can be written and read back, like any other.
                guard case .success(let read) = request(copy) else { continue }
                #expect(request(PacketWriter.request(read).withoutLineFeed) == .success(read), "\(byte) at \(index)")
            }
        }
    }

    @Test(arguments: answers)
    func anAnswerWithAnotherByteIsReadOrRefused(line: String) {
        let bytes = Array(line.utf8)
        var refused = 0
        for index in bytes.indices {
            var copy = bytes
            for byte in UInt8.min...UInt8.max {
                copy[index] = byte
                if answer(copy).failure != nil { refused += 1 }
            }
        }
        // Most bytes that are invalid in a text break the line.
        #expect(refused > bytes.count)
    }
}
