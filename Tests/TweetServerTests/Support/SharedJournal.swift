import TweetJournal

/// A journal shared with another node, whose entries settle in the same order, but without a ticket here.
final class SharedJournal: Journal {
    private let journal: any Journal
    /// The next ticket of the other node, greater than any ticket that a server uses in a test.
    private var nextElsewhere = SharedJournal.elsewhere
    private static let elsewhere = UInt64.max / 2

    init(_ journal: any Journal) {
        self.journal = journal
    }

    /// Called with each proposal of the server.
    var proposed: () -> Void = {}
    /// The numbers of entries that were submitted together, without empty submissions.
    private(set) var batches: [Int] = []
    /// The number of proposals that are not submitted.
    private var held = 0

    func propose(_ entry: Entry, _ ticket: Ticket) {
        journal.propose(entry, ticket)
        held += 1
        proposed()
    }

    /// Proposes an entry as the other node and hands it over.
    func proposeElsewhere(_ entry: Entry) {
        journal.propose(entry, Ticket(number: nextElsewhere))
        nextElsewhere += 1
        journal.submit()
    }

    func submit() {
        journal.submit()
        if held > 0 { batches.append(held) }
        held = 0
    }

    var newsDescriptor: CInt { journal.newsDescriptor }

    /// Makes the journal fail: from now on its outcomes are unknown, as after a sync that has failed.
    func fail(_ reason: String) { madeUpFailure = reason }

    private var madeUpFailure: String?

    func takeNews() -> JournalNews {
        var news = journal.takeNews()
        news.failure = madeUpFailure ?? news.failure
        news.applied = news.applied.map { applied in
            if let reason = madeUpFailure {
                return Applied(position: nil, entry: applied.entry, outcome: .unknown(reason), ticket: applied.ticket)
            }
            guard let ticket = applied.ticket, ticket.number >= Self.elsewhere else { return applied }
            return Applied(position: applied.position, entry: applied.entry, outcome: applied.outcome, ticket: nil)
        }
        return news
    }

    var statistics: JournalStatistics { journal.statistics }

    var room: StoreRoom { journal.room }

    func reopen() { journal.reopen() }

    func close() { journal.close() }
}
