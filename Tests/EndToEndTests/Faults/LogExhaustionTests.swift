import TestSupport
import Testing

/// A server without a free descriptor: its log keeps its name and its bound.
@Suite(.ownThreads) struct LogExhaustionTests {
    @Test func aLogIsRotatedWithoutAFreeDescriptor() throws {
        let bound = 2000
        let server = try ServerProcess(
            ["--log-max", "\(bound)", "--log-keep", "1000"], wrapper: ["sh", "-c", "ulimit -n 40; exec \"$@\"", "-"])
        // A client with a name keeps its place, and only the operator may take the last descriptors.
        let client = try server.connect()
        #expect(try client.request(#"["name","ana"]"#)?.hasPrefix(#"["ok""#) == true)
        var operators: [TestConnection] = []
        while !server.reports.contains(where: { $0.contains("accepting is paused") }), operators.count < 60 {
            operators.append(try server.connectAsOperator())
            _ = try? operators.last?.request(#"["ping",""]"#)
        }
        let count = 200
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
