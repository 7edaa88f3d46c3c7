import Foundation
import TestSupport
import Testing
import TweetHTTP

@testable import TweetServer

/// The description of the routes, compared with the routes.
@Suite struct OpenAPITests {
    /// The cases of ``HTTPPath`` but for the paths of ntfy, whose documents describe them.
    private enum Route: CaseIterable {
        case root, tag, tweets, follow, tagFollow, tags, people, person, session, tokens, token, messages, inbox, sent
        case readMarks, health, metrics, openAPI, live, pageFile

        init?(_ path: HTTPPath) {
            let route: Route? =
                switch path {
                case .root: .root
                case .tag: .tag
                case .tweets: .tweets
                case .follow: .follow
                case .tagFollow: .tagFollow
                case .tags: .tags
                case .people: .people
                case .person: .person
                case .session: .session
                case .tokens: .tokens
                case .token: .token
                case .messages: .messages
                case .inbox: .inbox
                case .sent: .sent
                case .readMarks: .readMarks
                case .health: .health
                case .metrics: .metrics
                case .openAPI: .openAPI
                case .live: .live
                case .pageFile: .pageFile
                case .ntfy: nil
                }
            guard let route else { return nil }
            self = route
        }
    }

    private let document: [String: Any]
    private var paths: [String: [String: [String: Any]]] {
        document["paths"] as? [String: [String: [String: Any]]] ?? [:]
    }

    init() throws {
        let client = try HTTPTestClient(try ServerFixture())
        let response = try client.request("GET", "/openapi.json")
        #expect(response.fields["content-type"] == "application/json")
        document = try #require(try JSONSerialization.jsonObject(with: Data(response.body.utf8)) as? [String: Any])
    }

    /// The path that the server sees in a target.
    private func path(_ target: String) throws -> HTTPPath {
        let bytes = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        return try bytes.withUnsafeBytes { bytes in
            var parser = RequestParser(bodyLimit: 0)
            guard case .request(let head) = parser.next(bytes, atEnd: false) else {
                throw HarnessError("\(target) is no target")
            }
            return try HTTPPath(head, HTTPPolicy())
        }
    }

    @Test func eachRouteIsDescribedAndTheReverse() throws {
        var described: Set<Route> = []
        for (template, operations) in paths {
            let path = try path(template.replacing(/\{\w+\}/, with: "1"))
            described.insert(try #require(Route(path)))
            // Whatever has GET has HEAD, too.
            let methods = Set(operations.keys)
            let expected = Set(path.methods.filter { $0 != .head }.map { "\($0)" })
            #expect(methods == expected, "\(template)")
            if case .live = path { continue }
            #expect(path.methods.contains(.head) || path.methods == [.get] || !methods.contains("get"))
        }
        #expect(described == Set(Route.allCases))
        #expect(paths.count == Route.allCases.count)
    }

    @Test func eachKeyOfAQueryIsDescribedAndTheReverse() throws {
        for (template, operations) in paths {
            let parameters = operations.values.flatMap { $0["parameters"] as? [[String: Any]] ?? [] }
            let keys = parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }
            #expect(Set(keys) == Set(try path(template.replacing(/\{\w+\}/, with: "1")).keys), "\(template)")
            let names = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
            for match in template.matches(of: /\{(\w+)\}/) { #expect(names.contains(String(match.1)), "\(template)") }
        }
    }
}
