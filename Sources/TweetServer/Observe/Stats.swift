import TweetJournal
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// Counts of what has happened since the server's start.
struct EventCounts {
    var accepted: Int64 = 0
    /// Connections that were closed to make room, and clients for which there was none.
    var evicted: Int64 = 0
    var turnedAway: Int64 = 0
    var uploads: Int64 = 0
    var messages: Int64 = 0
    var prunedTweets: Int64 = 0
    var prunedMessages: Int64 = 0
    private(set) var refusals: [WireError.Code: Int64] = [:]
    /// Those with codes that only HTTP has, of which there are a handful.
    private(set) var refusalsOfHTTP: [String: Int64] = [:]

    mutating func countRefusal(_ code: WireError.Code) { refusals[code, default: 0] += 1 }
    mutating func countRefusal(http code: String) { refusalsOfHTTP[code, default: 0] += 1 }
}

/// The figures by which an operator tells whether the server is well.
extension Server {
    /// The answer to `stats`.
    ///
    /// - Throws: `not_permitted` for an account that is not one of the operator's.
    func stats(for identity: Identity) throws(WireError) -> [UInt8] {
        try checkObserver(identity)
        let refusals = counts.refusals.sorted { $0.key.rawValue < $1.key.rawValue }
        return PacketWriter.ok(figures: [
            ("server", [("uptime", (now - began).components.seconds), ("session", Int64(live.session.number))]),
            ("connections", connectionFigures),
            (
                "events",
                [
                    ("accepted", counts.accepted), ("evicted", counts.evicted), ("turned_away", counts.turnedAway),
                    ("uploads", counts.uploads), ("messages", counts.messages),
                ]
            ),
            ("refusals", refusals.map { ($0.key.rawValue, $0.value) }),
            ("journal", journalFigures),
            ("store", storeFigures),
            (
                "queues",
                [
                    ("entries", Int64(waiters.count)), ("passwords", Int64(passwords.count)),
                    ("turns", Int64(loop.connections.waitingForTurn)),
                ]
            ),
            (
                "limits",
                [
                    ("connections", Int64(clamping: allowance.total)),
                    ("stays", Int64(clamping: allowance.stays)),
                    ("stays_of_site", Int64(clamping: allowance.staysOfSite)),
                    ("networks", Int64(ServerLimits.visitors)),
                    ("stored_bytes_burst", Int64(ServerLimits.storedBytes.burst)),
                    ("stored_bytes_per_second", Int64(ServerLimits.storedBytes.count)),
                    ("sign_ups_burst", Int64(ServerLimits.signUps.burst)),
                    ("sign_ups_per_hour", Int64(ServerLimits.signUps.count)),
                    ("guest_names_of_site", Int64(ServerLimits.guestNames)),
                    ("pending_messages", Int64(MailLimits.pending)),
                    ("pending_messages_of_sender", Int64(MailLimits.pendingOfSender)),
                    ("blocked_names", Int64(MailLimits.blocked)),
                    ("passwords_waiting", Int64(ServerLimits.passwordsWaiting)),
                    // 0 without a limit.
                    ("store_bytes", journal.room.maximumBytes ?? 0),
                    ("keep_seconds", pruning.keep?.components.seconds ?? 0),
                ]
            ),
        ])
    }

    /// Checks that an account is one of those that the operator has named.
    func checkObserver(_ identity: Identity) throws(WireError) {
        if case .account(let name) = identity, !observers.contains(name) { throw .operatorsOnly }
    }

    private var connectionFigures: [(name: String, value: Int64)] {
        let census = ConnectionCensus(self)
        return [("open", Int64(clients.all.count)), ("networks", Int64(visitors.count))]
            + [("plain", census.plain), ("tls", census.encrypted)]
            + census.framings.map { ($0.name, $0.connections) }
            + [("followers", census.followers.reduce(0) { $0 + $1.connections }), ("named", census.named)]
    }

    private var storeFigures: [(name: String, value: Int64)] {
        let room = journal.room
        return [
            ("used_bytes", room.usedBytes), ("full", gate.isOpen ? 0 : 1), ("pruned_tweets", counts.prunedTweets),
            ("pruned_messages", counts.prunedMessages),
        ]
    }

    private var journalFigures: [(name: String, value: Int64)] {
        let statistics = journal.statistics
        func microseconds(_ span: Duration) -> Int64 { Int64(span / .microseconds(1)) }
        return [
            ("batches", Int64(statistics.batches)), ("entries", Int64(statistics.entries)),
            ("last_commit_us", microseconds(statistics.lastCommit)),
            ("longest_commit_us", microseconds(statistics.longestCommit)),
            ("all_commits_us", microseconds(statistics.allCommits)),
        ]
    }
}
