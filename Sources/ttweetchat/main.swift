import CSystem
import TweetChat
import TweetClient
import TweetModel
import TweetSystem
import TweetCommandLine

/// Runs the program.
///
/// - Returns: the exit code.
func run() -> ChatExit {
    do throws(StartFailure) {
        let command: Command
        do throws(UsageError) {
            command = try Command()
        } catch {
            throw StartFailure(exit: .usage, text: error.description)
        }
        switch command {
        case .help: return write(Command.helpText)
        case .version: return write("ttweetchat \(Version.text)\n")
        case .chat(let options):
            let connector = try findServer(options)
            return Chat.run(
                connector, name: try readName(options.name), password: try readPassword(), rings: options.rings)
        }
    } catch {
        let advice = error.exit == .usage ? "; ttweetchat --help tells more" : ""
        Reporter(log: nil).fail(error.text + advice)
        return error.exit
    }
}

func write(_ text: String) -> ChatExit {
    do throws(Errno) {
        try StandardStream.output.write(Array(text.utf8))
        return .done
    } catch {
        Reporter(log: nil).fail("cannot write standard output: \(error)")
        return .streamFailed
    }
}

// If the server is gone or the output has no reader, writing fails instead of killing the process.
csystem_ignore_signal(SIGPIPE)
StandardStream.occupyClosed()
exit(run().rawValue)
