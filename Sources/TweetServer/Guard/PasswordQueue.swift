import TweetModel
import TweetSystem

/// The client whose password is to be hashed, as far as it matters who comes first.
struct PasswordOrigin {
    enum Standing: Int, Comparable {
        case theOperator
        /// The account has logged in from this network before.
        case known
        case stranger

        static func < (one: Standing, other: Standing) -> Bool { one.rawValue < other.rawValue }
    }

    let network: String
    let account: Name
    let standing: Standing
}

/// Passwords that wait to be hashed: first those of better standing, among them those of the network and the account
/// that have had fewest lately, among these the oldest.
///
/// Guesses at one account, from however many networks, come behind the first log-in of another account, and guesses from
/// one network behind the first one of another. No I/O and no clock.
struct PasswordQueue<Item> {
    private struct Entry {
        let origin: PasswordOrigin
        let item: Item
    }

    /// In the order of their arrival.
    private var entries: [Entry] = []
    private var networks: [String: RecentCount] = [:]
    private var accounts: [Name: RecentCount] = [:]

    /// A count that is halved in each period that passes.
    private struct RecentCount {
        private var count = 0
        /// The period of the last addition.
        private var counted: UInt64 = 0

        func value(at period: UInt64) -> Int { period > counted ? count >> min(period - counted, 62) : count }

        mutating func add(at period: UInt64) {
            count = value(at: period) + 1
            counted = max(period, counted)
        }
    }

    private static func period(_ now: Instant) -> UInt64 {
        now.milliseconds / UInt64(ServerLimits.passwordMemory.inMilliseconds)
    }

    var count: Int { entries.count }

    /// Adds a password.
    ///
    /// - Returns: nil if there was room, else the item that has to go: the new one, or the one that has waited shortest of
    ///   the network and the account that have had most, if they have had more.
    mutating func append(_ item: Item, from origin: PasswordOrigin, now: Instant) -> Item? {
        let entry = Entry(origin: origin, item: item)
        let period = Self.period(now)
        let places =
            switch standing(of: origin, period) {
            case .theOperator: ServerLimits.passwordsOfOperator
            case .known: ServerLimits.passwordsOfKnown
            case .stranger: ServerLimits.passwordsWaiting
            }
        let own = standing(of: origin, period)
        let rivals = entries.indices.filter { standing(of: entries[$0].origin, period) == own }
        guard rivals.count >= places else {
            entries.append(entry)
            return nil
        }
        // Of equal ones the last, which has waited shortest.
        let worst = rivals.reversed().max { had(entries[$0].origin, period) < had(entries[$1].origin, period) }
        guard let worst, had(entries[worst].origin, period) > had(origin, period) else { return item }
        entries.append(entry)
        return entries.remove(at: worst).item
    }

    /// Takes the next password, which then counts for its network and its account.
    mutating func popFirst(now: Instant) -> Item? {
        let period = Self.period(now)
        let next = entries.indices.min { one, other in
            let (first, second) = (entries[one].origin, entries[other].origin)
            let (better, worse) = (standing(of: first, period), standing(of: second, period))
            if better != worse { return better < worse }
            return had(first, period) < had(second, period)
        }
        guard let next else { return nil }
        let entry = entries.remove(at: next)
        networks[entry.origin.network, default: RecentCount()].add(at: period)
        accounts[entry.origin.account, default: RecentCount()].add(at: period)
        forget(period)
        return entry.item
    }

    /// The standing of an origin: one that has had many passwords lately comes no longer before strangers, whom it could
    /// keep waiting for ever.
    private func standing(of origin: PasswordOrigin, _ period: UInt64) -> PasswordOrigin.Standing {
        origin.standing == .known && had(origin, period) > ServerLimits.passwordsKnownLately
            ? .stranger : origin.standing
    }

    /// How many passwords an origin's network and account have had lately.
    private func had(_ origin: PasswordOrigin, _ period: UInt64) -> Int {
        (networks[origin.network]?.value(at: period) ?? 0) + (accounts[origin.account]?.value(at: period) ?? 0)
    }

    /// Forgets counts that have become zero; hashing is slow, so that few others remain.
    private mutating func forget(_ period: UInt64) {
        guard networks.count + accounts.count > ServerLimits.passwordCounts else { return }
        networks = networks.filter { $0.value.value(at: period) > 0 }
        accounts = accounts.filter { $0.value.value(at: period) > 0 }
    }
}

/// The networks from which accounts have logged in since the server's start.
struct KnownLogins {
    private var networks: [Name: [String]] = [:]

    /// Whether an account has logged in from a network.
    func contains(_ account: Name, from network: String) -> Bool { networks[account]?.contains(network) == true }

    mutating func note(_ account: Name, from network: String) {
        if networks[account] == nil, networks.count >= ServerLimits.knownAccounts { forgetHalf() }
        var known = networks[account, default: []]
        known.removeAll { $0 == network }
        known.append(network)
        if known.count > ServerLimits.knownNetworks { known.removeFirst() }
        networks[account] = known
    }

    mutating func forget(_ account: Name) { networks[account] = nil }

    private mutating func forgetHalf() {
        var isKept = false
        networks = networks.filter { _, _ in
            isKept.toggle()
            return isKept
        }
    }
}
