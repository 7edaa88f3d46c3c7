import CSystem
import TweetModel
import TweetSystem

/// The chat on a terminal's whole screen.
struct ScreenFront: ChatFront {
    private let screen: CursesScreen
    private var desk: ChatDesk
    /// Keys that were read and not pressed yet.
    private var keys: [Key] = []
    /// Whether the terminal has gone, and whether that was told.
    private var hasGone = false
    private var endWasTold = false

    init(_ screen: CursesScreen) {
        self.screen = screen
        desk = ChatDesk(size: screen.size)
    }

    func inputNumber(_ machine: ChatMachine) -> CInt? { hasGone ? nil : StandardStream.input.rawValue }

    /// A person's keys are read whatever the server does.
    mutating func readInput() {
        let before = keys.count
        while keys.count < Self.keysAtOnce, let key = screen.nextKey() { keys.append(key) }
        if keys.count == before { checkTerminal() }
    }

    /// Keys that are read before the screen is drawn again.
    private static let keysAtOnce = 4096

    /// Readable without a key is part of one, or a terminal that has gone.
    private mutating func checkTerminal() {
        var entry = pollfd(fd: StandardStream.input.rawValue, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0, Int32(entry.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 else { return }
        hasGone = true
    }

    mutating func nextEvent(_ machine: ChatMachine) -> ChatMachine.Event? {
        if hasGone {
            defer { endWasTold = true }
            return endWasTold ? nil : .inputEnded
        }
        while !keys.isEmpty {
            desk.update(machine.status, machine.question, changes: machine.questionChanges, at: Clock.now)
            let outcome = desk.press(
                keys.removeFirst(), at: Clock.now, names: machine.knownNames, tags: machine.knownTags)
            switch outcome {
            case .nothing: break
            case .submit(let line): return .typed(line)
            case .end: return .inputEnded
            case .repaint: screen.repaint()
            }
        }
        return nil
    }

    mutating func show(_ line: ChatLine) {
        desk.show(line, secondsFromUTC: Self.secondsFromUTC(line.time))
    }

    mutating func refresh(_ machine: ChatMachine, now: UInt64) {
        desk.update(machine.status, machine.question, changes: machine.questionChanges, at: Clock.now)
        screen.draw(desk.image(machine.status, now: now))
    }

    mutating func resize() {
        screen.resize()
        desk.size = screen.size
    }

    mutating func end() { screen.end() }

    /// How far the clock on the wall is ahead of UTC at a moment; see localtime(3).
    private static func secondsFromUTC(_ moment: Timestamp) -> Int {
        var seconds = time_t(moment.milliseconds / 1000)
        var local = tm()
        return localtime_r(&seconds, &local) == nil ? 0 : local.tm_gmtoff
    }
}
