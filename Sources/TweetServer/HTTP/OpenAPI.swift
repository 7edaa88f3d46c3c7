import CWebPage

/// The description of all routes, for programs that make clients or tests from it.
enum OpenAPI {
    static let answer: HTTPReadyAnswer = {
        var count = 0
        let bytes = Array(UnsafeBufferPointer(start: cwebpage_openapi(&count), count: count))
        return HTTPReadyAnswer(head: HTTPHeads.json, body: bytes)
    }()
}
