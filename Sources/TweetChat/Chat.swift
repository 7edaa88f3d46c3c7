import CSystem
public import TweetClient
public import TweetModel
import TweetSystem

/// One run of the chat, from its command line to its end.
public enum Chat {
    /// Runs the chat with a server until the person quits.
    ///
    /// A signal that ends it ends the process, with the terminal restored.
    ///
    /// - Parameter rings: whether the terminal rings for messages addressed to this person.
    public static func run(_ connector: Connector, name: Name?, password: Password?, rings: Bool) -> ChatExit {
        let server = connector.server
        let hasTerminal = StandardStream.input.isTerminal
        let isScreen = hasTerminal && StandardStream.output.isTerminal && !isPlainTerminal
        if name == nil, !hasTerminal {
            return fail(.usage, "standard input is not a terminal: give your name with --user NAME")
        }
        let terminal: TerminalGuard
        do throws(Errno) {
            terminal = try TerminalGuard()
        } catch {
            return fail(.streamFailed, "no pipe: \(error)")
        }
        var generator = SystemRandomNumberGenerator()
        func machine(holdsLines: Bool) -> ChatMachine {
            ChatMachine(
                ChatStart(
                    server: "\(server)".harmless, name: name, password: password, canAsk: hasTerminal,
                    holdsLines: holdsLines, idPrefix: UploadID(time: Timestamp.now, using: &generator).string,
                    resume: ResumeSecret(using: &generator), jitter: .system,
                    secondsFromUTC: LocalTimeOffset.secondsFromUTC))
        }
        let end: ChatEnd
        let description = TerminalDescription()
        if isScreen, let screen = CursesScreen(terminal, description) {
            var loop = ChatLoop(
                machine(holdsLines: false), front: ScreenFront(screen, terminal, rings: rings), connector: connector,
                terminal: terminal)
            end = loop.run()
        } else {
            if isScreen {
                let name = Environment.text(of: "TERM") ?? ""
                let line = "ttweetchat: the terminal \"\(name.harmless)\" is not known: plain lines instead\n"
                try? StandardStream.error.write(Array(line.utf8))
            }
            let front = LineFront(
                terminal, rings: rings, marksPastes: !isPlainTerminal && description.knowsModes)
            var loop = ChatLoop(
                machine(holdsLines: !hasTerminal), front: front, connector: connector, terminal: terminal)
            end = loop.run()
        }
        if let signal = end.signal {
            if let reason = end.reason { _ = fail(end.exit, reason) }
            terminal.die(of: signal)
        }
        if let reason = end.reason { _ = fail(end.exit, reason) }
        if end.exit != .done, !hasTerminal {
            StandardStream.dropInput(
                until: .now + ChatLimits.dropInput, orReadable: terminal.descriptorNumber,
                silence: ChatLimits.unreadSilence)
        }
        return end.exit
    }

    /// Whether `TERM` says that there is no screen to draw on: an editor's window, a printer.
    private static var isPlainTerminal: Bool {
        let name = Environment.text(of: "TERM") ?? ""
        return name.isEmpty || name == "dumb" || name == "unknown"
    }

    private static func fail(_ exit: ChatExit, _ text: String) -> ChatExit {
        Reporter(log: nil).fail(text)
        return exit
    }
}
