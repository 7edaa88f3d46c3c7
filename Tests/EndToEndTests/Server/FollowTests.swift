import Foundation
import TestSupport
import Testing

/// Live feeds: new and missed tweets arrive once each and in order.
@Suite(.ownThreads) struct FollowTests {
    private func sequences(_ lines: [ServerLine]) -> [Int] {
        lines.filter { $0.operation == "tweet" }.compactMap(\.sequence)
    }

    /// Reads the pushes before an answer, and the answer.
    private func pushes(_ client: TestConnection) throws -> (pushed: [ServerLine], answer: ServerLine) {
        var pushed: [ServerLine] = []
        while true {
            let line = try client.next()
            if line.isAnswer { return (pushed, line) }
            pushed.append(line)
        }
    }

    @Test func allTweetsComeAsTheyAreUploaded() throws {
        let server = try ServerProcess()
        let follower = try server.connect()
        let other = try server.connect()
        #expect(try follower.askOK(#"["follow",""]"#).line == #"["ok",{"seq":0}]"#)
        for number in 0..<20 {
            let answer = try other.askOK("[\"u\",\"message \(number) #ops\"]")
            let push = try follower.next()
            #expect(push.line == answer.line.replacing("[\"ok\",", with: "[\"tweet\","))
        }
        // Neither a reset nor a repeated upload is pushed as a tweet.
        try other.askOK(#"["u",{"text":"once","id":"7"}]"#)
        #expect(try follower.next().text == "once")
        try other.askOK(#"["u",{"text":"once","id":"7"}]"#)
        try other.askOK(#"["u",""]"#)
        try other.askOK(#"["u","last"]"#)
        #expect(try follower.next().text == "last")
    }

    @Test func onesOwnUploadIsAnsweredAndPushed() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.askOK(#"["follow",""]"#)
        try client.send(#"["u","one"]"# + "\n" + #"["u","two"]"# + "\n")
        let lines = try (0..<4).map { _ in try client.next() }
        #expect(lines.filter { $0.operation == "ok" }.map(\.text) == ["one", "two"])
        #expect(lines.filter { $0.operation == "tweet" }.map(\.text) == ["one", "two"])
    }

    @Test func aHashtagsFollowerGetsItsTweetsAlone() throws {
        let server = try ServerProcess()
        let follower = try server.connect()
        let other = try server.connect()
        try follower.askOK(##"["follow","#Über"]"##)
        for text in ["none", "one #über", "two #uber", "three #ÜBER #x"] { try other.askOK("[\"u\",\"\(text)\"]") }
        #expect(try follower.next().text == "one #über")
        #expect(try follower.next().text == "three #ÜBER #x")
    }

    @Test func severalHashtagsAreFollowedFromOnePlaceOnInOrderAndOnce() throws {
        let server = try ServerProcess()
        let other = try server.connect()
        for text in ["one #a", "two #b", "three #c", "four #b #a"] { try other.askOK("[\"u\",\"\(text)\"]") }
        let follower = try server.connect()
        try follower.send(##"["follow",{"tags":["#a","B"],"since":0}]"## + "\n")
        let missed = try pushes(follower)
        #expect(missed.pushed.map(\.text) == ["one #a", "two #b", "four #b #a"])
        #expect(missed.answer.sequence == missed.pushed.last?.sequence)
        for text in ["five #c", "six #a #b", "seven #B"] { try other.askOK("[\"u\",\"\(text)\"]") }
        #expect(try follower.next().text == "six #a #b")
        #expect(try follower.next().text == "seven #B")
        try follower.askOK(#"["unfollow","a"]"#)
        for text in ["eight #a", "nine #b"] { try other.askOK("[\"u\",\"\(text)\"]") }
        #expect(try follower.next().text == "nine #b")
        let many = (1...64).map { "\"t\($0)\"" }.joined(separator: ",")
        #expect(try follower.ask("[\"follow\",{\"tags\":[\(many)]}]").word == "too_many")
    }

    @Test func severalFeedsOnOneConnectionComeInOrderAndOnce() throws {
        let server = try ServerProcess()
        let follower = try server.connect()
        for tag in ["#a", "#b", "", "#c"] { try follower.askOK("[\"follow\",\"\(tag)\"]") }
        let count = 200
        let sent = try atOnce(4) { writer in
            let client = try server.connect()
            return try (0..<count / 4).map { number in
                let tags = ["#a", "#b", "#a #b #c", "", "#d"][number % 5]
                return try client.askOK("[\"u\",\"\(writer).\(number) \(tags)\"]").sequence ?? 0
            }
        }
        let got = try (0..<count).map { _ in try follower.next().sequence ?? 0 }
        #expect(got == sent.joined().sorted())
        try follower.askOK(#"["unfollow",""]"#)
        let other = try server.connect()
        for text in ["x", "y #b #c", "z #d", "last #a"] { try other.askOK("[\"u\",\"\(text)\"]") }
        #expect(try follower.next().text == "y #b #c")
        #expect(try follower.next().text == "last #a")
    }

    @Test func whoUnfollowsGetsNoMore() throws {
        let server = try ServerProcess()
        let follower = try server.connect()
        let other = try server.connect()
        #expect(try follower.askOK(#"["unfollow",""]"#).line == #"["ok",{}]"#, "not followed at all")
        #expect(try follower.askOK(##"["unfollow","#a"]"##).line == #"["ok",{}]"#)
        for tag in ["", "#a"] {
            try follower.askOK("[\"follow\",\"\(tag)\"]")
            try other.askOK(#"["u","one #a"]"#)
            #expect(try follower.next().text == "one #a")
            #expect(try follower.askOK("[\"unfollow\",\"\(tag)\"]").line == #"["ok",{}]"#)
            try other.askOK(#"["u","two #a"]"#)
            #expect(try pushesBefore(follower) == 0)
        }
    }

    /// The number of lines before the answer to a request.
    private func pushesBefore(_ client: TestConnection) throws -> Int {
        try client.send(#"["d",""]"# + "\n")
        return try pushes(client).pushed.count
    }

    // MARK: Missed tweets

    @Test func theNewestComeFirstAsADownloadGivesThem() throws {
        let first = try ServerProcess()
        let old = try first.connect()
        for text in ["old #a", "old"] { try old.askOK("[\"u\",\"\(text)\"]") }
        try first.stop()
        let server = try ServerProcess(in: first.directory)
        let other = try server.connect()
        for number in 1...5 { try other.askOK("[\"u\",\"\(number)\(number % 2 == 1 ? " #a" : "")\"]") }
        let cases: [(String, [String])] = [
            (#"{"count":2}"#, ["4", "5 #a"]), (#"{"count":1000}"#, ["1 #a", "2", "3 #a", "4", "5 #a"]),
            (#"{"tag":"a","count":3}"#, ["1 #a", "3 #a", "5 #a"]),
            (#"{"tag":"a","count":9}"#, ["old #a", "1 #a", "3 #a", "5 #a"]),
            (#"{"since":0}"#, ["old #a", "old", "1 #a", "2", "3 #a", "4", "5 #a"]),
            (##"{"tag":"#a","since":0}"##, ["old #a", "1 #a", "3 #a", "5 #a"]), (#"{"since":1000}"#, []),
            (#"{"tag":"nothing","count":9}"#, []), ("{}", []),
        ]
        for (body, texts) in cases {
            let follower = try server.connect()
            try follower.send("[\"follow\",\(body)]\n")
            let (pushed, answer) = try pushes(follower)
            #expect(pushed.map(\.text) == texts, "\(body)")
            #expect(pushed.allSatisfy { $0.operation == "tweet" })
            #expect(answer.operation == "ok")
            #expect(answer.sequence == (try other.ask(#"["d",""]"#).sequence))
        }
    }

    /// The pages are larger than a connection's output buffer, and other clients upload meanwhile.
    @Test(arguments: ["", "#a"])
    func whatWasMissedAndWhatComesHasNoGapAndNoDouble(tag: String) throws {
        let first = try ServerProcess()
        let writer = try first.connect()
        let filler = String(repeating: "x", count: 120)
        var count = 0
        for _ in 0..<20 {
            try writer.send((0..<32).map { _ in "[\"u\",\"\(filler) #a\"]\n" }.joined())
            for _ in 0..<32 { #expect(try writer.next().operation == "ok") }
            count += 32
        }
        try first.stop()
        let server = try ServerProcess(in: first.directory)
        struct Uploads {
            var count = 0
            var isOver = false
            var writers = 3
        }
        let uploads = Monitor(Uploads())
        for _ in 0..<3 {
            let client = try server.connect()
            Thread.detachNewThread {
                while !uploads.access({ $0.isOver }), (try? client.askOK("[\"u\",\"\(filler) #a\"]")) != nil {
                    uploads.access { $0.count += 1 }
                }
                uploads.access { $0.writers -= 1 }
            }
        }
        _ = uploads.wait { $0.count > 20 ? true : nil }
        let followers = try (0..<6).map { number in
            let client = try server.connect()
            try client.send("[\"follow\",{\"tag\":\(tag.isEmpty ? "null" : "\"\(tag)\""),\"since\":\(number)}]\n")
            return client
        }
        let lists = try followers.map { try pushes($0) }
        let reached = uploads.access { $0.count }
        _ = uploads.wait { $0.count > reached + 50 ? true : nil }
        uploads.access { $0.isOver = true }
        count += try #require(uploads.wait { $0.writers == 0 ? $0.count : nil })
        let last = try #require(try server.connect().askOK("[\"u\",\"last #a\"]").sequence)
        for (number, (follower, list)) in zip(followers, lists).enumerated() {
            var got = sequences(list.pushed)
            #expect(got.count >= 640 - number)
            let floor = try #require(list.answer.sequence)
            #expect(got.last == floor, "all that came before the answer")
            while got.last != last { got.append(try #require(try follower.next().sequence)) }
            #expect(got == Array(Set(got)).sorted(), "in order and once")
            #expect(got.first ?? 0 > number)
            // Each session starts with an entry that is not a tweet; session 1 starts with entry 1.
            #expect(got.count == count + 1 - max(0, number - 1))
        }
    }

    @Test func followingAnewWithinAListGoesOnBehindIt() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let filler = String(repeating: "x", count: 130)
        for number in 0..<200 { try client.askOK("[\"u\",\"\(number) \(filler) #a\"]") }
        try client.send(
            #"["d",{"count":200}]"# + "\n" + #"["follow",{"since":0}]"# + "\n" + #"["d",{"count":2}]"# + "\n"
                + #"["who",""]"# + "\n" + #"["follow",{"tag":"a","count":100}]"# + "\n" + #"["u","live #a"]"# + "\n")
        var kinds: [String] = []
        var counts: [Int] = []
        while kinds.last != "live" {
            let line = try client.next()
            let kind = line.text == "live #a" ? "live" : line.operation
            if kind == "live", line.operation == "ok" { continue }
            if kinds.last == kind, kind != "ok" {
                counts[counts.count - 1] += 1
            } else {
                kinds.append(kind)
                counts.append(1)
            }
        }
        #expect(kinds == ["part", "ok", "tweet", "ok", "part", "ok", "ok", "tweet", "ok", "live"])
        #expect(counts == [200, 1, 200, 1, 2, 1, 1, 100, 1, 1])
    }

    // MARK: Bounds

    @Test func the65thHashtagIsTooManyHoweverManyAreTried() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let gathered = client.gatherLines()
        for start in stride(from: 0, to: 10_000, by: 100) {
            try client.send((start..<start + 100).map { "[\"follow\",\"tag\($0)\"]\n" }.joined())
        }
        try client.send(#"["follow",""]"# + "\n")
        client.finishSending()
        let lines = try #require(gathered.wait { $0?.lines })
        #expect(lines.count == 10_001)
        #expect(lines.prefix(64).allSatisfy { $0 == #"["ok",{"seq":0}]"# })
        #expect(lines[64..<10_000].allSatisfy { $0.hasPrefix(#"["error",{"code":"too_many","#) })
        #expect(lines.last == #"["ok",{"seq":0}]"#, "all tweets are one more")
    }

    @Test func theEndOfTheStreamEndsTheFollowing() throws {
        let server = try ServerProcess()
        let other = try server.connect()
        try other.askOK(#"["u","one"]"#)
        let client = try server.connect()
        try client.send(#"["follow",{"since":0}]"# + "\n")
        client.finishSending()
        let lines = try client.readToEnd().split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last == #"["ok",{"seq":2}]"#)
        try server.awaitReports(" disconnected")
        try other.askOK(#"["u","two"]"#)
    }

    @Test func aServerThatStopsEndsTheFollowing() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.askOK(#"["follow",""]"#)
        try client.askOK(#"["name","ana"]"#)
        try client.askOK(#"["join",""]"#)
        #expect(try server.stop() == .exit(0))
        #expect(try client.readLine() == nil)
    }
}
