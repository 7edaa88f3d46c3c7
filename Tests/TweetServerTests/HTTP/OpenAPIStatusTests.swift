import Foundation
import TestSupport
import Testing
import TweetHTTP
import TweetSystem
import TweetWire

@testable import TweetServer

/// The statuses and codes in the description of the routes, compared with those that the server gives.
@Suite struct OpenAPIStatusTests {
    /// An operation of the description.
    private struct Route: Hashable {
        let method: String
        let template: String
    }

    private let document: [String: Any]
    /// The statuses that are described of each operation, with the names of their answers.
    private var routes: [Route: [Int: String?]] {
        var routes: [Route: [Int: String?]] = [:]
        for (template, operations) in document["paths"] as? [String: [String: [String: Any]]] ?? [:] {
            for (method, operation) in operations {
                var statuses: [Int: String?] = [:]
                for (status, answer) in operation["responses"] as? [String: [String: Any]] ?? [:] {
                    let name = (answer["$ref"] as? String)?.split(separator: "/").last.map(String.init)
                    statuses[Int(status) ?? 0] = .some(name)
                }
                routes[Route(method: method.uppercased(), template: template)] = statuses
            }
        }
        return routes
    }

    init() throws {
        let client = try HTTPTestClient(try ServerFixture())
        let body = Data(try client.request("GET", "/openapi.json").body.utf8)
        document = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
    }

    // MARK: Codes

    /// The codes of the protocol that no request of HTTP gets: they tell of packets and lines, or of operations that HTTP
    /// does not have.
    private static let neverByHTTP: Set<WireError.Code> = [
        .lineTooLong, .notJSON, .notUTF8, .incomplete, .notPacket, .unknownOperation, .alreadyNamed, .nameTaken,
        .badPassword,
    ]
    /// The codes that only HTTP has.
    ///
    /// The method of an operation that is described is never the wrong one.
    private static let onlyByHTTP: [Int: Set<String>] = [
        400: ["bad_request"], 403: ["foreign_origin"], 404: ["no_route"], 411: ["bad_request"], 413: ["bad_request"],
        414: ["bad_request"], 417: ["bad_request"], 421: ["unknown_host"], 426: ["bad_request"], 431: ["bad_request"],
        503: ["busy"], 505: ["bad_request"],
    ]

