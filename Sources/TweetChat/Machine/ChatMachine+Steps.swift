import TweetModel
import TweetWire

/// Carries out the steps of the parts, and turns those that concern the server or a front into actions.
extension ChatMachine {
    /// Carries out steps in order.
    mutating func perform(_ steps: [ChatStep]) {
        for step in steps {
            switch step {
            case .request(let request, let purpose): self.request(request, purpose)
            case .show(let kind, let text, let time, let isForYou): show(kind, text, time: time, isForYou: isForYou)
            case .refuse(let text, let exit): refuse(text, exit)
            case .refuseLine(let line, let reason, let exit, let isPrivate):
                refuse(line, reason, exit, isPrivate: isPrivate)
            case .trouble(let text):
                connection.noteTrouble()
                show(.connection, text + returnAdvice(isTriedAgain: !waitsInVain))
            case .ask(let question): questions.ask(question)
            case .askUnlessPassword(let question): questions.askUnlessPassword(question)
            case .askRefused(let question, let reason): perform(questions.askRefused(question, reason, situation))
            case .endWaiting: questions.endWaiting()
            case .wantName(let name): perform(signIn.want(name, isSigningIn: connection.isSigningIn))
            case .logIn(let credentials): perform(signIn.logIn(credentials))
            case .signUp(let credentials): perform(signIn.signUp(credentials))
            case .dropMessages: dropMessages()
            case .countUnsent: lines.countUnsent()
            case .leave: leave()
            case .quit(let exit, let reason): quit(exit, reason)
            }
        }
    }

    /// Sends a request; does nothing if there is no connection.
    mutating func request(_ request: Request, _ purpose: PendingRequest) {
        guard isConnected else { return }
        guard requests.add(purpose, at: now) else {
            return broken("the server leaves too many requests unanswered")
        }
        actions.append(.send(PacketWriter.request(request)))
    }

    mutating func show(_ kind: ChatLine.Kind, _ text: String, time: Timestamp? = nil, isForYou: Bool = false) {
        actions.append(.show(ChatLine(kind, time ?? moment.time, text, isForYou: isForYou)))
    }

    mutating func note(_ text: String) { show(.note, text) }
    mutating func fail(_ text: String) { show(.failure, text) }

    /// Refuses the input: a script ends with the code of the first refusal.
    mutating func refuse(_ text: String, _ exit: ChatExit) {
        fail(text)
        if start.holdsLines { lines.refused(exit) }
    }

    /// Refuses a line: a script is told which one.
    mutating func refuse(_ line: String, _ reason: String, _ exit: ChatExit, isPrivate: Bool = false) {
        if start.holdsLines {
            refuse("\(reason): \(ChatCommand.withoutPassword(line))", exit)
        } else if isPrivate {
            show(.privateRefusal, reason)
        } else {
            fail(reason)
        }
    }
}
