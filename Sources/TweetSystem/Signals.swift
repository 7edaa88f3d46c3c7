import CSystem

/// Signals that must wait until they can be handled.
public enum Signals {
    /// Blocks a signal until ``release(_:)``, in this thread and in those that it starts; see pthread_sigmask(3).
    public static func hold(_ number: CInt) { change(SIG_BLOCK, number) }

    /// Unblocks a signal, which delivers a pending one.
    public static func release(_ number: CInt) { change(SIG_UNBLOCK, number) }

    /// Calls the body while some signals are blocked in this thread; others that were blocked stay so.
    public static func holding(_ numbers: [CInt], _ body: () -> Void) {
        var signals = sigset_t()
        var previous = sigset_t()
        sigemptyset(&signals)
        for number in numbers { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, &previous)
        body()
        pthread_sigmask(SIG_SETMASK, &previous, nil)
    }

    private static func change(_ how: CInt, _ number: CInt) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(how, &signals, nil)
    }
}
