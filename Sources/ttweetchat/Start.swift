import TweetChat
import TweetModel
import TweetSystem

/// Why the chat does not start.
struct StartFailure: Error {
    let exit: ChatExit
    let text: String
}

/// Where the server is, from all that tells it.
func readSettings(
    flags: [(name: String, value: String)], file path: String?
) throws(StartFailure) -> ChatSettings {
    var file: ConfigurationFile?
    if let path = path ?? Environment.text(of: "TTWEET_CONFIG") {
        do throws(Errno) {
            file = try ConfigurationFile(path: path)
        } catch {
            throw StartFailure(exit: .configuration, text: "the configuration file \(path): \(error)")
        }
    }
    do throws(ChatSettings.Mistake) {
        return try ChatSettings(flags: flags, environment: Environment.text, file: file)
    } catch {
        throw StartFailure(exit: error.isUsage ? .usage : .configuration, text: error.description)
    }
}

func readName(_ text: String?) throws(StartFailure) -> Name? {
    guard let text else { return nil }
    guard let name = Name(text) else { throw StartFailure(exit: .usage, text: "--user is \(Name.rule)") }
    return name
}

/// The account's password: from the environment, so that no command line shows it.
func readPassword() throws(StartFailure) -> Password? {
    guard let bytes = Environment.bytes(of: "TTWEET_PASSWORD") else { return nil }
    guard let password = Password(bytes) else {
        throw StartFailure(exit: .configuration, text: "TTWEET_PASSWORD: \(Password.rule)")
    }
    return password
}
