import CSystem

/// Signals that come while nobody can take them.
public enum Signals {
    /// Has a signal wait until ``release(_:)``, in this thread and in those that it starts; see pthread_sigmask(3).
    public static func hold(_ number: CInt) { change(SIG_BLOCK, number) }

    /// Lets a signal come that has waited.
    public static func release(_ number: CInt) { change(SIG_UNBLOCK, number) }

    private static func change(_ how: CInt, _ number: CInt) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(how, &signals, nil)
    }
}
