import TweetHTTP

extension HTTPProblem {
    /// The whole answer to a client whose connection closes behind it.
    func wholeAnswer(at date: HTTPDate) -> [UInt8] {
        var bytes: [UInt8] = []
        body.withUnsafeBytes { body in
            ResponseWriter.append(head, body: body, .close, isHead: false, at: date, to: &bytes)
        }
        return bytes
    }
}
