import TestSupport
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// A store that has given nearly all of its numbers away, or whose numbers no server has written: it is refused, or
/// refuses entries, and no number is used twice.
struct LastNumberTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("first #t", id: "f"))
        store.close()
    }

    private func change(_ statement: String) throws {
        try OtherConnection(directory.storePath).execute(statement)
    }

    @Test(arguments: ["sequence", "position"], [Int64.max])
    func aStoreAtItsLastNumberIsRefused(column: String, number: Int64) throws {
        try change("UPDATE latest SET \(column) = \(number)")
        let error = #expect(throws: StoreError.self) { _ = try directory.open(resume: true) }
        #expect(error?.description.contains("no number left") == true)
        guard case .failed? = error else { throw HarnessError("\(String(describing: error))") }
    }

    @Test(arguments: ["sequence", "position"])
    func entriesAreRefusedOnceTheNumbersHaveRunOut(column: String) throws {
        try change("UPDATE latest SET \(column) = \(Int64.max - 3)")
        let store = try directory.open()
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word).first?.hasPrefix("stored") == true)
        if column == "position" { _ = try store.outcomes(of: upload("last", id: "l")) }
        for _ in 0..<2 {
            #expect(try store.outcomes(of: upload("b"), upload("c")).map(\.word) == ["unavailable", "unavailable"])
        }
        #expect(try store.tweets(of: Hashtag("t")) == ["2 first #t"])
        store.close()
        #expect(throws: StoreError.self) { _ = try directory.open() }
    }

    @Test(arguments: [
        "UPDATE latest SET sequence = -9223372036854775808", "UPDATE latest SET position = -1", "DELETE FROM latest",
        "UPDATE indexed SET sequence = -9223372036854775808", "UPDATE indexed SET sequence = 9223372036854775807",
        "DELETE FROM indexed", "INSERT INTO tweet (sequence, time, text) VALUES (-1, 0, 'a')",
    ])
    func aStoreWithDamagedNumbersIsRefused(statement: String) throws {
        try change(statement)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        #expect(error?.description.contains("damaged") == true)
    }
}
