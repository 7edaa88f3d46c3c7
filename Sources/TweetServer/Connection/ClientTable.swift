/// Clients, in no order; each knows its index.
struct ClientTable {
    /// The property of a client that holds its index in this table.
    private let index: ReferenceWritableKeyPath<ClientHandler, Int>
    private(set) var all: [ClientHandler] = []

    init(index: ReferenceWritableKeyPath<ClientHandler, Int>) { self.index = index }

    mutating func add(_ client: ClientHandler) {
        client[keyPath: index] = all.count
        all.append(client)
    }

    /// Removes a client; the last client moves to its index.
    mutating func remove(_ client: ClientHandler) {
        let last = all.removeLast()
        guard last !== client else { return }
        all[client[keyPath: index]] = last
        last[keyPath: index] = client[keyPath: index]
    }
}
