import TweetModel
import TweetStore
import TweetWire

/// Errors that only a server reports.
extension WireError {
    static var idReused: WireError { WireError(.idReused, "the id was used for another message") }

    static func nameTaken(_ name: Name) -> WireError { WireError(.nameTaken, "the name \(name.string) is taken") }

    static func noSuchName(_ name: Name) -> WireError {
        WireError(.noSuchName, "there is nobody called \(name.string)")
    }

    static func unreadable(_ error: SQLiteError) -> WireError {
        WireError(.unavailable, "the store cannot be read: \(error)")
    }

    static var notFresh: WireError { WireError(.notFresh, "no message is new enough") }

    static var notHidden: WireError {
        WireError(.unavailable, "the account is made, but it is not hidden; log in, and hide again")
    }

    static var nameNeeded: WireError { WireError(.nameNeeded, "that needs a name: take one or log in first") }

    static var tlsRequired: WireError { WireError(.tlsNeeded, "this server takes only connections with TLS") }

    static var tlsForPassword: WireError {
        WireError(.tlsNeeded, "a password is not taken over a connection without TLS")
    }

    static var accountNeeded: WireError {
        WireError(.accountNeeded, "that needs an account: sign up or log in first")
    }

    static var alreadyNamed: WireError { WireError(.alreadyNamed, "the connection has a name already") }

    static var tooManyPasswords: WireError {
        WireError(.busy, "too many passwords are being checked for your address; try again")
    }

    static var hashingBusy: WireError {
        WireError(.busy, "too many passwords are being checked; try again in a moment")
    }
}
