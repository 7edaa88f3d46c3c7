/// The method of a request; the spelling matters (RFC 9110, 9.1).
public enum HTTPMethod: UInt8, CaseIterable, Sendable {
    case get, head, post, put, delete, options, patch
    /// A token that is none of the others: the answer is 501 or 405.
    case other

    init(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 3: self = name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
        case 4: self = name.equals("POST") ? .post : name.equals("HEAD") ? .head : .other
        case 5: self = name.equals("PATCH") ? .patch : .other
        case 6: self = name.equals("DELETE") ? .delete : .other
        case 7: self = name.equals("OPTIONS") ? .options : .other
        default: self = .other
        }
    }

    /// The token (RFC 9110, 9.1), as the Allow field names it; empty for ``other``.
    public var token: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .other: ""
        }
    }
}
