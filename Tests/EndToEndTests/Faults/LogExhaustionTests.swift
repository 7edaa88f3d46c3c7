import TestSupport
import Testing

/// A server whose clients have taken all descriptors: its log keeps its name and its bound.
@Suite(.ownThreads) struct LogExhaustionTests {
    @Test func aLogIsRotatedWithoutAFreeDescriptor() throws {
        let bound = 2000
        let server = try ServerProcess(
            ["--log-max", "\(bound)", "--log-keep", "1000"], wrapper: ["sh", "-c", "ulimit -n 40; exec \"$@\"", "-"])
        var clients: [TestConnection] = []
        while !server.reports.contains(where: { $0.contains("accepting is paused") }), clients.count < 60 {
            let client = try server.connect()
            guard try client.request(#"["d",""]"#)?.hasPrefix(#"["ok""#) == true else { continue }
            clients.append(client)
        }
        let count = 200
        let client = try #require(clients.first)
        for number in 0..<count {
            #expect(try client.request(#"["u","text number \#(number) of all"]"#)?.hasPrefix(#"["ok""#) == true)
        }
        #expect(try server.stop() == .exit(0))
        let logs = server.directory.names.filter { $0.hasPrefix("Sample.txt") }
        #expect(logs.contains("Sample.txt") && !logs.contains("Sample.txt.new"))
        let contents = logs.map { server.directory.content($0) ?? "" }
        #expect(contents.allSatisfy { $0.utf8.count <= bound })
        for number in 0..<count {
            #expect(contents.count { $0.contains("text number \(number) of all\n") } == 1)
        }
    }
}
