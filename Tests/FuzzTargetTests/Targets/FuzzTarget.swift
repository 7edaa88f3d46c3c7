// The targets of scripts/fuzz. This folder is compiled twice: here, where the corpus is replayed as ordinary tests, and
// by scripts/fuzz together with Tests/Fuzz/Entry.swift, where libFuzzer makes the inputs.

/// A function that stops the process at an input that breaks a rule; its seeds are in `Tests/Fuzz/Corpus`.
enum FuzzTarget: String, CaseIterable, Sendable {
    case packet, text, entry, keys, conversation, store, cost, http, route, websocket, live

    func run(_ input: UnsafeRawBufferPointer) {
        switch self {
        case .packet: fuzzPacket(input)
        case .text: fuzzText(input)
        case .entry: fuzzEntry(input)
        case .keys: fuzzKeys(input)
        case .conversation: fuzzConversation(input)
        case .store: fuzzStore(input)
        case .cost: fuzzCost(input)
        case .http: fuzzHTTP(input)
        case .route: fuzzRoute(input)
        case .websocket: fuzzWebSocket(input)
        case .live: fuzzLive(input)
        }
    }
}

/// Stops the process, for libFuzzer to keep the input, where a rule does not hold.
func check(_ isTrue: Bool, _ rule: @autoclosure () -> String) {
    if !isTrue { fatalError(rule()) }
}
