import CSodium
import CWebPage
import TweetHTTP

/// An answer whose bytes are ready, except for the date and what the connection needs.
public struct HTTPReadyAnswer: Sendable {
    let head: ResponseHead
    let body: [UInt8]
}

/// The page for browsers and its files, as answers that are made once.
struct WebPage: Sendable {
    static let shared = WebPage()

    /// A name for the contents of all files: another one for other contents.
    let hash: String
    let page: HTTPReadyAnswer
    /// The answer to a request for the page that the client has already.
    private let unchanged: HTTPReadyAnswer
    private let entityTag: String
    private let files: [String: HTTPReadyAnswer]

    /// The place in the page where the hash goes.
    private static let marker = "app/HASH/"

    private init() {
        var count = 0
        let first = cwebpage_files(&count)
        let all = UnsafeBufferPointer(start: first, count: count).map { file in
            Source(
                path: String(cString: file.path), type: String(cString: file.type),
                bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
        }
        self.init(all)
    }

    /// - Parameter sources: the files; `index.html` is the page, in which `app/HASH/` stands for the folder of the others.
    init(_ sources: [Source]) {
        let hash = Self.hash(of: sources)
        let tag = "\"\(hash)\""
        var files: [String: HTTPReadyAnswer] = [:]
        var index = Source(path: "index.html", type: "text/html; charset=utf-8", bytes: [])
        for source in sources {
            if source.path == index.path {
                index = source
            } else {
                let head = Self.head(
                    .ok,
                    [
                        ("Content-Type", source.type), ("Cache-Control", "public, max-age=31536000, immutable"),
                    ])
                files[source.path] = HTTPReadyAnswer(head: head, body: source.bytes)
            }
        }
        self.hash = hash
        self.files = files
        entityTag = tag
        let fields: [(StaticString, String)] = [("Cache-Control", "no-cache"), ("ETag", tag), ("Vary", "Accept")]
        page = HTTPReadyAnswer(
            head: Self.head(.ok, [("Content-Type", index.type)] + fields),
            body: Self.replacing(Array(Self.marker.utf8), with: Array("app/\(hash)/".utf8), in: index.bytes))
        unchanged = HTTPReadyAnswer(head: Self.head(.notModified, fields), body: [])
    }

    /// The answer with one of the page's files; nil if there is none, or it has changed.
    func file(_ name: String, hash: String) -> HTTPReadyAnswer? {
        hash.utf8.elementsEqual(self.hash.utf8) ? files[name] : nil
    }

    /// The answer to a request for the page.
    func answer(to head: RequestHead) -> HTTPReadyAnswer { head.ifNoneMatch(names: entityTag) ? unchanged : page }

    // MARK: Making the answers

    /// A file of the page.
    struct Source {
        let path: String
        let type: String
        let bytes: [UInt8]
    }

    /// The sources that a browser may use for the page: this server only.
    ///
    /// WebSockets to the same place are part of `connect-src 'self'` (Content Security Policy Level 3, 6.7.2.8).
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'"

    private static func head(_ status: HTTPStatus, _ fields: [(StaticString, String)]) -> ResponseHead {
        // Only a document that runs something has something to hide from the window that has opened it.
        let safety = HTTPHeads.safety(policy: policy) + [("Cross-Origin-Opener-Policy", "same-origin")]
        return ResponseHead(status, fields.map { (name: $0.0, value: $0.1) } + safety)
    }

    /// The beginning of the SHA-256 of all files, in hexadecimal digits: 64 bits, since nobody chooses the files but the
    /// program's authors.
    private static func hash(of sources: [Source]) -> String {
        var all: [UInt8] = []
        for source in sources {
            for part in [Array(source.path.utf8), Array(source.type.utf8), source.bytes] {
                withUnsafeBytes(of: UInt64(part.count).bigEndian) { all.append(contentsOf: $0) }
                all += part
            }
        }
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
        _ = crypto_hash_sha256(&digest, all, UInt64(all.count))
        let digits = Array("0123456789abcdef".utf8)
        let hex = digest.prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self)
    }

    private static func replacing(_ old: [UInt8], with new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let found = rest.firstRange(of: old) {
            result += rest[..<found.lowerBound]
            result += new
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}
