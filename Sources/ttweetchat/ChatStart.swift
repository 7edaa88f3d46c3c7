import TweetChat
import TweetClient
import TweetModel
import TweetSystem

/// The reason why the chat does not start.
struct StartFailure: Error {
    let exit: ChatExit
    let text: String
}

/// Looks up the server in all sources; ignored settings are reported on standard error.
func findServer(_ options: Command.Options) throws(StartFailure) -> Connector {
    do throws(ClientError) {
        let found = try ServerSources.process.find(
            host: options.host, port: options.port, trust: options.trust,
            configurationFile: options.configurationFile)
        for warning in found.warnings { Reporter(log: nil).warn(warning) }
        return Connector(to: found.server ?? .standard, trust: found.trust)
    } catch {
        throw StartFailure(exit: .configuration, text: error.text)
    }
}

func readName(_ text: String?) throws(StartFailure) -> Name? {
    guard let text else { return nil }
    guard let name = Name(text) else { throw StartFailure(exit: .usage, text: "--user must be \(Name.rule)") }
    return name
}

/// The account's password, from the environment, so that it is not on the command line.
func readPassword() throws(StartFailure) -> Password? {
    guard let bytes = Environment.bytes(of: "TTWEET_PASSWORD") else { return nil }
    guard let password = Password(bytes) else {
        throw StartFailure(exit: .configuration, text: "TTWEET_PASSWORD: \(Password.rule)")
    }
    return password
}
