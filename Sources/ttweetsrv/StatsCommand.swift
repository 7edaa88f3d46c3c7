import TweetClient
import TweetSystem
import TweetTLS
import TweetWire

/// Prints how the server of a data directory is.
struct StatsCommand {
    static let name = "stats"
    static let help = "print the figures of the running server as JSON: connections, refusals, commits, limits"
    /// The time that a running server may take to answer.
    private static let patience: Duration = .seconds(5)

    /// - Returns: the body of the server's answer, a JSON object.
    func run(in directory: String) throws(StartFailure) -> String {
        func noAnswer(_ reason: String) -> StartFailure {
            StartFailure(exitCode: .unavailable, text: "no answer from the server of \(directory): \(reason)")
        }
        let until = Instant.now + Self.patience
        let connection: ClientConnection
        do throws(Errno) {
            connection = try ControlSocket.connect(to: directory, until: until)
        } catch {
            throw noAnswer("\(error)")
        }
        let line: [UInt8]
        do throws(TLSFailure) {
            line = try ControlSocket.answer(to: .stats, on: connection, until: until)
        } catch {
            throw noAnswer("\(error)")
        }
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix(#"["ok","#), text.hasSuffix("]") else { throw noAnswer("it is not understood") }
        return String(text.dropFirst(#"["ok","#.count).dropLast())
    }
}