    @Test func theCodesOfEachStatusAreThoseOfTheTableOfErrors() throws {
        var expected = Self.onlyByHTTP
        for code in WireError.Code.allCases where !Self.neverByHTTP.contains(code) {
            expected[Int(HTTPStatus(code).rawValue), default: []].insert(code.rawValue)
        }
        let components = try #require(document["components"] as? [String: [String: [String: Any]]])
        var described: [Int: Set<String>] = [:]
        var names: Set<String> = []
        for statuses in routes.values {
            for (status, name) in statuses {
                guard let name else { continue }
                names.insert(name)
                let answer = try #require(components["responses"]?[name])
                let content = try #require(answer["content"] as? [String: [String: [String: Any]]])
                let schema = try #require(content["application/json"]?["schema"])
                let properties = try #require(schema["properties"] as? [String: [String: [String]]])
                let codes = Set(try #require(properties["code"]?["enum"]))
                #expect(described[status] == nil || described[status] == codes, "\(status) has two answers")
                described[status] = codes
            }
        }
        #expect(described == expected)
        #expect(names == Set(components["responses"].map { $0.keys } ?? [:].keys))
    }

    // MARK: Statuses of every route

    /// A target for a path's template.
    private func target(_ template: String) -> String {
        template.replacing("{hash}", with: WebPage.shared.hash).replacing("{file}", with: "app.js")
            .replacing("{id}", with: "1").replacing(/\{\w+\}/, with: "ana")
    }

    private func head(
        _ route: Route, _ fields: [String], query: String = "", host: String = "localhost", version: String = "1.1"
    ) -> String {
        let line = "\(route.method) \(target(route.template))\(query) HTTP/\(version)"
        return ([line, "Host: \(host)"] + fields + ["", ""]).joined(separator: "\r\n")
    }

    /// A request that breaks no rule.
    private func request(_ route: Route) -> String {
        if route.template == "/live" { return head(route, WebSocketTestClient.fields) }
        guard ["POST", "PUT"].contains(route.method) else { return head(route, []) }
        let body =
            switch route.template {
            case "/read": #"{"seqs":[1]}"#
            case "/tokens": #"{"may":"send"}"#
            case "/session": #"{"name":"ana","password":"correct horse"}"#
            default: "x"
            }
        return head(route, ["Content-Length: \(body.utf8.count)"]) + body
    }

    /// The first bytes to which a server answers with a status, whatever the route.
    private func bytes(for status: Int, _ route: Route) -> String {
        let many = String(repeating: "a", count: 9000)
        return switch status {
        case 400: head(route, ["X y: 1"])
        case 408: String(head(route, []).dropLast())
        case 411: head(route, ["Transfer-Encoding: chunked"])
        case 413: head(route, ["Content-Length: 100000"])
        case 414: head(route, [], query: "?\(many.prefix(3000))")
        case 417: head(route, ["Expect: a miracle"])
        case 421: head(route, [], host: "elsewhere.example")
        case 431: head(route, ["X: \(many)"])
        case 505: head(route, [], version: "1.2")
        default: request(route)
        }
    }

    private func encrypted() throws -> ServerFixture {
        let certificates = try Certificates.shared.get()
        let files = Encryption.Files(
            certificate: certificates.path("good", "cert.pem"), key: certificates.path("good", "key.pem"))
        return try ServerFixture(encryption: try Encryption(files, isRequired: true))
    }

    @Test(arguments: [400, 403, 408, 411, 413, 414, 417, 421, 431, 503, 505])
    func aStatusThatEachRouteMayHaveIsDescribedOfIt(status: Int) throws {
        var fixture = status == 403 ? try encrypted() : try ServerFixture()
        for (route, statuses) in routes {
            // Whether the server serves is told without TLS, too.
            if status == 403, route.template == "/healthz" {
                #expect(statuses[403] == nil)
                continue
            }
            #expect(statuses[status] != nil, "\(route) has \(status)")
            // A server stops once.
            if status == 503 { fixture = try ServerFixture() }
            let client = try HTTPTestClient(fixture)
            try client.send(bytes(for: status, route))
            if status == 503 { fixture.server.stop() }
            if status == 408 {
                fixture.turn { client.client.hasTakenInput }
                fixture.pass(.seconds(11))
            }
            let response = try client.nextHead()
            #expect(response.status == status, "\(route)")
            if status == 503 { #expect(response.fields["retry-after"] == "10", "\(route)") }
        }
    }

    // MARK: Statuses of some routes

    private struct Example {
        let status: Int
        let request: String
        var body: String?
        var fields: [String] = []
        /// Whether Ana asks, with a session's token.
        var isAna = false
    }

    private static let long = String(repeating: "x", count: 151)
    private static let wrong = ["Authorization: Bearer ttw_00000000000000000000000000000001"]
    private static let id = ["Idempotency-Key: used"]

    private static let examples =
        [
            Example(status: 401, request: "GET /tag/ana", fields: wrong),
            Example(status: 404, request: "GET /tag/ana?max_age=1h"), Example(status: 404, request: "GET /?max_age=1h"),
            Example(status: 304, request: "GET /", fields: ["Accept: text/html", "If-None-Match: *"]),
            Example(status: 404, request: "GET /tag/ana/follow?since=99"),
            Example(status: 404, request: "GET /follow?since=99"),
            Example(status: 404, request: "GET /tweets?since=99"),
            Example(status: 404, request: "GET /who/nobody"), Example(status: 422, request: "GET /who/a%20b"),
            Example(status: 409, request: "POST /", body: "other", fields: id, isAna: true),
            Example(status: 409, request: "PUT /", body: "other", fields: id, isAna: true),
            Example(status: 409, request: "DELETE /", fields: id, isAna: true),
            Example(
                status: 409, request: "POST /to/bob", body: "other", fields: ["Idempotency-Key: message"], isAna: true),
            Example(status: 422, request: "POST /", body: long), Example(status: 422, request: "PUT /", body: long),
            Example(status: 422, request: "POST /to/bob", body: long, isAna: true),
            Example(status: 404, request: "POST /to/nobody", body: "x", isAna: true),
            Example(status: 401, request: "POST /session", body: #"{"name":"ana","password":"wrong horse"}"#),
            Example(status: 422, request: "POST /session", body: #"{"name":"a b","password":"correct horse"}"#),
            Example(status: 401, request: "DELETE /session"),
            Example(status: 404, request: "DELETE /tokens/99", isAna: true),
            Example(status: 401, request: "POST /to/bob", body: "x"),
            Example(status: 401, request: "POST /read", body: #"{"seqs":[1]}"#),
            Example(status: 401, request: "POST /tokens", body: #"{"may":"send"}"#),
            Example(status: 401, request: "GET /metrics", fields: ["Via: 1.1 proxy"]),
            Example(status: 426, request: "GET /live"), Example(status: 404, request: "GET /app/x/app.js"),
        ]
        + ["/", "/tag/ana", "/tweets", "/follow", "/tag/ana/follow", "/tags", "/who", "/who/ana", "/tokens", "/inbox"]
        .map { Example(status: 401, request: "GET \($0)", fields: wrong) }
        + ["GET /sent", "DELETE /tokens/1", "DELETE /"].map { Example(status: 401, request: $0, fields: wrong) }
        + ["POST /", "PUT /"].map { Example(status: 401, request: $0, body: "x", fields: wrong) }

    /// The statuses that take a crowd, a failed disk, or two requests at the same moment.
    private static let rare: [String: Set<Int>] = [
        "POST /session": [409], "POST /tokens": [409], "DELETE /session": [404], "POST /read": [404],
    ]

    @Test func theOtherStatusesOfEachRouteAreThoseThatItHas() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        _ = try fixture.account("bob")
        let session = "Authorization: Bearer \(try ana.token(#"{"may":"everything","expires":86400}"#))"
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("POST", "/", [session, Self.id[0]], body: "one").status == 200)
        #expect(
            try client.request("POST", "/to/bob", [session, "Idempotency-Key: message"], body: "one").status == 200)
        fixture.setClock(aheadBy: 7_200_000)
        var seen: [Route: Set<Int>] = [:]
        for example in Self.examples {
            fixture.pass(.seconds(60))
            let words = example.request.split(separator: " ").map(String.init)
            let other = try HTTPTestClient(fixture)
            let length = example.body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
            let lines = ["\(example.request) HTTP/1.1", "Host: localhost"] + example.fields
            let fields = (example.isAna ? [session] : []) + length + ["", ""]
            try other.send((lines + fields).joined(separator: "\r\n") + (example.body ?? ""))
            let response = try other.nextHead()
            #expect(response.status == example.status, "\(example.request)")
            let path = words[1].prefix { $0 != "?" }
            let route = try #require(
                routes.keys.first { route in
                    let parts = route.template.split(separator: "/")
                    let segments = path.split(separator: "/")
                    return route.method == words[0] && parts.count == segments.count
                        && zip(parts, segments).allSatisfy { $0.0.hasPrefix("{") || $0.0 == $0.1 }
                })
            seen[route, default: []].insert(response.status)
        }
        let everywhere: Set = [400, 403, 408, 411, 413, 414, 417, 421, 431, 503, 505, 200, 101]
        for (route, statuses) in routes {
            let rare = Self.rare["\(route.method) \(route.template)"] ?? []
            let described = Set(statuses.keys).subtracting(everywhere)
            #expect(described.subtracting(rare).subtracting([429, 504]) == seen[route] ?? [], "\(route)")
            #expect(rare.isSubset(of: described), "\(route)")
            // Log-ins may be too many (429), and a change may have an unknown outcome (504).
            #expect(described.contains(429) == described.contains(401), "\(route)")
            #expect(described.contains(504) == (route.method != "GET"), "\(route)")
        }
    }
}
