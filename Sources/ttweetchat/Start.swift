import CSystem
import TweetChat
import TweetModel
import TweetSystem

/// Why the chat does not start.
struct StartFailure: Error {
    let exit: ChatExit
    let text: String
}

func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// More than any configuration file has.
let configurationFileBytes = 65_536

/// Where the server is, from all that tells it.
func readSettings(
    flags: [(name: String, value: String)], file path: String?
) throws(StartFailure) -> ChatSettings {
    var file: (path: String, text: String)?
    if let path = path ?? environment("TTWEET_CONFIG") {
        do throws(Errno) {
            let opened = try Descriptor.open(path, O_RDONLY)
            let bytes = try Descriptor.readAll(from: opened.number, atMost: configurationFileBytes + 1)
            guard bytes.count <= configurationFileBytes, let text = String(validating: bytes, as: UTF8.self) else {
                throw Errno(code: bytes.count > configurationFileBytes ? EFBIG : EILSEQ)
            }
            file = (path, text)
        } catch {
            throw StartFailure(exit: .configuration, text: "the configuration file \(path): \(error)")
        }
    }
    do throws(ChatSettings.Mistake) {
        return try ChatSettings(flags: flags, environment: environment, file: file)
    } catch {
        throw StartFailure(exit: error.isUsage ? .usage : .configuration, text: error.description)
    }
}

func readName(_ text: String?) throws(StartFailure) -> Name? {
    guard let text else { return nil }
    guard let name = Name(text) else {
        throw StartFailure(
            exit: .usage, text: "--user is 1 to \(Limits.nameCharacters) letters and digits, A to Z and 0 to 9")
    }
    return name
}

/// The account's password: from the environment, so that no command line shows it.
func readPassword() throws(StartFailure) -> Password? {
    guard let text = environment("TTWEET_PASSWORD") else { return nil }
    guard let password = Password(text) else {
        let bytes = Limits.passwordBytes
        throw StartFailure(
            exit: .configuration,
            text: "TTWEET_PASSWORD: a password has \(bytes.lowerBound) to \(bytes.upperBound) bytes")
    }
    return password
}
