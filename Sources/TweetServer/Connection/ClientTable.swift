/// The clients that are connected, in no order.
struct ClientTable {
    private(set) var all: [ClientHandler] = []

    mutating func add(_ client: ClientHandler) {
        client.index = all.count
        all.append(client)
    }

    /// Removes a client; the last client moves to its index.
    mutating func remove(_ client: ClientHandler) {
        let last = all.removeLast()
        guard last !== client else { return }
        all[client.index] = last
        last.index = client.index
    }
}
