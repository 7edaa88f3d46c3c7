import TweetHTTP
import TweetJournal
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// The figures of ``Server/stats(for:)`` for Prometheus.
extension Server {
    /// The answer to `GET /metrics`.
    var metrics: [UInt8] {
        var text = MetricsText()
        text.begin("ttweet_info", .gauge, "The version of the server.")
        text.add(1, ("version", Version.text))
        text.add("ttweet_uptime_seconds", .gauge, "Time since the start.", (now - began).components.seconds)
        addConnections(to: &text)
        addEvents(to: &text)
        addStore(to: &text)
        return text.bytes
    }

    private func addConnections(to text: inout MetricsText) {
        let census = ConnectionCensus(self)
        text.begin("ttweet_connections", .gauge, "Open connections by what they speak.")
        for framing in census.framings { text.add(framing.connections, ("framing", framing.name)) }
        text.begin("ttweet_followers", .gauge, "Connections that follow tweets by what they are sent.")
        for framing in census.followers { text.add(framing.connections, ("framing", framing.name)) }
        text.add("ttweet_connections_encrypted", .gauge, "Open connections with TLS.", census.encrypted)
        text.add("ttweet_connections_named", .gauge, "Open connections with a name.", census.named)
        text.add("ttweet_connections_limit", .gauge, "The most open connections.", Int64(clamping: allowance.total))
        text.add("ttweet_networks", .gauge, "Networks that are remembered.", Int64(visitors.count))
        text.add(
            "ttweet_ring_lag_lines", .gauge, "Lines by which the slowest follower is behind.",
            Int64(clamping: census.longestLag))
        text.add("ttweet_ring_lines", .gauge, "Lines that are kept for followers.", Int64(live.feeds.lines))
        text.begin("ttweet_queue_depth", .gauge, "What waits: entries for the disk, passwords, connections for a turn.")
        text.add(Int64(waiters.count), ("queue", "entries"))
        text.add(Int64(passwords.count), ("queue", "passwords"))
        text.add(Int64(loop.connections.waitingForTurn), ("queue", "turns"))
    }

    private func addEvents(to text: inout MetricsText) {
        text.add("ttweet_connections_accepted_total", .counter, "Connections that were accepted.", counts.accepted)
        text.add(
            "ttweet_connections_evicted_total", .counter, "Connections that were closed to make room.", counts.evicted)
        text.add(
            "ttweet_connections_turned_away_total", .counter, "Clients for which there was no room.", counts.turnedAway)
        text.add("ttweet_uploads_total", .counter, "Uploads that were stored.", counts.uploads)
        text.add("ttweet_messages_total", .counter, "Private messages that were stored.", counts.messages)
        text.begin("ttweet_refusals_total", .counter, "Requests that were refused, by the code of the error.")
        // A code of both kinds is one sample.
        var refusals = counts.refusalsOfHTTP
        for (code, count) in counts.refusals { refusals[code.rawValue, default: 0] += count }
        for (code, count) in refusals.sorted(by: { $0.key < $1.key }) { text.add(count, ("code", code)) }
    }

    private func addStore(to text: inout MetricsText) {
        let statistics = journal.statistics
        text.add("ttweet_commit_seconds", "Time of a commit.", statistics.commitTimes, isTime: true)
        text.add("ttweet_batch_entries", "Entries of a commit.", statistics.batchSizes)
        let room = journal.room
        text.add("ttweet_store_bytes", .gauge, "Bytes that the store uses.", room.usedBytes)
        text.add("ttweet_store_limit_bytes", .gauge, "The limit of the store; 0 for none.", room.maximumBytes ?? 0)
        text.add("ttweet_store_full", .gauge, "1 while the store is full.", gate.isOpen ? 0 : 1)
        text.begin("ttweet_pruned_total", .counter, "What was removed because of its age.")
        text.add(counts.prunedTweets, ("kind", "tweets"))
        text.add(counts.prunedMessages, ("kind", "messages"))
    }
}

extension ClientHandler {
    /// Answers with the figures, to a program of this machine or an account that the operator has named.
    ///
    /// - Parameter isDirect: whether no proxy shows in the request.
    func sendMetrics(isDirect: Bool, as exchange: HTTPExchange) {
        if !isDirect || !connection.peer.isLoopback {
            do throws(WireError) {
                if conversation.identity == .nobody { throw .accountNeeded }
                try server.checkObserver(conversation.identity)
            } catch {
                return refuse(error)
            }
        }
        send(HTTPReadyAnswer(head: HTTPHeads.metrics, body: server.metrics), as: exchange)
    }
}
