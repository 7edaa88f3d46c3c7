import TweetModel
import TweetStore
import TweetWire

/// Answers to `search`: a list, which takes as many turns of the loop as it needs.
extension ClientHandler {
    func answer(_ search: Search) -> Response {
        beginList(.search(SearchCursor(search.query, before: search.before ?? .max, atMost: search.limit)))
    }
}
