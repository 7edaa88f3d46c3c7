import TestSupport
import Testing

/// Clients that ask for more than their sockets hold, and do not read it.
extension ServerProcess {
    /// Connects a client with a small receive buffer: the server would else write some hundred megabytes before all
    /// clients are stalled.
    func connectSlowly() throws -> TestConnection { try TestConnection(port: port, receiveBuffer: 4096) }

    /// Uploads texts of the maximum length, short ones in characters and with marks that make them long in bytes, so
    /// that lists are as long as possible.
    ///
    /// - Parameter text: the text of an upload around the marks.
    func fill(_ count: Int, from client: TestConnection, _ text: (Int, String) -> String) throws {
        let long = "e" + String(repeating: "\u{301}", count: 1000)
        for number in 0..<count { #expect(try client.request("[\"u\",\"\(text(number, long))\"]").isOK) }
    }
}

extension TestConnection {
    /// Sends a request as often as its answers fill every buffer, and waits until the first of them arrives.
    func stall(with request: String) throws {
        try sendSome(Array(String(repeating: request + "\n", count: 2000).utf8)[...])
        #expect(try readChunk(atMost: 1).count == 1)
    }
}

extension String? {
    /// Whether a line is the answer to a request that succeeded.
    var isOK: Bool { self?.hasPrefix(#"["ok""#) == true }
}
