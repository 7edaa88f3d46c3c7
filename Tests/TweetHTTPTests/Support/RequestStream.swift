@testable import TweetHTTP

/// A request as values that can be compared.
struct ReadRequest: Equatable {
    var method = HTTPMethod.get
    var path = "/"
    var query: String?
    var fields: [String] = []
    var body = ""
    var isVersion11 = true
    var persistence = Persistence.kept
    var totalBytes = 0

    init(_ head: RequestHead) {
        method = head.method
        path = text(head.path)
        query = head.query.map(text)
        fields = head.fields.map { "\(text($0.name))=\(text($0.value))" }
        body = text(head.body)
        isVersion11 = head.isVersion11
        persistence = head.persistence
        totalBytes = head.totalBytes
    }
}

/// A step of a parser, as a value that can be compared.
enum ReadStep: Equatable {
    case request(ReadRequest)
    case awaitsContinue
    case refused(HTTPStatus)
    case cutOff
    case end
    case partial
}

/// The text of bytes; each byte that is not ASCII becomes a question mark.
func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}

/// Feeds a parser a stream in pieces, as a connection does: what was not taken is offered again.
///
/// - Parameters:
///   - sizes: the sizes of the pieces, in turn; the last one is repeated.
///   - atEnd: whether the stream ends behind its last byte.
func read(_ stream: [UInt8], sizes: [Int], bodyLimit: Int = 1000, atEnd: Bool = true) -> [ReadStep] {
    var parser = RequestParser(bodyLimit: bodyLimit)
    var steps: [ReadStep] = []
    var unread: [UInt8] = []
    var rest = stream[...]
    var sizes = sizes[...]
    while true {
        let size = sizes.count > 1 ? sizes.removeFirst() : sizes.first ?? stream.count
        unread += rest.prefix(size)
        rest = rest.dropFirst(size)
        let isLast = rest.isEmpty && atEnd
        var taken = 0
        offer: while true {
            let step = unread[taken...].withUnsafeBytes { bytes -> ReadStep in
                switch parser.next(bytes, atEnd: isLast) {
                case .partial: return .partial
                case .awaitsContinue: return .awaitsContinue
                case .request(let head): return .request(ReadRequest(head))
                case .refused(let refusal, _): return .refused(refusal.status)
                case .cutOff: return .cutOff
                case .end: return .end
                }
            }
            switch step {
            case .partial: break offer
            case .request(let request): taken += request.totalBytes
            case .awaitsContinue: break
            case .refused, .cutOff, .end: return steps + [step]
            }
            steps.append(step)
        }
        unread.removeFirst(taken)
        if rest.isEmpty { return steps + [.partial] }
    }
}

/// Reads a stream in one piece.
func read(_ stream: String, bodyLimit: Int = 1000, atEnd: Bool = true) -> [ReadStep] {
    read(Array(stream.utf8), sizes: [max(1, stream.utf8.count)], bodyLimit: bodyLimit, atEnd: atEnd)
}

/// Calls a function with the head of a request that is read from a text.
func withRequest<Result>(_ text: String, _ use: (RequestHead) throws -> Result) throws -> Result {
    var parser = RequestParser(bodyLimit: 1000)
    return try Array(text.utf8).withUnsafeBytes { bytes in
        guard case .request(let head) = parser.next(bytes, atEnd: true) else { throw NoRequest(text: text) }
        return try use(head)
    }
}

struct NoRequest: Error {
    let text: String
}

/// A GET with some lines of fields behind its Host, each without its line end.
func get(_ target: String = "/", _ lines: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

func withBytes<Result>(_ text: String, _ use: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try Array(text.utf8).withUnsafeBytes(use)
}
